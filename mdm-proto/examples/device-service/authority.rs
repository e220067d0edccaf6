//! A CA that speaks SCEP, as an organisation has one beside its device service. What entitles to a certificate is its caller's.

use std::{error::Error, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, KeyKind, Name, NameBuilder, Profile, PublicKey, SerialNumber,
    UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    chain::Pool,
    crl::{CrlNumber, Revocation, RevocationReason},
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    ocsp::CertStatus,
};
use scep::{
    client::Fingerprint,
    http::{HttpRequest, HttpResponse},
    server::{
        AgentPolicy, Authorized, CertificateProfile, Denied, Enrol, Evidence, Incoming, Issuance, Names, Nature,
        Operation, Refusal, RegistrationAuthority, RenewalPolicy, RenewalWindow, Reply, Responder, TransactionLimits,
        TransactionState, Transactions,
    },
};

use crate::{Result, Rng};

/// One key signs certificates, the other talks SCEP.
pub struct Authority {
    pub certificate: Certificate,
    key: PrivateKey,
    ra_key: PrivateKey,
    responder: Responder,
    renewal: RenewalPolicy,
    profile: CertificateProfile,
    transactions: Transactions,
    issued: Vec<Certificate>,
    /// What was revoked, why, and when.
    revoked: Vec<(Certificate, RevocationReason, UnixTime)>,
    crls: u64,
}

