//! [`TestServer`]: a SCEP server whose decisions are scripted.

use std::collections::BTreeMap;

use pki_core::{
    Certificate, CertificateBuilder, Crl, Profile, Secret, ToBeSigned,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::Pool,
    cms::PasswordKey,
    crypto::{
        CryptoProvider,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};
use scep::{
    FailInfo,
    http::{HttpRequest, HttpResponse},
    server::{
        self, CertPoll, Enrol, Incoming, Lookup, LookupPolicy, Operation, Refusal, RegistrationAuthority, Reply,
        Responder, TransactionKey, TransactionLimits, TransactionState, Transactions,
    },
};

use crate::{Clock, TestRandom, fixtures};

/// What a server does with requests whose challenge is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Issues at once.
    Issue,
    /// Says PENDING so many times, the answer to the first request included, and then issues.
    Pend(u32),
    /// Says PENDING so many times, and then no.
    PendThenReject(u32, FailInfo),
    /// Says no at once.
    Reject(FailInfo),
}

/// A server with its keys, its memory and its operator.
#[derive(Debug)]
pub struct TestServer {
    /// What answers.
    pub responder: Responder,
    /// What the operator decided beforehand.
    pub policy: Policy,
    /// What is remembered.
    pub transactions: Transactions,
    /// Why requests were refused, in order.
    pub refusals: Vec<server::Error>,
    /// Whether challenges are looked at.
    pub challenge: Option<Secret>,
    /// Who may have which certificates.
    pub lookups: LookupPolicy,
    /// The CRLs, the most recent one last.
    pub crls: Vec<Crl>,
    /// What tells whether requesters' certificates are revoked.
    pub pool: Pool,
    ca_key: &'static PrivateKey,
    signing_key: &'static PrivateKey,
    encryption_key: &'static PrivateKey,
    ca: Certificate,
    /// The keys of other generations.
    pub other_keys: Vec<&'static PrivateKey>,
    pended: BTreeMap<TransactionKey, (u32, ToBeSigned<Certificate>)>,
    password_keys: BTreeMap<TransactionKey, Secret>,
    keys_apart: bool,
}

impl TestServer {
    /// A CA with one RA certificate.
    #[must_use]
    pub fn with_ra(ca_key: &'static PrivateKey, ra_key: &'static PrivateKey, crypto: CryptoProvider) -> Self {
        let ca = fixtures::root(ca_key);
        let ra = fixtures::below_root(ca_key, "RA", ra_key, &Profile::RA);
        let responder =
            Responder::new(ca.clone(), RegistrationAuthority { signing: ra.clone(), encryption: ra }, crypto);
        Self::new(responder.expect("a responder"), ca, [ca_key, ra_key, ra_key])
    }

    /// A CA with two RA certificates, as NDES has.
    #[must_use]
    pub fn with_two_ras(
        ca_key: &'static PrivateKey,
        signing: &'static PrivateKey,
        encryption: &'static PrivateKey,
    ) -> Self {
        let ca = fixtures::root(ca_key);
        let authority = RegistrationAuthority {
            signing: fixtures::below_root(ca_key, "RA signing", signing, &Profile::RA_SIGNING),
            encryption: fixtures::below_root(ca_key, "RA encryption", encryption, &Profile::RA_ENCRYPTION),
        };
        let responder = Responder::new(ca.clone(), authority, PROVIDER);
        Self::new(responder.expect("a responder"), ca, [ca_key, signing, encryption])
    }

    /// A CA that answers for itself.
    #[must_use]
    pub fn with_ca_key(ca_key: &'static PrivateKey) -> Self {
        let ca = fixtures::answering_root(ca_key);
        let responder = Responder::with_ca_key(ca.clone(), PROVIDER);
        Self::new(responder.expect("a responder"), ca, [ca_key; 3])
    }

    fn new(responder: Responder, ca: Certificate, keys: [&'static PrivateKey; 3]) -> Self {
        let [ca_key, signing_key, encryption_key] = keys;
        Self {
            responder: responder.with_renewal().with_password_profile(fixtures::password_profile()),
            policy: Policy::Issue,
            transactions: Transactions::new(TransactionLimits::DEFAULT),
            refusals: Vec::new(),
            challenge: Some(Secret::from(fixtures::CHALLENGE)),
            lookups: LookupPolicy::default(),
            crls: Vec::new(),
            pool: Pool::new(),
            ca_key,
            signing_key,
            encryption_key,
            ca,
            other_keys: Vec::new(),
            pended: BTreeMap::new(),
            password_keys: BTreeMap::new(),
            keys_apart: false,
        }
    }

    /// Uses the keys from elsewhere: with the halves of each step that go out and come back.
    pub const fn keep_keys_apart(&mut self) {
        self.keys_apart = true;
    }

    /// The CA's certificate.
    #[must_use]
    pub const fn ca(&self) -> &Certificate {
        &self.ca
    }

    /// The CA's key.
    #[must_use]
    pub const fn ca_key(&self) -> &'static PrivateKey {
        self.ca_key
    }

