//! Activation by a token, and renewal: device and service, in memory.

use std::sync::Arc;

use conformance::fixtures;
use mdm_proto::{
    activation::token::{
        Activated, ActivationData, DeviceError, Exchange, FetchAuthority, Progress, Ready, Token, TokenDenied,
        TokenKey, TokenPolicy, TokenRecord, TokenState,
    },
    client_certificate::{ClientCertificates, ClientRecord, DeviceIdentity, Issuance, NameRule, Step},
    est::{
        AuthorityError, CaTrust, HttpRequest, HttpResponse, ReenrolmentError,
        client::{Config, Error},
        reenrolment_csr,
        server::{Connection, Enrol, Operation, Rejection, Responder},
    },
    identity::{DeviceId, Identity, IdentityUris, User, WorkSpaceId},
    keystore::KeyHandle,
};
use pki_core::{
    Csr, Secret, UnixTime,
    chain::ValidatedChain,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};
use scep::{client::Fingerprint, http::RetryAfter};

use crate::{TestRandom, certificate, copy, csr, now, rng, root, seconds};

/// The service, whose database has one row in each of two tables.
struct Service {
    responder: Responder,
    clients: ClientCertificates,
    key: TokenKey,
    token: TokenRecord,
    client: ClientRecord,
    signed: usize,
    rng: TestRandom,
}

fn identity() -> Identity {
    let user = User::from_email("jane@example.com").unwrap();
    Identity::new(user, WorkSpaceId::new("sales").unwrap(), DeviceId::from_bytes([4; 16]))
}

fn service() -> (Service, Token) {
    let key = TokenKey::new(Secret::new(vec![5; 32])).unwrap();
    let mut rng = rng();
    let (token, record) = key.issue(identity(), &TokenPolicy::DEFAULT, now(), &mut rng).unwrap();
    let clients = ClientCertificates::new(root(), PROVIDER).with_csr_names(NameRule::Any);
    let client = ClientRecord::new(identity());
    (Service { responder: Responder::new(PROVIDER), clients, key, token: record, client, signed: 0, rng }, token)
}

impl Service {
    fn answer(&mut self, request: &HttpRequest, connection: &Connection, now: UnixTime) -> HttpResponse {
        match self.responder.receive(request, connection) {
            Ok(Operation::CaCerts(asked)) => asked.answer(&[root()]),
            Ok(Operation::CsrAttributes(asked)) => asked.not_found(),
            Ok(Operation::SimpleEnroll(enrol)) => self.activate(enrol, now),
            Ok(Operation::SimpleReenroll(enrol)) => self.renew(enrol, now),
            Err(refusal) => refusal.reply,
        }
    }

    fn activate(&mut self, enrol: Enrol, now: UnixTime) -> HttpResponse {
        let attempt = self.token.redeem(&enrol, &self.key, now);
        if attempt.is_right()
            && let Err(refused) = self.clients.check(enrol.csr(), self.token.identity())
        {
            return enrol.reject(Rejection::BadRequest, refused);
        }
        self.token = TokenRecord::from_der(&attempt.record().to_der()).unwrap();
        let authorized = match attempt.stored() {
            Ok(authorized) => authorized,
            Err(denied) => return denied.answer(enrol, "activation"),
        };
        let decision =
            self.clients.enrol(enrol.csr(), &self.client, &Issuance::new(now, &mut self.rng).unwrap()).unwrap();
        self.client = decision.record;
        let certificate = self.finish(decision.step);
        enrol.issue(&authorized, &certificate).unwrap()
    }

    fn renew(&mut self, enrol: Enrol, now: UnixTime) -> HttpResponse {
        let authorized = enrol.authorize_by_certificate().unwrap();
        let chain = enrol.client().unwrap();
        let issuance = Issuance::new(now, &mut self.rng).unwrap();
        match self.clients.renew(chain, enrol.csr(), &self.client, &issuance) {
            Ok(decision) => {
                self.client = decision.record;
                let certificate = self.finish(decision.step);
                enrol.issue(&authorized, &certificate).unwrap()
            }
            Err(refused) => enrol.reject(Rejection::Forbidden, refused),
        }
    }

    fn finish(&mut self, step: Step) -> pki_core::Certificate {
        match step {
            Step::Send(certificate) => certificate,
            Step::Sign(unsigned) => {
                self.signed += 1;
                let certificate = unsigned.to_be_signed().sign_with(fixtures::ca_key(), &mut self.rng).unwrap();
                self.client = self.client.with_signed(certificate.clone()).unwrap();
                certificate
            }
        }
    }
}

