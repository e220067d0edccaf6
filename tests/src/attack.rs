//! One message against a new server or a waiting client, and what must come of it.

use pki_core::{Certificate, Limits, Profile, crypto::rustcrypto::PROVIDER};
use scep::{
    PkiStatus,
    client::{Error, Step},
    http::HttpResponse,
    message::{Attributes, Received},
};

use crate::{
    Clock, Pair, Scenario, Stage, TestRandom, TestServer,
    fixtures::{self, ca_key, client_key, ra_key},
    forge::{self, Asked, RawMessage},
};

/// A server with an RA that issues at once.
#[must_use]
pub fn server() -> TestServer {
    TestServer::with_ra(ca_key(), ra_key(), PROVIDER)
}

/// A request that it grants.
#[must_use]
pub fn good() -> RawMessage {
    RawMessage::pkcs_req(&server(), "device", client_key())
}

/// A new server's answer, and how many transactions it has then.
#[must_use]
pub fn serve(message: &RawMessage) -> (HttpResponse, usize) {
    let mut server = server();
    let reply = server.answer(&message.to_request(), &Clock::new(), &mut TestRandom::new(1));
    let issued = server.transactions.records().count();
    (reply, issued)
}

/// The attributes of a CertRep.
///
/// # Panics
/// If it is none that verifies.
#[must_use]
#[track_caller]
pub fn attributes(reply: &HttpResponse) -> Attributes {
    let received = Received::decode(&reply.body, Limits::DEFAULT).expect("a pkiMessage");
    received.verify(&PROVIDER).expect("a signature").attributes().clone()
}

/// A CertRep FAILURE with one of these reasons, or an HTTP error where there is none; nothing issued.
///
/// # Panics
/// If it is anything else.
#[track_caller]
pub fn refused(message: &RawMessage, reasons: &[u32]) {
    let (reply, issued) = serve(message);
    assert_eq!(issued, 0);
    if reasons.is_empty() {
        assert_eq!(reply.status, 400);
        return;
    }
    failed(&reply, reasons);
}

/// A CertRep FAILURE with one of these reasons.
///
/// # Panics
/// If it is anything else.
#[track_caller]
pub fn failed(reply: &HttpResponse, reasons: &[u32]) {
    let attributes = attributes(reply);
    assert_eq!(attributes.pki_status, Some(PkiStatus::FAILURE));
    assert!(reasons.contains(&attributes.fail_info.expect("failInfo").number()), "{attributes:?}");
}

/// A CertRep SUCCESS.
///
/// # Panics
/// If it is anything else.
#[track_caller]
pub fn granted(reply: &HttpResponse) {
    let attributes = attributes(reply);
    assert_eq!(attributes.pki_status, Some(PkiStatus::SUCCESS), "{attributes:?}");
}

/// A client that waits for the reply to its PKCSReq, and a SUCCESS.
#[must_use]
pub fn success() -> (Pair, RawMessage) {
    success_with(&[&fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT)])
}

/// The same with these certificates in it.
#[must_use]
pub fn success_with(certificates: &[&Certificate]) -> (Pair, RawMessage) {
    let (pair, _) = Scenario::new().to_exchange(Stage::Request);
    let asked = Asked::by(&pair);
    let envelope = forge::envelope(&forge::certs_only(certificates), &asked.signer);
    let message = RawMessage::cert_rep(&asked, &pair.server, "0").content(envelope);
    (pair, message)
}

/// The client refuses it and is where it was: the true reply is still welcome.
///
/// # Panics
/// If not.
#[track_caller]
pub fn discarded(message: &RawMessage, expected: &dyn Fn(&Error) -> bool) {
    let (mut pair, _) = success();
    let result = pair.try_reply(&message.to_reply());
    assert!(result.as_ref().is_err_and(expected), "{result:?}");
    let reply = pair.true_reply();
    assert!(matches!(pair.try_reply(&reply), Ok(Step::Open(_))));
}
