//! [`Cluster`]: any number of servers over one database, each of which may stop anywhere.

use std::{collections::BTreeMap, time::Duration};

use conformance::{Clock, TestRandom};
use pki_core::{
    Certificate, CertificateBuilder, Csr, Profile, Secret, SerialNumber, ToBeSigned, Validity,
    algorithm::SignatureAlgorithm,
    chain::{Pool, RevocationPolicy},
};
use scep::{
    FailInfo,
    http::{HttpRequest, HttpResponse},
    server::{
        AgentPolicy, Enrol, Finality, Incoming, Nature, Operation, Refusal, RenewalPolicy, Reply, TransactionKey,
        TransactionLimits, TransactionRecord, TransactionState, UnsignedCertificate,
    },
};

use crate::{
    ledger::Ledger,
    world::{CHALLENGE, Issuer, PROVIDER, World},
};

/// Servers, an operator, their database, and what went over the wire.
///
/// Between any two accesses to the database a server may stop for good, or another one may do a whole request, or the
/// operator may decide: that is what [`Cluster::pause`] makes happen.
pub struct Cluster<'w> {
    world: &'w World,
    pub policy: Policy,
    pub limits: TransactionLimits,
    renewal: RenewalPolicy,
    /// The database: a record as bytes, and the CSR.
    rows: BTreeMap<TransactionKey, (Vec<u8>, Csr)>,
    /// Every pkiMessage that came, to come again.
    requests: Vec<HttpRequest>,
    pub ledger: Ledger,
    chance: TestRandom,
    rng: TestRandom,
    /// How many more servers stop.
    pub crashes: u32,
    /// How many more times somebody else comes between.
    pub interruptions: u32,
    depth: u32,
    pub crashed: u32,
    pub interrupted: u32,
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Whoever gets the request.
    AtOnce,
    /// Whoever gets the request: now yes, now no.
    Undecided,
    /// The operator, who says yes.
    Operator,
    /// Several operators, who don't agree.
    Operators,
}

/// The process is gone.
#[derive(Debug)]
struct Crash;

type Answered = (Option<TransactionState>, Result<Reply, Refusal>);

impl<'w> Cluster<'w> {
    pub fn new(world: &'w World, policy: Policy, seed: u64) -> Self {
        Self {
            world,
            policy,
            limits: TransactionLimits::DEFAULT,
            renewal: RenewalPolicy::new().with_revocation(RevocationPolicy::Ignore),
            rows: BTreeMap::new(),
            requests: Vec::new(),
            ledger: Ledger::default(),
            chance: TestRandom::new(seed ^ 0xc1a5_7e12),
            rng: TestRandom::new(seed),
            crashes: 0,
            interruptions: 0,
            depth: 0,
            crashed: 0,
            interrupted: 0,
        }
    }

    /// One request to one of the servers. If that stops, whoever is in front of it says so.
    pub fn answer(&mut self, request: &HttpRequest, clock: &Clock) -> HttpResponse {
        self.requests.push(request.clone());
        self.serve(request, clock).unwrap_or_else(|Crash| HttpResponse::new(503, "text/plain", "gone\n"))
    }

    /// The transactions, and how they stand.
    pub fn records(&self) -> impl Iterator<Item = TransactionRecord> {
        self.rows.values().map(|(record, _)| TransactionRecord::from_der(record).expect("a record"))
    }

    /// The operator looks at what waits.
    pub fn operate(&mut self, clock: &Clock) {
        let keys: Vec<_> = self.rows.keys().cloned().collect();
        // An operator's program that stops is started again some time.
        let _ = keys.iter().try_for_each(|key| self.decide(key, clock));
    }