fn config() -> Arc<Config> {
    Arc::new(Config::new(PROVIDER))
}

fn start(token: &Token) -> FetchAuthority {
    let pin = CaTrust::Fingerprint(Fingerprint::of(&root(), &PROVIDER).unwrap());
    let token = Token::from_text(&token.to_text()).unwrap();
    FetchAuthority::start(config(), ActivationData::new("jane", token, pin).unwrap())
}

fn ready(service: &mut Service, token: &Token) -> Ready {
    let fetch = start(token);
    let reply = service.answer(fetch.request(), &Connection::new(), now());
    fetch.finish(&reply, now()).unwrap()
}

fn activated(progress: Progress) -> Activated {
    match progress {
        Progress::Activated(activated) => activated,
        Progress::Wait(wait) => panic!("{wait:?}"),
    }
}

fn key() -> &'static PrivateKey {
    fixtures::client_key()
}

fn refused(result: Result<Progress, DeviceError>) -> (u16, String) {
    match result {
        Err(DeviceError::Est(Error::Refused(refused))) => (refused.status, refused.text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_is_activated_by_its_token() {
    let (mut service, token) = service();
    let ready = ready(&mut service, &token);
    assert_eq!(ready.authority().roots(), [root()]);
    let exchange = ready.enrol(&csr("my phone", key()));
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    let activated = activated(exchange.finish(&reply, now()).unwrap());
    // The service decides on the names.
    assert_eq!(activated.identity(&IdentityUris::DEFAULT), Ok(identity()));
    assert_eq!(activated.chain().target(), Some(activated.certificate()));
    assert_eq!(activated.authority().roots(), [root()]);
    assert!(matches!(service.token.state(), TokenState::Redeemed { .. }));
}

#[test]
fn a_device_keeps_what_it_got() {
    let (mut service, token) = service();
    let ready = ready(&mut service, &token);
    let csr = csr("my phone", key());
    let handle = KeyHandle::new(b"key-1").unwrap();
    let device = DeviceIdentity::new(IdentityUris::DEFAULT).with_roots(ready.authority().roots().iter().cloned());
    let device = device.request(csr.clone(), handle);
    let exchange = ready.enrol(&csr);
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    let activated = activated(exchange.finish(&reply, now()).unwrap());
    let device = device.receive(activated.chain().path(), &PROVIDER, now()).unwrap();
    assert_eq!(device.keys().map(|key| &key.chain[0]).collect::<Vec<_>>(), [activated.certificate()]);
}

#[test]
fn a_reply_that_was_lost_comes_again_and_nothing_is_issued_twice() {
    let (mut service, token) = service();
    let exchange = ready(&mut service, &token).enrol(&csr("a", key()));
    let first = service.answer(exchange.request(), &Connection::new(), now());
    let again = service.answer(exchange.request(), &Connection::new(), now().plus(seconds(3600)));
    assert_eq!((&first, service.signed), (&again, 1));
    let late = service.answer(exchange.request(), &Connection::new(), now().plus(seconds(3601)));
    let (status, text) = refused(exchange.finish(&late, now()));
    assert_eq!(status, 403);
    assert!(text.contains("used"), "{text}");
}

#[test]
fn the_token_of_another_device_is_used_up() {
    let (mut service, token) = service();
    let ready = ready(&mut service, &token);
    let mine = ready.enrol(&csr("a", key()));
    assert!(service.answer(mine.request(), &Connection::new(), now()).status == 200);
    let thief = ready.enrol(&csr("a", fixtures::other_key()));
    let reply = service.answer(thief.request(), &Connection::new(), now());
    assert_eq!(refused(thief.finish(&reply, now())).0, 403);
    // Nor for another CSR with the same key.
    let other = ready.enrol(&csr("b", key()));
    let reply = service.answer(other.request(), &Connection::new(), now());
    assert_eq!(refused(other.finish(&reply, now())).0, 403);
    assert_eq!(service.signed, 1);
}

#[test]
fn a_wrong_token_is_asked_for_again_and_counted() {
    let (mut service, token) = service();
    let wrong = Token::generate(&mut TestRandom::new(99)).unwrap();
    let before = service.token.attempts_left();
    let exchange = ready(&mut service, &wrong).enrol(&csr("a", key()));
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    assert!(reply.www_authenticate.as_deref().is_some_and(|value| value.starts_with("Basic realm=\"activation\"")));
    assert_eq!(refused(exchange.finish(&reply, now())).0, 401);
    assert_eq!(service.token.attempts_left(), before - 1);
    for _ in 1..before {
        assert_eq!(service.answer(exchange.request(), &Connection::new(), now()).status, 401);
    }
    let exchange = ready(&mut service, &token).enrol(&csr("a", key()));
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    assert!(refused(exchange.finish(&reply, now())).1.contains("locked"));
    assert_eq!(service.signed, 0);
}

#[test]
fn no_token_and_a_mistyped_one_cost_no_attempt() {
    let (mut service, token) = service();
    let exchange = ready(&mut service, &token).enrol(&csr("a", key()));
    let before = service.token.clone();
    let request = |authorization: Option<Secret>| {
        let mut request = copy(exchange.request());
        request.authorization = authorization;
        request
    };
    // jane:0123
    for authorization in [None, Some(Secret::from("Basic amFuZTowMTIz")), Some(Secret::from("Bearer x"))] {
        assert_eq!(service.answer(&request(authorization), &Connection::new(), now()).status, 401);
    }
    assert_eq!(service.token, before);
    assert!(TokenDenied::Missing.to_string().contains("mistyped"));
}

#[test]
fn a_csr_that_gets_no_certificate_costs_no_token() {
    let (mut service, token) = service();
    let small = csr("a", fixtures::small_client_key());
    let exchange = ready(&mut service, &token).enrol(&small);
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    assert_eq!(refused(exchange.finish(&reply, now())).0, 400);
    assert_eq!(service.token.state(), TokenState::Open);
}

#[test]
fn who_has_no_token_does_not_learn_what_is_wrong_with_the_csr() {
    let (mut service, _) = service();
    let wrong = Token::generate(&mut TestRandom::new(99)).unwrap();
    let exchange = ready(&mut service, &wrong).enrol(&csr("a", fixtures::small_client_key()));
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    // As a user that there is none of would be.
    assert_eq!(reply, crate::enrol(exchange.request(), &Connection::new()).ask_for_credentials("activation"));
}

#[test]
fn a_token_that_expired_is_refused() {
    let (mut service, token) = service();
    let exchange = ready(&mut service, &token).enrol(&csr("a", key()));
    let reply = service.answer(exchange.request(), &Connection::new(), now().plus(seconds(86_401)));
    let (status, text) = refused(exchange.finish(&reply, now()));
    assert!(status == 403 && text.contains("expired"), "{text}");
}

#[test]
fn another_ca_than_the_pinned_one_sees_no_token() {
    let (_, token) = service();
    let stranger = fixtures::root(fixtures::other_key());
    let fetch = start(&token);
    let Ok(Operation::CaCerts(asked)) = Responder::new(PROVIDER).receive(fetch.request(), &Connection::new()) else {
        panic!()
    };
    let error = fetch.finish(&asked.answer(&[stranger]), now()).unwrap_err();
    assert_eq!(error, DeviceError::Authority(AuthorityError::FingerprintMismatch));
    assert!(error.to_string().contains("fingerprint"));
    // The step is as it was.
    assert!(fetch.finish(&HttpResponse::new(500, "", ""), now()).is_err());
}

#[test]
fn a_certificate_by_somebody_else_is_not_taken() {
    let (mut service, token) = service();
    let asked = csr("a", key());
    let exchange = ready(&mut service, &token).enrol(&asked);
    let issued = |certificate: &pki_core::Certificate| {
        let enrol = crate::enrol(exchange.request(), &Connection::new());
        let authorized = mdm_proto::est::server::Authorized::manually(enrol.digest());
        exchange.finish(&enrol.issue(&authorized, certificate).unwrap(), now())
    };
    let stranger = fixtures::below_root(fixtures::other_key(), "a", key(), &pki_core::Profile::DEVICE_CLIENT);
    assert!(matches!(issued(&stranger), Err(DeviceError::Untrusted(_))));
    // For another purpose.
    let server = fixtures::below_root(fixtures::ca_key(), "a", key(), &pki_core::Profile::TLS_SERVER);
    let error = issued(&server).unwrap_err();
    assert!(error.to_string().contains("not valid below the CA"), "{error}");
    assert!(matches!(issued(&certificate("a", key())), Ok(Progress::Activated(_))));
}

#[test]
fn rfc7030_s4_2_3_pending_is_waited_for_and_the_same_is_sent_again() {
    let (mut service, token) = service();
    let exchange = ready(&mut service, &token).enrol(&csr("a", key()));
    let enrol = crate::enrol(exchange.request(), &Connection::new());
    let progress = exchange.finish(&enrol.pend(RetryAfter::Delay(seconds(90))), now()).unwrap();
    let Progress::Wait(wait) = progress else { panic!("{progress:?}") };
    assert_eq!(wait.until, now().plus(seconds(90)));
    let reply = service.answer(exchange.request(), &Connection::new(), wait.until);
    let _ = activated(exchange.finish(&reply, wait.until).unwrap());
}

/// What TLS says of the client, at this time.
fn client_of(activated: &Activated, at: UnixTime) -> Connection {
    let chain =
        activated.authority().validate(activated.certificate(), pki_core::chain::Purpose::CLIENT_AUTH, &PROVIDER, at);
    Connection::new().with_client(chain.unwrap())
}

fn renewal_csr(activated: &Activated, key: &PrivateKey) -> Csr {
    fixtures::sign_csr(&reenrolment_csr(activated.certificate(), Signer::public_key(key).clone()), key)
}

fn activate(service: &mut Service, token: &Token) -> Activated {
    let exchange = ready(service, token).enrol(&csr("a", key()));
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    activated(exchange.finish(&reply, now()).unwrap())
}

#[test]
fn rfc7030_s4_2_2_a_certificate_is_renewed_by_itself() {
    let (mut service, token) = service();
    let first = activate(&mut service, &token);
    let later = now().plus(seconds(300 * 86_400));
    let csr = renewal_csr(&first, fixtures::ec_key());
    let exchange = Exchange::renew(config(), first.authority().clone(), first.certificate().clone(), &csr).unwrap();
    assert!(exchange.request().authorization.is_none() && exchange.authority() == first.authority());
    let reply = service.answer(exchange.request(), &client_of(&first, later), later);
    let second = activated(exchange.finish(&reply, later).unwrap());
    assert_eq!(second.identity(&IdentityUris::DEFAULT), Ok(identity()));
    assert_ne!(second.certificate().public_key(), first.certificate().public_key());
    assert_eq!(service.signed, 2);
    // The old one stays until the new one is used.
    let chain = |activated: &Activated| -> ValidatedChain { activated.chain().clone() };
    assert!(service.clients.authenticate(&chain(&first), &service.client, later).is_ok());
    let used = service.clients.authenticate(&chain(&second), &service.client, later).unwrap();
    service.client = used.first_use.unwrap();
    assert!(service.clients.authenticate(&chain(&first), &service.client, later).is_err());
}

#[test]
fn a_renewal_too_early_is_refused() {
    let (mut service, token) = service();
    let first = activate(&mut service, &token);
    let csr = renewal_csr(&first, fixtures::ec_key());
    let exchange = Exchange::renew(config(), first.authority().clone(), first.certificate().clone(), &csr).unwrap();
    let reply = service.answer(exchange.request(), &client_of(&first, now()), now());
    assert_eq!(refused(exchange.finish(&reply, now())).0, 403);
    // And without a certificate in TLS.
    let reply = service.answer(exchange.request(), &Connection::new(), now());
    assert_eq!(refused(exchange.finish(&reply, now())).0, 403);
}

#[test]
fn a_device_asks_for_no_other_names_and_takes_no_old_certificate() {
    let (mut service, token) = service();
    let first = activate(&mut service, &token);
    let renew = |csr: &Csr| Exchange::renew(config(), first.authority().clone(), first.certificate().clone(), csr);
    let error = renew(&csr("somebody else", key())).unwrap_err();
    assert_eq!(error, DeviceError::Reenrolment(ReenrolmentError::Subject));
    assert!(error.to_string().contains("subject"));
    let exchange = renew(&renewal_csr(&first, key())).unwrap();
    let bag = pki_core::cms::certs_only([first.certificate().as_der()], []);
    let text = pki_core::pem::encode("X", &bag);
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let error = exchange.finish(&HttpResponse::new(200, "application/pkcs7-mime", body), now()).unwrap_err();
    assert_eq!(error, DeviceError::SameCertificate);
    assert!(!error.to_string().is_empty());
}