impl Authority {
    pub fn install(name: &str, now: UnixTime, rng: &mut Rng) -> Result<Self> {
        let root = NameBuilder::new().add_organization("Example").add_common_name(name).build()?;
        let ra = NameBuilder::new().add_organization("Example").add_common_name(&format!("{name} RA")).build()?;
        let (key, ra_key) = (PrivateKey::generate(RSA, rng)?, PrivateKey::generate(RSA, rng)?);
        let certificate = draft(&root, &root, years(now, 10), key.public_key(), rng)?
            .with_profile(&Profile::ROOT_CA)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&key, rng)?;
        let ra = draft(&root, &ra, years(now, 5), ra_key.public_key(), rng)?
            .with_profile(&Profile::RA)
            .with_authority(&certificate, &PROVIDER)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&key, rng)?;
        let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
        Ok(Self {
            responder: Responder::new(certificate.clone(), ra, PROVIDER)?.with_renewal(),
            renewal: RenewalPolicy::new().with_window(RenewalWindow::Last(60 * DAY)),
            profile: CertificateProfile::new(certificate.clone(), 365 * DAY, PROVIDER).with_back_dating(HOUR),
            transactions: Transactions::new(TransactionLimits::DEFAULT),
            issued: Vec::new(),
            revoked: Vec::new(),
            crls: 0,
            certificate,
            key,
            ra_key,
        })
    }

    /// What a SCEP profile says of this CA.
    pub fn fingerprint(&self) -> Result<Fingerprint> {
        Fingerprint::of(&self.certificate, &PROVIDER).ok_or_else(|| "no SHA-256".into())
    }

    /// One HTTP request. A renewal is authorised by the certificate that it is signed with, all else by `first`.
    pub fn answer(
        &mut self,
        request: &HttpRequest,
        now: UnixTime,
        rng: &mut Rng,
        first: impl FnOnce(&Enrol) -> Result<Authorized, Denied>,
    ) -> Result<HttpResponse> {
        let reply = self.decide(request, now, rng, first).unwrap_or_else(|refusal| {
            println!("        (the CA's log: {})", refusal.cause);
            refusal.reply
        });
        Ok(reply.sign_with(&self.ra_key, rng)?)
    }

    fn decide(
        &mut self,
        request: &HttpRequest,
        now: UnixTime,
        rng: &mut Rng,
        first: impl FnOnce(&Enrol) -> Result<Authorized, Denied>,
    ) -> Result<Reply, Refusal> {
        let sealed = match self.responder.receive(request, now, rng)? {
            Incoming::Query(query) => return Ok(query.reply()),
            Incoming::Sealed(sealed) => sealed,
            incoming => panic!("{incoming:?}"),
        };
        match sealed.open_with(&self.ra_key, rng)? {
            Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => {
                let authorized = match enrol.nature(&self.renewal, &AgentPolicy::new()) {
                    Nature::Renewal => {
                        let nothing = Pool::new();
                        let status = self.status(enrol.signer());
                        enrol.authorize_renewal(&self.renewal, Evidence::new(&nothing).with_status(status), now)
                    }
                    Nature::First | Nature::OnBehalf => first(&enrol),
                };
                let authorized = match authorized {
                    Ok(authorized) => authorized,
                    Err(denied) => return Err(enrol.refuse(denied, rng)),
                };
                if let Err(conflict) = self.transactions.admit(&enrol, now) {
                    return enrol.reject(conflict.fail_info(), rng);
                }
                match self.approve(&enrol, &authorized, now, rng) {
                    Ok(certificate) => enrol.issue(&authorized, &[certificate], rng),
                    Err(error) => {
                        println!("        (the CA's log: {error})");
                        enrol.pend(rng)
                    }
                }
            }
            Operation::CertPoll(poll) => {
                let record = self.transactions.get(poll.transaction());
                poll.answer(record, rng)
            }
            operation => panic!("{operation:?}"),
        }
    }

    /// What is decided is recorded before it is signed, so that there is one certificate whatever happens in between.
    fn approve(&mut self, enrol: &Enrol, by: &Authorized, now: UnixTime, rng: &mut Rng) -> Result<Certificate> {
        let names = Names::of_request(enrol.csr(), by)?;
        let decided = self.profile.certificate(enrol.csr(), by, &names, &Issuance::new(now, rng)?)?;
        let decided = TransactionState::Approved(decided.into());
        let mut state = self.transactions.settle(enrol.transaction(), decided, now)?;
        if let TransactionState::Approved(certificate) = state {
            let certificate = certificate.to_be_signed().sign_with(&self.key, rng)?;
            self.issued.push(certificate.clone());
            state = self.transactions.settle(enrol.transaction(), TransactionState::Issued(vec![certificate]), now)?;
        }
        match state {
            TransactionState::Issued(certificates) => {
                certificates.into_iter().next().ok_or_else(|| "no certificate".into())
            }
            state => Err(Box::<dyn Error>::from(format!("{state:?}"))),
        }
    }

    /// Revokes the certificate that was issued last.
    pub fn revoke_last(&mut self, reason: RevocationReason, now: UnixTime) {
        self.revoked.extend(self.issued.last().map(|certificate| (certificate.clone(), reason, now)));
    }

    /// A CRL for a week.
    pub fn crl(&mut self, now: UnixTime, rng: &mut Rng) -> Result<Crl> {
        self.crls += 1;
        let crl = CrlBuilder::new(self.certificate.subject().to_owned(), now, now.plus(7 * DAY))
            .with_authority(&self.certificate, &PROVIDER)
            .with_number(CrlNumber::from_bytes(&self.crls.to_be_bytes())?);
        let crl = self.revoked.iter().fold(crl, |crl, (certificate, reason, at)| {
            crl.add_revoked(Revocation::new(certificate.serial_number(), *at).with_reason(*reason))
        });
        Ok(crl.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?.sign_with(&self.key, rng)?)
    }

    fn status(&self, certificate: &Certificate) -> CertStatus {
        let known = self.revoked.iter().find(|(revoked, ..)| revoked == certificate);
        known.map_or(CertStatus::Good, |&(_, reason, at)| CertStatus::Revoked { at, reason: Some(reason) })
    }
}

fn draft(
    issuer: &Name,
    subject: &Name,
    validity: Validity,
    key: &PublicKey,
    rng: &mut Rng,
) -> Result<CertificateBuilder> {
    let serial = SerialNumber::random(rng)?;
    Ok(CertificateBuilder::new(serial, issuer.clone(), subject.clone(), validity, key.clone())
        .with_subject_key_identifier(&PROVIDER))
}

fn years(now: UnixTime, years: u64) -> Validity {
    Validity::starting(now.minus(HOUR), Duration::from_secs(years * 365 * 86_400))
}

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