    fn serve(&mut self, request: &HttpRequest, clock: &Clock) -> Result<HttpResponse, Crash> {
        let received = self.world.responder.receive(request, clock.now(), &mut self.rng);
        let sealed = match received {
            Ok(Incoming::Sealed(sealed)) => sealed,
            Ok(Incoming::Query(query)) => return Ok(self.sign(&query.reply())),
            Ok(incoming) => panic!("{incoming:?}"),
            Err(Refusal { reply, .. }) => return Ok(self.sign(&reply)),
        };
        let (key, message) = (sealed.transaction().clone(), *sealed.message_digest());
        let was_over = self.ledger.is_over(&message);
        if let Some(record) = self.find(&key, clock)?
            && let Some(reply) = record.replay(&sealed)
        {
            self.ledger.replied(&message, record.state().finality(), &reply);
            return Ok(reply);
        }
        let ra_key = &self.issuer(sealed.issuer()).ra_key;
        let (state, reply) = match sealed.open_with(ra_key, &mut self.rng) {
            Ok(operation) => self.act(operation, clock)?,
            Err(refusal) => (None, Err(refusal)),
        };
        let reply = reply.unwrap_or_else(|Refusal { reply, .. }| reply);
        let response = self.sign(&reply);
        let Some(state) = state else {
            assert!(!was_over, "a refusal after the last word");
            return Ok(response);
        };
        assert!(!was_over || state.finality() == Finality::Final, "PENDING after the last word");
        let limits = self.limits;
        let (response, finality) = self.change(&key, clock, |record| {
            let response = record.keep_reply(&message, &state, response.clone(), &limits);
            // Whoever was about to say PENDING may find the last word, and sends that.
            let kept = record.replies().iter().find(|kept| kept.message == message && kept.body == response.body);
            (response, kept.map_or(state.finality(), |kept| kept.finality))
        })?;
        if let TransactionState::Issued(chain) = &state {
            self.ledger.sent(&key, &chain[0]);
        }
        self.ledger.replied(&message, finality, &response);
        self.ledger.belongs(&message, &key);
        Ok(response)
    }

    fn act(&mut self, operation: Operation, clock: &Clock) -> Result<Answered, Crash> {
        match operation {
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => self.enrol(enrol, clock),
            Operation::CertPoll(poll) => {
                self.finish(poll.transaction(), clock)?;
                let record = self.find(poll.transaction(), clock)?;
                let state = record.as_ref().and_then(|record| record.admit_poll(&poll).ok()).cloned();
                Ok((state, poll.answer(record.as_ref(), &mut self.rng)))
            }
            operation => panic!("{operation:?}"),
        }
    }

    fn enrol(&mut self, enrol: Enrol, clock: &Clock) -> Result<Answered, Crash> {
        let agents = AgentPolicy::default();
        let authorized = match enrol.nature(&self.renewal, &agents) {
            Nature::Renewal => enrol.authorize_renewal(&self.renewal, &Pool::new(), clock.now()),
            _ => enrol.check_challenge(&Secret::from(CHALLENGE)),
        };
        let authorized = match authorized {
            Ok(authorized) => authorized,
            Err(denied) => return Ok((None, enrol.reject(denied.fail_info(), &mut self.rng))),
        };
        let key = enrol.transaction().clone();
        self.insert(&TransactionRecord::new(&enrol, clock.now()), enrol.csr(), clock)?;
        let record = self.find(&key, clock)?.expect("what was inserted");
        let mut state = match record.admit(&enrol) {
            Ok(state) => state.clone(),
            Err(conflict) => return Ok((None, enrol.reject(conflict.fail_info(), &mut self.rng))),
        };
        if state == TransactionState::Pending && matches!(self.policy, Policy::AtOnce | Policy::Undecided) {
            state = self.settle(&key, enrol.csr(), clock)?;
        }
        state = self.finish(&key, clock)?.unwrap_or(state);
        let reply = match &state {
            TransactionState::Issued(chain) => enrol.issue(&authorized, chain, &mut self.rng),
            TransactionState::Rejected(info) => enrol.reject(*info, &mut self.rng),
            TransactionState::Pending | TransactionState::Approved(_) => enrol.pend(&mut self.rng),
        };
        Ok((Some(state), reply))
    }

    /// The operator's decision on one.
    fn decide(&mut self, key: &TransactionKey, clock: &Clock) -> Result<(), Crash> {
        let record = self.find(key, clock)?.expect("a key of the database");
        if *record.state() == TransactionState::Pending && self.chance.below(2) == 0 {
            let (_, csr) = self.rows[key].clone();
            self.settle(key, &csr, clock)?;
        }
        self.finish(key, clock).map(drop)
    }

    /// Yes or no, as policy says. Gives what stands then.
    fn settle(&mut self, key: &TransactionKey, csr: &Csr, clock: &Clock) -> Result<TransactionState, Crash> {
        let agreed = matches!(self.policy, Policy::AtOnce | Policy::Operator);
        let decision = if agreed || self.chance.below(3) > 0 {
            TransactionState::Approved(self.certificate(key, csr, clock).into())
        } else {
            TransactionState::Rejected(FailInfo::BAD_REQUEST)
        };
        self.change(key, clock, |record| record.settle(decision.clone(), clock.now()).clone())
    }

