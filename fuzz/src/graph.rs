//! Arbitrary graphs of certificates: a few names, a few keys, and what may be wrong with a certificate.

use std::{net::Ipv4Addr, sync::OnceLock, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, GeneralName, GeneralNamesBuilder, Name, Oid, PublicKey,
    SerialNumber, UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{
        ChainLimits, ChainValidator, PeerName, PolicySettings, Pool, Purpose, RevocationPolicy, TrustAnchor,
        ValidationProfile,
    },
    crl::{CrlNumber, Revocation, RevocationReason},
    crypto::Signature,
    extension::{BasicConstraints, Criticality, KeyUsage, PolicyConstraints},
    ocsp::{CertId, CertStatus, OcspResponse, OcspResponseBuilder, ResponderId},
    oid,
};

use super::{
    fake::{self, KEYED, Key},
    fixture::{self, NOW},
    operations::Operations,
};

/// What is validated, and how.
pub struct Graph {
    pub anchors: Vec<TrustAnchor>,
    /// The target is the last of them, and in the pool if the input says so.
    pub certificates: Vec<Certificate>,
    pub target_in_pool: bool,
    pub crls: Vec<Crl>,
    pub responses: Vec<OcspResponse>,
    pub settings: Settings,
}

/// What the caller asks for.
pub struct Settings {
    pub limits: ChainLimits,
    pub policies: PolicySettings,
    pub explicit_policy: bool,
    pub profile: ValidationProfile,
    pub revocation: RevocationPolicy,
    /// The caller processes [`PRIVATE`].
    pub knows_private: bool,
    pub now: UnixTime,
    pub extended_key_usage: Vec<Oid<'static>>,
    pub key_usage: KeyUsage,
    pub names: Vec<PeerName<'static>>,
}

/// Names and keys, made once: making them anew takes most of the time.
struct Parties {
    names: Vec<Name>,
    keys: Vec<Key>,
}

/// Most certificates.
const MOST: usize = 12;

/// How many names, and as many keys.
const PARTIES: usize = 6;

/// An extension that nobody knows.
pub const PRIVATE: Oid<'static> = oid::SCEP_FAIL_INFO;

pub const POLICIES: [Oid<'static>; 4] = [oid::ANY_POLICY, oid::DATA, oid::SIGNED_DATA, oid::ENVELOPED_DATA];

const PURPOSES: [Oid<'static>; 4] =
    [oid::SERVER_AUTH, oid::CLIENT_AUTH, oid::OCSP_SIGNING, oid::ANY_EXTENDED_KEY_USAGE];

pub const HOSTS: [&str; 6] = ["a.example", "b.a.example", "example", "*.a.example", "other.test", "A.EXAMPLE"];

const DAY: Duration = Duration::from_secs(86_400);

impl Graph {
    /// Makes the graph that the input describes. Where the input has ended, all is right.
    pub fn new(input: &mut Operations<'_>) -> Self {
        let settings = Settings::new(input);
        let anchors = (0..=input.below(3)).map(|index| anchor(input, index)).collect();
        let target_in_pool = input.seldom();
        let count = input.below(MOST);
        let mut certificates: Vec<_> = (0..count).filter_map(|index| issued(input, index, true)).collect();
        let target = issued(input, count, false).unwrap_or_else(|| fallback().clone());
        certificates.push(target);
        let (mut crls, mut responses) = (Vec::new(), Vec::new());
        for _ in 0..input.below(4) {
            if input.octet() & 1 == 0 {
                crls.extend(crl(input, &certificates));
            } else {
                responses.extend(response(input, &certificates));
            }
        }
        Self { anchors, certificates, target_in_pool, crls, responses, settings }
    }

    /// What is validated.
    pub fn target(&self) -> &Certificate {
        self.certificates.last().unwrap_or_else(|| fallback())
    }

    /// The certificates to choose from, in this order, and what tells their status.
    pub fn pool<'a>(&'a self, order: impl Iterator<Item = &'a Certificate>) -> Pool {
        let mut pool = self.certificates_of(order);
        self.crls.iter().for_each(|crl| pool.add_crl(crl.clone()));
        self.responses.iter().for_each(|response| pool.add_ocsp(response.clone()));
        pool
    }

    /// All of it, the last first.
    pub fn reversed_pool(&self) -> Pool {
        let mut pool = self.certificates_of(self.certificates.iter().rev());
        self.crls.iter().rev().for_each(|crl| pool.add_crl(crl.clone()));
        self.responses.iter().rev().for_each(|response| pool.add_ocsp(response.clone()));
        pool
    }

    fn certificates_of<'a>(&'a self, order: impl Iterator<Item = &'a Certificate>) -> Pool {
        let target = self.target();
        order.filter(|other| self.target_in_pool || *other != target).cloned().collect()
    }
}

