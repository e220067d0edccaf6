//! x509-limbo: cases of C2SP's suite, read from its JSON.
//!
//! The profile depends on the namespace of a case and on nothing else: `webpki::` is the CA/Browser Forum's, all others are
//! RFC 5280. Ids, features, descriptions and expected results decide nothing.

use std::{fmt, net::IpAddr, path::Path, time::Duration};

use pki_core::{
    Oid, UnixTime,
    chain::{ChainLimits, PeerName, PolicySettings, Purpose, RevocationPolicy, ValidationProfile},
    crypto::rustcrypto::SHA2_PROVIDER,
    extension::KeyUsage,
    oid, pem,
};
use serde::Deserialize;

use super::{Exceptions, Extent, Inputs, Outcome, Report, SuiteError, Tally, Verdict, parse_time, read};

/// The time of cases that name none, whose certificates are valid from 1970 to 2969.
const NOW: &str = "2026-11-23T00:00:00Z";

const EXCEPTIONS: &str = include_str!("../../data/limbo/exceptions.json");

/// One case, as far as it says what to put to a validator and what should come out.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// `namespace::…::name`
    pub id: String,
    validation_kind: Kind,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    signature_algorithms: Vec<String>,
    key_usage: Vec<String>,
    extended_key_usage: Vec<String>,
    expected_result: Expected,
    expected_peer_name: Option<Peer>,
    expected_peer_names: Vec<Peer>,
    max_chain_depth: Option<u8>,
    crls: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Kind {
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Expected {
    Failure,
    Success,
}

#[derive(Clone, Debug, Deserialize)]
struct Peer {
    kind: String,
    value: String,
}

/// What came of the cases.
#[derive(Clone, Debug)]
pub struct Results {
    /// The verdicts.
    pub report: Report,
}

#[derive(Deserialize)]
struct File {
    version: u32,
    testcases: Vec<Case>,
}

/// Reads the cases of a file.
///
/// # Errors
/// If it can't be read, or is no limbo file of version 1.
pub fn load(path: &Path) -> Result<Vec<Case>, SuiteError> {
    let name = || path.display().to_string();
    let file: File = serde_json::from_slice(&read(path)?).map_err(|error| SuiteError::Json(name(), error))?;
    match file.version {
        1 => Ok(file.testcases),
        version => Err(SuiteError::Case(name(), format!("version {version} of the format"))),
    }
}

/// Puts each case to the validator.
#[must_use]
pub fn run(cases: &[Case]) -> Results {
    Results { report: Report { outcomes: cases.iter().map(Case::run).collect() } }
}

impl Results {
    /// Disagreements that are not listed with their reasons, and reasons that no longer hold.
    ///
    /// # Errors
    /// If the list is none.
    pub fn faults(&self) -> Result<Vec<String>, SuiteError> {
        // The greater part of the suite is of this namespace; the rest is also had by itself.
        let is_complete = self.report.groups().contains_key("bettertls");
        let extent = if is_complete { Extent::Complete } else { Extent::Partial };
        let exceptions = Exceptions::read("tests/data/limbo/exceptions.json", EXCEPTIONS)?;
        Ok(exceptions.faults(&self.report, extent))
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { total, agree, false_accepts, false_rejects, skips } = self.report.tally();
        write!(f, "{}", self.report)?;
        write!(
            f,
            "limbo: agree {agree} of {total}, false accepts {false_accepts}, false rejects {false_rejects}, skips {skips}"
        )
    }
}

impl Case {
    /// The part of the id before the first `::`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.id.split_once("::").map_or(&self.id, |(namespace, _)| namespace)
    }

    /// Puts the case to the validator.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let expected = match self.expected_result {
            Expected::Failure => Verdict::Invalid,
            Expected::Success => Verdict::Valid,
        };
        match self.validate() {
            Ok(answer) => answer.into_outcome(&self.id, self.namespace(), expected),
            Err(reason) => Outcome {
                id: self.id.clone(),
                group: self.namespace().to_owned(),
                expected,
                actual: Verdict::Skipped,
                reason,
                signatures: 0,
                time: Duration::ZERO,
            },
        }
    }

    /// # Errors
    /// What of the case has no counterpart in the validator's inputs.
    fn validate(&self) -> Result<super::Answer, String> {
        if !self.signature_algorithms.is_empty() {
            return Err("a choice of signature algorithms".to_owned());
        }
        let names: Vec<_> = self
            .expected_peer_name
            .iter()
            .chain(&self.expected_peer_names)
            .map(Peer::name)
            .collect::<Result<_, _>>()?;
        let usages = self.extended_key_usage.iter().map(|name| extended_key_usage(name));
        let mut usages = usages.collect::<Result<Vec<_>, _>>()?;
        let of_kind = match self.validation_kind {
            Kind::Client => Purpose::CLIENT_AUTH,
            Kind::Server => Purpose::SERVER_AUTH,
        };
        usages.extend(
            of_kind.extended_key_usage().iter().filter(|usage| !usages.contains(usage)).copied().collect::<Vec<_>>(),
        );
        let key_usage = self.key_usage.iter().map(|name| key_usage(name));
        let key_usage = key_usage.collect::<Result<Vec<_>, _>>()?.into_iter().fold(KeyUsage::NONE, KeyUsage::union);
        let purpose = of_kind.with_names(&names).with_extended_key_usage(&usages).with_key_usage(key_usage);
        Ok(self.inputs()?.run(purpose))
    }

    fn inputs(&self) -> Result<Inputs, String> {
        let profile = match self.namespace() {
            "webpki" => ValidationProfile::CA_BROWSER,
            _ => ValidationProfile::RFC5280,
        };
        // With CRLs, they are what the case is about.
        let revocation = if self.crls.is_empty() { RevocationPolicy::Ignore } else { RevocationPolicy::Require };
        let limits = match self.max_chain_depth {
            Some(depth) => ChainLimits { depth, ..ChainLimits::DEFAULT },
            None => ChainLimits::DEFAULT,
        };
        Ok(Inputs {
            anchors: certificates(&self.trusted_certs),
            certificates: certificates(&self.untrusted_intermediates),
            crls: self.crls.iter().flat_map(|text| pem::decode(text, "X509 CRL")).collect(),
            target: pem::decode(&self.peer_certificate, "CERTIFICATE").unwrap_or_default(),
            time: self.time()?,
            profile,
            policies: PolicySettings::ANY,
            revocation,
            limits,
            // The suite counts SHA-1 as broken.
            crypto: SHA2_PROVIDER,
        })
    }

    fn time(&self) -> Result<UnixTime, String> {
        let text = self.validation_time.as_deref().unwrap_or(NOW);
        parse_time(text).ok_or_else(|| format!("the time {text}"))
    }
}