    /// Signs what is approved. Gives what stands then.
    fn finish(&mut self, key: &TransactionKey, clock: &Clock) -> Result<Option<TransactionState>, Crash> {
        let Some(record) = self.find(key, clock)? else { return Ok(None) };
        let TransactionState::Approved(certificate) = record.state() else { return Ok(Some(record.state().clone())) };
        let issued = TransactionState::Issued(vec![self.certify(key, certificate)]);
        self.pause(clock)?;
        self.change(key, clock, |record| record.settle(issued.clone(), clock.now()).clone()).map(Some)
    }

    fn certificate(&mut self, key: &TransactionKey, csr: &Csr, clock: &Clock) -> ToBeSigned<Certificate> {
        let year = Duration::from_secs(365 * 86_400);
        let ca = &self.issuer_of(key).ca;
        CertificateBuilder::new(
            SerialNumber::random(&mut self.rng).expect("a serial number"),
            ca.subject().to_owned(),
            csr.subject().to_owned(),
            Validity::starting(clock.now(), year),
            csr.public_key().to_owned(),
        )
        .with_profile(&Profile::DEVICE_CLIENT)
        .with_authority(ca, &PROVIDER)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
        .expect("a certificate")
    }

    fn certify(&mut self, key: &TransactionKey, certificate: &UnsignedCertificate) -> Certificate {
        self.ledger.signed(key, certificate.tbs());
        let ca_key = &self.issuer_of(key).ca_key;
        certificate.to_be_signed().sign_with(ca_key, &mut self.rng).expect("a signature")
    }

    fn sign(&mut self, reply: &Reply) -> HttpResponse {
        let key = reply.signer().map_or(&self.world.generations[0].ra_key, |signer| {
            &self.world.generations.iter().find(|issuer| issuer.ra == *signer).expect("an RA").ra_key
        });
        reply.sign_with(key, &mut self.rng).expect("a signature")
    }

    fn issuer(&self, ca: &Certificate) -> &'w Issuer {
        self.world.generations.iter().find(|issuer| issuer.ca == *ca).expect("a CA")
    }

    fn issuer_of(&self, key: &TransactionKey) -> &'w Issuer {
        let responder = &self.world.responder;
        let generation = responder.generations().find(|generation| generation.id() == key.authority);
        self.issuer(generation.expect("a generation").ca())
    }
}

/// The database: each access is one statement, and anything may happen before and after it.
impl Cluster<'_> {
    fn find(&mut self, key: &TransactionKey, clock: &Clock) -> Result<Option<TransactionRecord>, Crash> {
        self.pause(clock)?;
        Ok(self.rows.get(key).map(|(record, _)| TransactionRecord::from_der(record).expect("a record")))
    }

    /// `INSERT … ON CONFLICT DO NOTHING`.
    fn insert(&mut self, record: &TransactionRecord, csr: &Csr, clock: &Clock) -> Result<(), Crash> {
        self.pause(clock)?;
        self.rows.entry(record.key().clone()).or_insert_with(|| (record.to_der(), csr.clone()));
        self.pause(clock)
    }

    /// `UPDATE … SET record = :new WHERE … AND record = :old`, until it hits.
    fn change<T>(
        &mut self,
        key: &TransactionKey,
        clock: &Clock,
        change: impl Fn(&mut TransactionRecord) -> T,
    ) -> Result<T, Crash> {
        loop {
            let mut record = self.find(key, clock)?.expect("a transaction that was admitted");
            let old = record.to_der();
            let out = change(&mut record);
            self.pause(clock)?;
            let row = self.rows.get_mut(key).expect("a row");
            if row.0 == old {
                row.0 = record.to_der();
                self.pause(clock)?;
                return Ok(out);
            }
        }
    }

    /// What may happen between two accesses.
    fn pause(&mut self, clock: &Clock) -> Result<(), Crash> {
        if self.crashes > 0 && self.chance.below(16) == 0 {
            self.crashes -= 1;
            self.crashed += 1;
            return Err(Crash);
        }
        if self.interruptions > 0 && self.depth < DEEPEST && self.chance.below(8) == 0 {
            self.interruptions -= 1;
            self.interrupted += 1;
            self.depth += 1;
            let last = self.requests.len();
            match self.chance.below(4) {
                0 => self.operate(clock),
                // The request that is being served, or an earlier one.
                chosen => {
                    let request = self.requests[last.saturating_sub(chosen)].clone();
                    // Nobody waits for this reply.
                    let _ = self.serve(&request, clock);
                }
            }
            self.depth -= 1;
        }
        Ok(())
    }
}

/// Servers within each other's pauses.
const DEEPEST: u32 = 3;