impl Settings {
    fn new(input: &mut Operations<'_>) -> Self {
        let (first, second, third) = (input.octet(), input.octet(), input.octet());
        let mut limits = ChainLimits::DEFAULT;
        if first & 0x10 != 0 {
            limits.depth = input.octet() % 8;
            limits.signatures = u32::from(input.octet() % 16);
            limits.steps = u32::from(input.octet());
            limits.name_comparisons = u32::from(input.octet());
        }
        let mut policies = PolicySettings::ANY;
        let explicit_policy = second & 1 != 0;
        if explicit_policy {
            policies = policies.requiring_explicit_policy();
        }
        if second & 2 != 0 {
            policies = policies.inhibiting_policy_mapping();
        }
        if second & 4 != 0 {
            policies = policies.inhibiting_any_policy();
        }
        if second & 8 != 0 {
            policies = policies.with_policies(&input.some_of(&POLICIES));
        }
        let extended_key_usage = if first & 0x20 != 0 { input.some_of(&PURPOSES) } else { Vec::new() };
        let names = if first & 0x40 != 0 { vec![PeerName::Dns(input.one_of(&HOSTS))] } else { Vec::new() };
        Self {
            limits,
            policies,
            explicit_policy,
            profile: match (first & 3, second >> 4) {
                (1, _) => ValidationProfile::SCEP_TRANSPORT,
                (2, 1) => ValidationProfile::RFC5280,
                (2, 2) => ValidationProfile::CA_BROWSER,
                _ => ValidationProfile::PATH_VALIDATION,
            },
            revocation: [
                RevocationPolicy::Ignore,
                RevocationPolicy::Ignore,
                RevocationPolicy::Prefer,
                RevocationPolicy::Require,
            ][usize::from(third & 3)],
            knows_private: first & 4 != 0,
            now: [NOW, NOW, NOW.plus(DAY * 40), NOW.minus(DAY * 40)][usize::from(third >> 2 & 3)],
            extended_key_usage,
            key_usage: if first & 0x80 != 0 { KeyUsage::DIGITAL_SIGNATURE } else { KeyUsage::NONE },
            names,
        }
    }

    /// A validator that asks for this, with these limits.
    pub fn validator(&self, anchors: &[TrustAnchor], limits: ChainLimits) -> ChainValidator {
        let validator = ChainValidator::new(anchors, KEYED)
            .with_limits(limits)
            .with_policies(self.policies.clone())
            .with_profile(self.profile)
            .with_revocation(self.revocation);
        if self.knows_private { validator.add_known_extension(PRIVATE) } else { validator }
    }

    /// The purpose.
    pub fn purpose(&self) -> Purpose<'_> {
        Purpose::ANY
            .with_extended_key_usage(&self.extended_key_usage)
            .with_key_usage(self.key_usage)
            .with_names(&self.names)
    }
}

impl Parties {
    fn shared() -> &'static Self {
        static PARTIES_MADE: OnceLock<Parties> = OnceLock::new();
        PARTIES_MADE.get_or_init(|| Self {
            names: ["A", "B", "C", "D", "E", "F"].map(fixture::name).to_vec(),
            keys: (0..6).map(Key::rsa).collect(),
        })
    }

    fn name(&self, index: usize) -> &Name {
        &self.names[index % PARTIES]
    }

    fn key(&self, index: usize) -> &PublicKey {
        self.keys[index % PARTIES].public()
    }
}

/// A certificate or a bare name and key, with limits or without.
fn anchor(input: &mut Operations<'_>, index: usize) -> TrustAnchor {
    let parties = Parties::shared();
    let kind = input.octet();
    let anchor = match kind & 3 {
        0 => TrustAnchor::new(parties.name(index).clone(), parties.key(index).clone()),
        1 => TrustAnchor::new(parties.name(input.below(PARTIES)).clone(), parties.key(input.below(PARTIES)).clone()),
        _ => TrustAnchor::from_certificate(issued(input, index, true).unwrap_or_else(|| fallback().clone())),
    };
    if kind & 4 == 0 {
        return anchor;
    }
    match input.below(5) {
        0 => anchor.with_path_length(input.octet().into()),
        1 => anchor.with_name_constraints(&subtrees(input), &subtrees(input)),
        2 => anchor.with_policies(&input.some_of(&POLICIES)),
        3 => anchor.with_policy_constraints(policy_constraints(input)),
        _ => anchor.with_inhibit_any_policy(input.octet().into()),
    }
}

