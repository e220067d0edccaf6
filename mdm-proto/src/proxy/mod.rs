//! A SCEP proxy before another CA, as values.
//!
//! **Pass-through** ([`PassThrough`]): the device talks SCEP with the CA, and the proxy looks only at who it is. Each device has an
//! address of its own with a one-time token in it ([`Route`]), which is kept as a challenge is ([`challenge::one_time`],
//! [`Binding::passage`](challenge::Binding::passage)). What passes, passes as it came: the raw parameters, the body, the reply. The
//! CA is not seen from outside, but its own challenge is in the device's hands.
//!
//! **Terminating**: the proxy is the SCEP server for the device ([`scep::server`]) with challenges of its own, and a client of the CA
//! behind it. Much of that is in `scep` already:
//! - whom to encrypt to, and whose replies to believe: [`Authority`](scep::client::Authority);
//! - a CSR that the device signed, sent under a key that is made for it:
//!   `EnrolmentRequest::from_csr(csr).with_transport_key(key)`, and what signs the message is made by the dialogue;
//! - what the request is ([`Class`] on top of [`Enrol::nature`](scep::server::Enrol::nature)).
//!
//! Here are the rest: [`certificate_for`] finds the device's certificate in what the CA sent, [`RequestKey`] is what repeated requests
//! are told by.
//!
//! ```
//! use mdm_proto::challenge::{Binding, ChallengeFormat};
//! use mdm_proto::proxy::{PassThrough, Passage, Route};
//! use pki_core::crypto::rustcrypto::{PROVIDER, Random};
//! use scep::{HttpRequest, Method};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The address that the profile of this device has, and what comes in there.
//! let token = ChallengeFormat::DEFAULT.generate(&mut Random(getrandom::SysRng))?;
//! let path = Route::path("/scep/proxy", &Binding::passage("device-1", "wifi")?, &token);
//! let route = Route::parse("/scep/proxy", &(path + "/pkiclient.exe"))?;
//! assert_eq!((route.device(), route.token()), ("device-1", &token));
//!
//! let proxy = PassThrough::new("http://ndes.internal/certsrv/mscep/mscep.dll", PROVIDER);
//! let request = HttpRequest::new(Method::Get, "operation=GetCACaps&message=default", []);
//! let Passage::Query(forward) = proxy.receive(request)? else { unreachable!() };
//! assert!(forward.url().ends_with("mscep.dll?operation=GetCACaps&message=default"));
//! # Ok(())
//! # }
//! ```
//!
//! A proxy can't put a challenge into a CSR that is signed: where the CA behind wants one, the device has to have it, or the proxy
//! is an agent of that CA (an RA), or the CA is asked by other means.

mod class;
mod pass;
mod pick;
mod route;
mod token;

pub use class::{Class, InitialSigner};
pub use pass::{Forward, NotPassed, Operation, PassThrough, Passage};
pub use pick::{RequestKey, certificate_for};
pub use route::{InvalidRoute, Route};
pub use token::{Permit, UnstoredPermit};

#[cfg(doc)]
use crate::challenge;