impl Peer {
    fn name(&self) -> Result<PeerName<'_>, String> {
        let Self { kind, value } = self;
        match kind.as_str() {
            "DNS" => Ok(PeerName::Dns(value)),
            "IP" => value.parse::<IpAddr>().map(PeerName::Ip).map_err(|_error| format!("the address {value}")),
            "RFC822" => Ok(PeerName::Email(value)),
            other => Err(format!("a peer name of kind {other}")),
        }
    }
}

fn certificates(texts: &[String]) -> Vec<Vec<u8>> {
    texts.iter().flat_map(|text| pem::decode(text, "CERTIFICATE")).collect()
}

fn extended_key_usage(name: &str) -> Result<Oid<'static>, String> {
    match name {
        "anyExtendedKeyUsage" => Ok(oid::ANY_EXTENDED_KEY_USAGE),
        "serverAuth" => Ok(oid::SERVER_AUTH),
        "clientAuth" => Ok(oid::CLIENT_AUTH),
        "codeSigning" => Ok(oid::CODE_SIGNING),
        "emailProtection" => Ok(oid::EMAIL_PROTECTION),
        "timeStamping" => Ok(oid::TIME_STAMPING),
        "OCSPSigning" => Ok(oid::OCSP_SIGNING),
        other => Err(format!("the extended key usage {other}")),
    }
}

fn key_usage(name: &str) -> Result<KeyUsage, String> {
    match name {
        "digitalSignature" => Ok(KeyUsage::DIGITAL_SIGNATURE),
        "keyEncipherment" => Ok(KeyUsage::KEY_ENCIPHERMENT),
        "keyCertSign" => Ok(KeyUsage::KEY_CERT_SIGN),
        "cRLSign" => Ok(KeyUsage::CRL_SIGN),
        other => Err(format!("the key usage {other}")),
    }
}