/// A certificate: by default for the party after `index`, by that one.
fn issued(input: &mut Operations<'_>, index: usize, is_ca: bool) -> Option<Certificate> {
    let parties = Parties::shared();
    // Who issues it to whom; with which keys, if not their own.
    let (subject, issuer) = (index + 1 + input.below(PARTIES), index + input.below(PARTIES));
    let is_leaf = !is_ca && subject == index + 1;
    let mut subject_key = subject;
    let mut issuer_key = issuer;
    let mut validity = Validity::new(NOW.minus(DAY * 30), NOW.plus(DAY * 30));
    let serial = SerialNumber::from_bytes(&[1 + (index % 100) as u8]).ok()?;
    let mut is_bad = false;
    let flaws = input.below(5);
    let mut changes = Vec::new();
    for _ in 0..flaws {
        match input.below(24) {
            0 => subject_key = input.below(PARTIES),
            1 => issuer_key = input.below(PARTIES),
            2 => is_bad = true,
            3 => {
                validity = input.one_of(&[
                    Validity::new(NOW.plus(DAY), NOW.plus(DAY * 2)),
                    Validity::new(NOW.minus(DAY * 2), NOW.minus(DAY)),
                    Validity::new(NOW, NOW),
                    Validity::new(NOW.minus(DAY), UnixTime::NO_EXPIRATION),
                ]);
            }
            other => changes.push(other),
        }
    }
    let subject_name = if is_leaf { fixture::name("Leaf") } else { parties.name(subject).clone() };
    let mut builder = CertificateBuilder::new(
        serial,
        parties.name(issuer).clone(),
        subject_name,
        validity,
        parties.key(subject_key).clone(),
    );
    if is_ca {
        builder = builder
            .with_basic_constraints(BasicConstraints::CA)
            .with_key_usage(KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN));
    }
    for change in changes {
        builder = changed(builder, change, input);
    }
    let to_be_signed = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).ok()?;
    let signature = if is_bad {
        Signature::new(vec![0; 8])
    } else {
        fake::sign(parties.key(issuer_key).as_ref(), to_be_signed.message())
    };
    Some(to_be_signed.attach(signature))
}

/// One thing about a certificate that is not as usual.
fn changed(builder: CertificateBuilder, change: usize, input: &mut Operations<'_>) -> CertificateBuilder {
    match change {
        4 => builder.with_basic_constraints(BasicConstraints::END_ENTITY),
        5 => builder.with_basic_constraints(BasicConstraints {
            path_length: Some(input.below(4) as u32),
            ..BasicConstraints::CA
        }),
        6 => builder.with_key_usage(KeyUsage::DIGITAL_SIGNATURE),
        7 => builder.with_key_usage(KeyUsage::NONE),
        8 => builder.with_extended_key_usage(&input.some_of(&PURPOSES)),
        9 => builder.with_name_constraints(&subtrees(input), &[]),
        10 => builder.with_name_constraints(&[], &subtrees(input)),
        11 => builder.with_certificate_policies(&input.some_of(&POLICIES)),
        12 => {
            let pairs: Vec<_> =
                (0..input.below(4)).map(|_| (input.one_of(&POLICIES), input.one_of(&POLICIES))).collect();
            builder.with_policy_mappings(&pairs)
        }
        13 => builder.with_policy_constraints(policy_constraints(input)),
        14 => builder.with_inhibit_any_policy(input.below(4) as u32),
        15 => builder.with_authority_key(Parties::shared().key(input.below(PARTIES)), &KEYED),
        16 => builder.with_subject_key_identifier(&KEYED),
        17 => builder.add_extension(oid::SUBJECT_KEY_IDENTIFIER, Criticality::NonCritical, &[4, 1, input.octet()]),
        18 => builder.add_extension(PRIVATE, Criticality::Critical, &[5, 0]),
        19 => builder.add_extension(PRIVATE, Criticality::NonCritical, &[5, 0]),
        20 => {
            let names =
                input.some_of(&HOSTS).into_iter().fold(GeneralNamesBuilder::new(), GeneralNamesBuilder::add_dns_name);
            builder.with_subject_alt_name(names.add_ip_address(Ipv4Addr::new(192, 0, 2, 1).into()))
        }
        21 => {
            let known = [
                oid::BASIC_CONSTRAINTS,
                oid::KEY_USAGE,
                oid::NAME_CONSTRAINTS,
                oid::SUBJECT_ALT_NAME,
                oid::CERTIFICATE_POLICIES,
                oid::POLICY_MAPPINGS,
                oid::AUTHORITY_KEY_IDENTIFIER,
                oid::CRL_DISTRIBUTION_POINTS,
            ];
            builder.add_extension(input.one_of(&known), Criticality::Critical, input.octets())
        }
        22 => builder
            .with_authority_info_access(&[(oid::AD_OCSP, "http://a/"), (oid::AD_CA_ISSUERS, "http://b/")])
            .with_crl_distribution_points(&["http://c/"]),
        _ => builder.with_ocsp_no_check().with_extended_key_usage(&[oid::OCSP_SIGNING]),
    }
}

