//! OCSP (RFC 6960): whether certificates are revoked, asked and answered.
//!
//! A client builds an [`OcspRequest`], sends it, reads the [`OcspResponse`], and compares the nonces with
//! [`OcspRequest::check_nonce`]. A response is worth nothing until chain validation has found that its signer may speak for
//! the CA (RFC 6960 section 3.2): reading checks no signature.
//!
//! A responder reads the request, looks each [`CertIdRef`] up, and answers by [`OcspResponseBuilder`], or with an
//! [`OcspResponse::refusal`].
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! # use pki_core::{*, crypto::{Signer, rustcrypto::{PROVIDER, PrivateKey, Random}}, algorithm::DigestAlgorithm};
//! use pki_core::ocsp::{CertId, CertStatus, NoncePolicy, OcspRequest, OcspRequestBuilder, OcspResponse, OcspResponseBuilder, ResponderId};
//!
//! # let mut rng = Random(getrandom::SysRng);
//! # let ca_key = PrivateKey::generate(KeyKind::P256, &mut rng)?;
//! # let ca_name = Name::from_common_name("CA")?;
//! # let now = UnixTime::from_civil(2026, 11, 23, 0, 0, 0).unwrap();
//! # let tomorrow = now.plus(core::time::Duration::from_secs(86_400));
//! // The client.
//! let id = CertId::new(&[0x17], ca_name.as_ref(), ca_key.public_key().as_ref(), DigestAlgorithm::SHA256, &PROVIDER)?;
//! let request = OcspRequestBuilder::new(id.as_ref()).with_random_nonce(&mut rng)?.build()?;
//!
//! // The responder.
//! let received = OcspRequest::from_der(request.as_der())?;
//! let mut answer = OcspResponseBuilder::new(ResponderId::ByName(ca_name.as_ref()), now);
//! if let Some(nonce) = received.nonce()? {
//!     answer = answer.with_nonce(nonce);
//! }
//! for asked in received.requests() {
//!     let known = asked.cert_id.matches(ca_name.as_ref(), ca_key.public_key().as_ref(), &[0x17], &PROVIDER);
//!     let status = if known == Some(true) { CertStatus::Good } else { CertStatus::Unknown };
//!     answer = answer.add_response(asked.cert_id, status, now, Some(tomorrow));
//! }
//! let response = answer.build(ca_key.algorithms()[0])?.sign_with(&ca_key, &mut rng)?;
//!
//! // The client again.
//! let response = OcspResponse::from_der(response.as_der())?;
//! let basic = response.basic()?;
//! request.check_nonce(basic, NoncePolicy::Required)?;
//! basic.verify_signature(ca_key.public_key().as_ref(), &PROVIDER)?;
//! assert_eq!(basic.responses().next().unwrap().status, CertStatus::Good);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod basic;
mod cert_id;
mod extensions;
mod index;
mod nonce;
mod request;
mod request_builder;
mod responder_id;
mod response;
mod response_builder;
mod single;

pub use basic::BasicOcspResponse;
pub use cert_id::{CertId, CertIdRef};
pub use extensions::EntryExtensions;
pub use nonce::{NonceError, NoncePolicy};
pub use request::{OcspRequest, RequestSignature, SingleRequest};
pub use request_builder::OcspRequestBuilder;
pub use responder_id::ResponderId;
pub use response::{NoBasicResponse, OcspResponse, Refusal};
pub use response_builder::OcspResponseBuilder;
pub use single::{CertStatus, SingleResponse};

/// The media type of a request (RFC 6960 appendix A.1).
pub const REQUEST_TYPE: &str = "application/ocsp-request";

/// The media type of a response (RFC 6960 appendix A.2).
pub const RESPONSE_TYPE: &str = "application/ocsp-response";

/// Most certificates that one request may ask for, and one response answer for.
const MOST_ENTRIES: usize = 128;

/// Most certificates beside a signature.
const MOST_CERTIFICATES: usize = 32;

#[cfg(test)]
mod tests;