    /// The key that signs replies.
    #[must_use]
    pub const fn signing_key(&self) -> &'static PrivateKey {
        self.signing_key
    }

    /// The certificate that signs replies.
    #[must_use]
    pub fn signing(&self) -> Certificate {
        self.authority()
            .into_iter()
            .find(|certificate| {
                certificate.public_key() == pki_core::crypto::Signer::public_key(self.signing_key).as_ref()
            })
            .expect("the signing certificate")
    }

    /// All certificates of GetCACert.
    #[must_use]
    pub fn authority(&self) -> Vec<Certificate> {
        let config = scep::client::ClientConfig::new(PROVIDER);
        let call = scep::client::Call::certificates(&config);
        let reply = self.responder.receive(call.request(), Clock::new().now(), &mut TestRandom::new(0));
        let Ok(Incoming::Query(query)) = reply else { panic!("{reply:?}") };
        let Reply::Ready(reply) = query.reply() else { panic!("unsigned") };
        call.finish(&reply).expect("certificates")
    }

    /// The process ends and another one starts: all that is kept are the records.
    pub fn restart(&mut self) {
        let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
        self.transactions.records().cloned().for_each(|record| transactions.insert(record));
        self.transactions = transactions;
        self.refusals.clear();
    }

    /// One request, one response.
    pub fn answer(&mut self, request: &HttpRequest, clock: &Clock, rng: &mut TestRandom) -> HttpResponse {
        let reply = self.decide(request, clock, rng).unwrap_or_else(|Refusal { cause, reply }| {
            self.refusals.push(cause);
            reply
        });
        let key = reply.signer().map_or(self.signing_key, |signer| self.key_of(signer));
        match reply {
            Reply::Unsigned(reply) if self.keys_apart => {
                let message = reply.message().to_vec();
                let signature = pki_core::crypto::Signer::sign(key, reply.algorithm(), &message, rng);
                reply.attach(signature.expect("a signature"))
            }
            reply => reply.sign_with(key, rng).expect("a signature"),
        }
    }

    /// The key that belongs to one of our certificates.
    fn key_of(&self, certificate: &Certificate) -> &'static PrivateKey {
        let ours = [self.signing_key, self.encryption_key, self.ca_key];
        let mut keys = ours.into_iter().chain(self.other_keys.iter().copied());
        let key = keys.find(|key| pki_core::crypto::Signer::public_key(*key).as_ref() == certificate.public_key());
        key.expect("a key of ours")
    }

    fn decide(&mut self, request: &HttpRequest, clock: &Clock, rng: &mut TestRandom) -> Result<Reply, Refusal> {
        let sealed = match self.responder.receive(request, clock.now(), rng)? {
            Incoming::Query(query) => return Ok(query.reply()),
            Incoming::Sealed(sealed) => sealed,
            incoming => panic!("{incoming:?}"),
        };
        let key = self.key_of(sealed.recipient());
        let operation = if self.keys_apart {
            let wrapped = sealed.wrapped_key().clone();
            sealed.attach(pki_core::crypto::Decrypter::unwrap_key(key, &wrapped, rng), rng)?
        } else {
            sealed.open_with(key, rng)?
        };
        match operation {
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => self.enrol(enrol, clock, rng),
            Operation::GetCert(lookup) => self.get_cert(lookup, clock, rng),
            Operation::GetCrl(lookup) => self.get_crl(lookup, clock, rng),
            Operation::CertPoll(poll) => {
                if self.transactions.admit_poll(&poll) == Ok(TransactionState::Pending) {
                    let state = self.count_down(poll.transaction(), clock);
                    self.sign(poll.transaction(), state, clock);
                }
                let record = self.transactions.get(poll.transaction());
                let key = self.password_keys.get(poll.transaction());
                let key = key.map(|der| PasswordKey::from_der(der.expose()).expect("a key"));
                let poll = key.into_iter().fold(poll, CertPoll::with_password_key);
                poll.answer(record, rng)
            }
            operation => panic!("{operation:?}"),
        }
    }

    fn get_cert(&self, lookup: Lookup<Certificate>, clock: &Clock, rng: &mut TestRandom) -> Result<Reply, Refusal> {
        let authorized = match lookup.authorize(self.lookups, &self.pool, clock.now()) {
            Ok(authorized) => authorized,
            Err(denied) => return Err(lookup.deny(denied, rng)),
        };
        match self.certificates().find(|certificate| lookup.target().names(certificate)).cloned() {
            Some(certificate) => lookup.answer(&authorized, &certificate, rng),
            None => Err(lookup.not_found(rng)),
        }
    }

    fn get_crl(&self, lookup: Lookup<Crl>, clock: &Clock, rng: &mut TestRandom) -> Result<Reply, Refusal> {
        let authorized = match lookup.authorize(&self.pool, clock.now()) {
            Ok(authorized) => authorized,
            Err(denied) => return Err(lookup.deny(denied, rng)),
        };
        match self.crls.iter().rev().find(|crl| crl.issuer() == lookup.target().issuer().as_ref()) {
            Some(crl) => lookup.answer(&authorized, crl, rng),
            None => Err(lookup.not_found(rng)),
        }
    }

    /// All that were issued.
    fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.transactions.records().flat_map(|record| match record.state() {
            TransactionState::Issued(certificates) => certificates.as_slice(),
            _ => &[],
        })
    }

    fn enrol(&mut self, enrol: Enrol, clock: &Clock, rng: &mut TestRandom) -> Result<Reply, Refusal> {
        let authorized = match &self.challenge {
            Some(challenge) => enrol.check_challenge(challenge),
            None => Ok(enrol.authorize_manually()),
        };
        let authorized = match authorized {
            Ok(authorized) => authorized,
            Err(denied) => return enrol.reject(denied.fail_info(), rng),
        };
        let mut state = match self.transactions.admit(&enrol, clock.now()) {
            Ok(state) => state,
            Err(conflict) => return enrol.reject(conflict.fail_info(), rng),
        };
        let key = enrol.transaction();
        if state == TransactionState::Pending {
            state = match self.policy {
                Policy::Issue => {
                    let decision = TransactionState::Approved(self.certificate(&enrol, clock, rng).into());
                    self.settle(key, decision, clock)
                }
                Policy::Pend(_) | Policy::PendThenReject(..) => {
                    if !self.pended.contains_key(key) {
                        let certificate = self.certificate(&enrol, clock, rng);
                        self.pended.insert(key.clone(), (1, certificate));
                        if let Some(password_key) = enrol.reply_password_key(rng).expect("a key") {
                            self.password_keys.insert(key.clone(), password_key.to_der());
                        }
                    }
                    state
                }
                Policy::Reject(info) => self.settle(key, TransactionState::Rejected(info), clock),
            };
        }
        match self.sign(key, state, clock) {
            TransactionState::Issued(certificates) => enrol.issue(&authorized, &certificates, rng),
            TransactionState::Rejected(info) => enrol.reject(info, rng),
            TransactionState::Pending | TransactionState::Approved(_) => enrol.pend(rng),
        }
    }

    fn count_down(&mut self, key: &TransactionKey, clock: &Clock) -> TransactionState {
        let Some((polls, certificate)) = self.pended.get_mut(key) else { return TransactionState::Pending };
        let state = match self.policy {
            Policy::Pend(count) if *polls >= count => TransactionState::Approved(certificate.clone().into()),
            Policy::PendThenReject(count, info) if *polls >= count => TransactionState::Rejected(info),
            _ => {
                *polls += 1;
                return TransactionState::Pending;
            }
        };
        self.settle(key, state, clock)
    }

    /// What was approved is signed; anything else is left as it is.
    fn sign(&mut self, key: &TransactionKey, state: TransactionState, clock: &Clock) -> TransactionState {
        let TransactionState::Approved(certificate) = &state else { return state };
        let ca = self.responder.generations().find(|generation| generation.id() == key.authority);
        let ca_key = self.key_of(ca.expect("a generation").ca());
        let certificate = certificate.to_be_signed().sign_with(ca_key, &mut TestRandom::new(1));
        self.settle(key, TransactionState::Issued(vec![certificate.expect("a signature")]), clock)
    }

    fn settle(&mut self, key: &TransactionKey, next: TransactionState, clock: &Clock) -> TransactionState {
        self.transactions.settle(key, next, clock.now()).expect("a transaction that was admitted")
    }

    fn certificate(&self, enrol: &Enrol, clock: &Clock, rng: &mut TestRandom) -> ToBeSigned<Certificate> {
        let serial = pki_core::SerialNumber::random(rng).expect("a serial number");
        let (csr, issuer) = (enrol.csr(), enrol.issuer());
        let builder = CertificateBuilder::new(
            serial,
            issuer.subject().to_owned(),
            csr.subject().to_owned(),
            fixtures::years(clock.now(), 0, 1),
            csr.public_key().to_owned(),
        );
        let builder = builder.with_profile(&Profile::DEVICE_CLIENT).with_authority(issuer, &PROVIDER);
        let algorithm = SignatureAlgorithm::for_key(issuer.public_key(), DigestAlgorithm::SHA256);
        builder.build(algorithm.expect("an algorithm")).expect("a certificate")
    }
}