fn subtrees(input: &mut Operations<'_>) -> Vec<GeneralName<'static>> {
    let mut all: Vec<_> = input.some_of(&HOSTS).into_iter().map(GeneralName::DnsName).collect();
    match input.below(8) {
        1 => all.push(GeneralName::DirectoryName(Parties::shared().name(input.below(PARTIES)).as_ref())),
        2 => all.push(GeneralName::IpAddress(&[192, 0, 2, 0, 255, 255, 255, 0])),
        3 => all.push(GeneralName::Rfc822Name("example")),
        4 => all.push(GeneralName::Uri(".example")),
        _ => {}
    }
    all
}

fn policy_constraints(input: &mut Operations<'_>) -> PolicyConstraints {
    let mut skip = || input.octet().checked_sub(1).map(|skip| u32::from(skip % 4));
    PolicyConstraints::new(skip(), skip())
}

/// A CRL of some party, with serial numbers of some of the certificates.
fn crl(input: &mut Operations<'_>, certificates: &[Certificate]) -> Option<Crl> {
    let parties = Parties::shared();
    let issuer = input.below(PARTIES);
    let key = if input.seldom() { input.below(PARTIES) } else { issuer };
    let (this_update, next_update) = times(input);
    let number = CrlNumber::from_bytes(&[input.octet()]).ok()?;
    let mut builder = CrlBuilder::new(parties.name(issuer).clone(), this_update, next_update).with_number(number);
    if input.seldom() {
        builder = builder.with_authority_key(parties.key(input.below(PARTIES)), &KEYED);
    }
    for _ in 0..input.below(4) {
        let certificate = certificates.get(input.below(certificates.len()))?;
        let revocation = Revocation::new(certificate.serial_number(), NOW.minus(DAY * 2));
        let reason = input.one_of(&[
            RevocationReason::Unspecified,
            RevocationReason::KeyCompromise,
            RevocationReason::CertificateHold,
        ]);
        builder = builder.add_revoked(revocation.with_reason(reason));
    }
    let to_be_signed = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).ok()?;
    Some(to_be_signed.attach(fake::sign(parties.key(key).as_ref(), to_be_signed.message())))
}

/// An OCSP response about some of the certificates, by their issuer or by somebody else.
fn response(input: &mut Operations<'_>, certificates: &[Certificate]) -> Option<OcspResponse> {
    let parties = Parties::shared();
    let issuer = input.below(PARTIES);
    let key = if input.seldom() { input.below(PARTIES) } else { issuer };
    let (this_update, next_update) = times(input);
    let mut builder = OcspResponseBuilder::new(ResponderId::ByName(parties.name(issuer).as_ref()), this_update);
    for _ in 0..=input.below(3) {
        let certificate = certificates.get(input.below(certificates.len()))?;
        let of = if input.seldom() { input.below(PARTIES) } else { issuer };
        let id = CertId::of_certificate(certificate, parties.key(of).as_ref(), DigestAlgorithm::SHA256, &KEYED).ok()?;
        let revoked = CertStatus::Revoked { at: NOW.minus(DAY), reason: None };
        let status = input.one_of(&[CertStatus::Good, revoked, CertStatus::Unknown]);
        builder = builder.add_response(id.as_ref(), status, this_update, Some(next_update));
    }
    let sent: Vec<_> =
        (0..input.below(3)).filter_map(|_| certificates.get(input.below(certificates.len())).cloned()).collect();
    let to_be_signed = builder.with_certificates(&sent).build(SignatureAlgorithm::RSA_PKCS1_SHA256).ok()?;
    Some(to_be_signed.attach(fake::sign(parties.key(key).as_ref(), to_be_signed.message())))
}

fn times(input: &mut Operations<'_>) -> (UnixTime, UnixTime) {
    match input.below(8) {
        1 => (NOW.minus(DAY * 2), NOW.minus(DAY)),
        2 => (NOW.plus(DAY), NOW.plus(DAY * 2)),
        3 => (NOW, NOW),
        _ => (NOW.minus(DAY), NOW.plus(DAY)),
    }
}

/// What takes the place of a certificate that can't be built.
fn fallback() -> &'static Certificate {
    &fixture::World::shared().leaf
}
