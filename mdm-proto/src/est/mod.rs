//! Enrolment over Secure Transport (RFC 7030, as clarified by RFC 8951): bodies and HTTP messages, both roles, no transport.
//!
//! | | |
//! |---|---|
//! | [`client`] | questions with one answer each: [`Call`](client::Call) |
//! | [`server`] | from a request to what is asked, and verbs that give the response: [`Responder`](server::Responder) |
//! | [`CaCertificates`], [`Authority`] | what `/cacerts` gave, and what of it is to be trusted (section 4.1.3) |
//! | [`CsrAttributes`] | what `/csrattrs` gives (section 4.5.2) |
//! | [`ChannelBinding`], [`Linking`] | proof that the key is at the end of this TLS connection (section 3.5) |
//! | [`Credentials`] | HTTP Basic (section 3.2.3) |
//!
//! Done are `/cacerts`, `/simpleenroll`, `/simplereenroll` and `/csrattrs`, with or without a CA [`Label`]. `/fullcmc` and
//! `/serverkeygen` are known by name and answered with 501.
//!
//! # What the caller's TLS has to do
//! EST is nothing without TLS, of which this crate sees nothing: the caller verifies the server's certificate and name
//! (sections 3.3.1 and 3.6), and the client's (3.3.2), and says what it found out. Redirections to another origin are to be
//! followed only as section 3.2.1 allows.
//!
//! # RFC 7030
//!
//! | section | what | where |
//! |---|---|---|
//! | 3.2.1, 3.2.4 | headers, media types | [`HttpRequest::headers`], [`HttpResponse::headers`], [`MediaType`] |
//! | 3.2.2 | paths, CA labels | [`Function::from_path`], [`Function::path`], [`Label`] |
//! | 3.2.3 | HTTP Basic; no Digest | [`Credentials`], [`Enrol::credentials`](server::Enrol::credentials), [`Enrol::ask_for_credentials`](server::Enrol::ask_for_credentials) |
//! | 3.4 | the CSR is signed by its key | [`Responder::receive`](server::Responder::receive) |
//! | 3.5, 3.7 | linking; who has looked at it before | [`ChannelBinding`], [`Linking`], [`Responder::with_linking`](server::Responder::with_linking) |
//! | 4.1.1 | a CA that is known by its fingerprint | [`CaTrust::Fingerprint`] |
//! | 4.1.3 | the current root, the way from one root to the next, certificates below | [`CaRole`], [`CaCertificates::confirm`] |
//! | 4.2.1 | simpleenroll | [`Call::simple_enroll`](client::Call::simple_enroll), [`Operation::SimpleEnroll`](server::Operation::SimpleEnroll) |
//! | 4.2.2 | simplereenroll; the same names | [`reenrolment_csr`], [`Reenrolment::check`]; `ChangeSubjectName` is refused |
//! | 4.2.3 | the certificate for the key, 202, refusals | [`EnrolReply`](client::EnrolReply), [`Enrol::issue`](server::Enrol::issue), [`Enrol::pend`](server::Enrol::pend), [`Enrol::reject`](server::Enrol::reject) |
//! | 4.3, 4.4 | fullcmc, serverkeygen | [`server::Error::NotImplemented`] |
//! | 4.5 | csrattrs, with RFC 9908's template | [`CsrAttributes`], [`Template`] |
//!
//! # What we send, and take
//! - Bodies are base64 without line breaks (RFC 8951 section 3.1), DER inside. Taken is base64 with white space anywhere.
//! - `Content-Transfer-Encoding: base64` goes along, since clients and servers of RFC 7030 rely on it. What comes is ignored
//!   (RFC 8951 section 3).
//! - A refusal is text for people in `text/plain` (RFC 8951 section 5). 401 and 202 have no body: some clients can't take one.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")]
//! # fn main() -> Result<(), mdm_proto::est::client::Error> {
//! use mdm_proto::est::{CsrAttributes, HttpRequest, HttpResponse, client, server::{Connection, Operation, Responder}};
//! use pki_core::{crypto::rustcrypto::PROVIDER, oid};
//!
//! let config = client::Config::new(PROVIDER);
//! let call = client::Call::csr_attributes(&config);
//! assert_eq!(call.request().path, "/.well-known/est/csrattrs");
//!
//! // What a server makes of it.
//! let response: HttpResponse = match Responder::new(PROVIDER).receive(call.request(), &Connection::new()) {
//!     Ok(Operation::CsrAttributes(asked)) => asked.answer(&CsrAttributes::new().add_oid(oid::CHALLENGE_PASSWORD)),
//!     Ok(_) => unreachable!(),
//!     Err(refusal) => refusal.reply,
//! };
//! assert!(response.headers().any(|(name, value)| name == "Content-Type" && value == "application/csrattrs"));
//! assert!(call.finish(&response)?.wants_linking());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rustcrypto"))]
//! # fn main() {}
//! ```

mod attributes;
mod authority;
mod basic;
mod binding;
mod body;
mod bundle;
pub mod client;
mod http;
mod path;
mod reenrolment;
pub mod server;

pub use attributes::{CsrAttribute, CsrAttributes, SubjectHint, Template, WantedExtension};
pub use authority::{Authority, AuthorityError, CaCertificates, CaRole, CaTrust};
pub use basic::{Credentials, InvalidCredentials};
pub use binding::{ChannelBinding, EXPORTER_LABEL, InvalidBinding, LinkError, Linking};
pub use body::BodyError;
pub use bundle::BundleError;
pub use http::{HttpRequest, HttpResponse, MediaType};
pub use path::{Function, InvalidLabel, Label, PathError};
pub use reenrolment::{Reenrolment, ReenrolmentError, reenrolment_csr};
