//! The server's side: from one request to one response.
//!
//! ```text
//!                      ┌─ CaCerts ────────── answer(certificates) ───▶
//!                      ├─ CsrAttributes ──── answer(attributes) ─────▶ HttpResponse
//!  receive(request) ───┤
//!                      ├─ SimpleEnroll(Enrol) ──┬─ issue(authorized, certificate) / pend / reject / ask_for_credentials ──▶
//!                      └─ SimpleReenroll(Enrol) ┘
//!  every failure: Refusal { cause: for the log, reply: for the peer }
//! ```
//!
//! [`Responder`] holds no key and no state. What it has checked of an [`Enrol`] is its form, the signature of the CSR (RFC 7030
//! section 3.4), the link to the connection (3.5), and for `/simplereenroll` that the names are those of the client's
//! certificate (4.2.2). Who may have a certificate is the caller's decision, and [`Authorized`] its proof.

mod authorized;
mod enrol;
mod error;
mod responder;

pub use authorized::{Authorized, Means};
pub use enrol::{Enrol, Rejection};
pub use error::{Error, Refusal};
pub use responder::{CaCertsRequest, Connection, CsrAttributesRequest, Operation, Responder};
