//! `conformance chain`: one path, judged, and told rule by rule.

use std::{fmt::Write as _, fs, net::IpAddr, path::PathBuf, str::FromStr, time::SystemTime};

use clap::{Args, ValueEnum};
use const_oid::ObjectIdentifier;
use pki_core::{
    Certificate, Limits, Oid, UnixTime,
    chain::{
        ChainError, ChainValidator, Finding, Missing, PeerName, PolicySettings, Pool, Purpose, RevocationPolicy,
        TrustAnchor, ValidatedChain, ValidationProfile,
    },
    crypto::rustcrypto::PROVIDER,
    pem,
};

use crate::corpora::parse_time;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What to validate, with what, for what.
#[derive(Clone, Debug, Args)]
pub struct ChainArguments {
    /// The certificates of trust anchors, PEM or DER.
    #[arg(long, required = true)]
    anchors: Vec<PathBuf>,
    /// What paths may be made of: certificates, CRLs, OCSP responses, bundles of PKCS #7; PEM or DER.
    #[arg(long)]
    pool: Vec<PathBuf>,
    /// The certificate in question, PEM or DER; of several, the first, and the others join the pool.
    #[arg(long)]
    leaf: PathBuf,
    /// A CRL, PEM or DER.
    #[arg(long)]
    crl: Vec<PathBuf>,
    /// An OCSP response, DER.
    #[arg(long)]
    ocsp: Vec<PathBuf>,
    /// The time, as 2026-11-23T00:00:00Z or 2026-11-23; now if it is not given.
    #[arg(long, value_parser = time)]
    time: Option<UnixTime>,
    /// What the certificate is to be used for: any, client, server, or the identifier of an extended key usage.
    #[arg(long, default_value = "any")]
    purpose: Usage,
    /// A name that it has to have: a DNS name, an IP address, a mailbox, or a URI.
    #[arg(long = "name")]
    names: Vec<String>,
    /// The identifier of a policy that it has to be valid under; of several, one is enough.
    #[arg(long = "policy")]
    policies: Vec<ObjectIdentifier>,
    /// Whether revocation must be known; `require` is the default if there are CRLs or OCSP responses, else `ignore`.
    #[arg(long)]
    revocation: Option<Revocation>,
    /// What certificates must be like.
    #[arg(long, default_value = "rfc5280")]
    profile: Profile,
}

#[derive(Clone, Debug)]
enum Usage {
    Any,
    Client,
    Server,
    Other(ObjectIdentifier),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Revocation {
    Ignore,
    Prefer,
    Require,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Profile {
    /// The Baseline Requirements of the CA/Browser Forum for TLS
    CaBrowser,
    /// RFC 5280 section 6 and no more
    PathValidation,
    /// RFC 5280 section 4, too
    Rfc5280,
}

/// The verdict, and how it came about.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Whether there is a valid path.
    pub is_valid: bool,
    /// For people, several lines.
    pub text: String,
}

/// Validates, and tells of the path found, or of the best that failed.
///
/// # Errors
/// If a file can't be read, or is not what it should be.
pub fn explain(arguments: &ChainArguments) -> Result<Explanation> {
    let anchors: Vec<_> = certificates(&arguments.anchors)?.into_iter().map(TrustAnchor::from).collect();
    let mut leaves = certificates(std::slice::from_ref(&arguments.leaf))?.into_iter();
    let leaf = leaves.next().ok_or_else(|| format!("{}: no certificate", arguments.leaf.display()))?;
    let mut pool: Pool = leaves.collect();
    for path in arguments.pool.iter().chain(&arguments.crl).chain(&arguments.ocsp) {
        for der in blocks(path)? {
            pool.add_der(&der).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    let names: Vec<_> = arguments.names.iter().map(|name| peer_name(name)).collect();
    let usage = match &arguments.purpose {
        Usage::Other(oid) => vec![Oid::from_const(oid)],
        Usage::Any | Usage::Client | Usage::Server => Vec::new(),
    };
    let purpose = match arguments.purpose {
        Usage::Any => Purpose::ANY,
        Usage::Client => Purpose::CLIENT_AUTH,
        Usage::Server => Purpose::SERVER_AUTH,
        Usage::Other(_) => Purpose::ANY.with_extended_key_usage(&usage),
    };
    let purpose = purpose.with_names(&names);
    let now = arguments.time.map_or_else(clock, Ok)?;
    let validator = arguments.validator(anchors.clone());
    let mut text = String::new();
    let verdict = validator.validate(&leaf, &pool, purpose, now);
    let (path, anchor) = match &verdict {
        Ok(chain) => (chain.path(), Some(chain.anchor())),
        Err(error) => (error.path(), anchor_of(error.path(), &anchors)),
    };
    let examination = validator.examine(path, anchor, &pool, purpose, now);
    write_path(&mut text, path, anchor, examination.findings())?;
    match &verdict {
        Ok(chain) => write_valid(&mut text, chain, now)?,
        Err(error) => write_invalid(&mut text, error, now)?,
    }
    Ok(Explanation { is_valid: verdict.is_ok(), text })
}

impl ChainArguments {
    fn validator(&self, anchors: Vec<TrustAnchor>) -> ChainValidator {
        let profile = match self.profile {
            Profile::CaBrowser => ValidationProfile::CA_BROWSER,
            Profile::PathValidation => ValidationProfile::PATH_VALIDATION,
            Profile::Rfc5280 => ValidationProfile::RFC5280,
        };
        let given = if self.crl.is_empty() && self.ocsp.is_empty() { Revocation::Ignore } else { Revocation::Require };
        let revocation = match self.revocation.unwrap_or(given) {
            Revocation::Ignore => RevocationPolicy::Ignore,
            Revocation::Prefer => RevocationPolicy::Prefer,
            Revocation::Require => RevocationPolicy::Require,
        };
        let policies: Vec<_> = self.policies.iter().map(Oid::from_const).collect();
        let policies = match policies.as_slice() {
            [] => PolicySettings::ANY,
            some => PolicySettings::ANY.with_policies(some).requiring_explicit_policy(),
        };
        ChainValidator::new(anchors, PROVIDER).with_profile(profile).with_revocation(revocation).with_policies(policies)
    }
}

/// The anchor that a path which failed would end at.
fn anchor_of<'a>(path: &[Certificate], anchors: &'a [TrustAnchor]) -> Option<&'a TrustAnchor> {
    let top = path.last()?;
    let by_name = |anchor: &&TrustAnchor| anchor.name().matches(top.issuer());
    let signs = |anchor: &&TrustAnchor| top.verify_signature(anchor.public_key(), &PROVIDER).is_ok();
    anchors.iter().filter(by_name).find(signs).or_else(|| anchors.iter().find(by_name))
}

fn write_path(
    text: &mut String,
    path: &[Certificate],
    anchor: Option<&TrustAnchor>,
    findings: &[Finding],
) -> std::fmt::Result {
    for depth in (0..=path.len()).rev() {
        match (path.get(depth), anchor) {
            (Some(certificate), _) => {
                let role = if depth == 0 { "target" } else { "CA" };
                writeln!(text, "{depth} {role}: {}", certificate.subject())?;
                writeln!(text, "    serial {}", hexadecimal(certificate.serial_number()))?;
                let validity = certificate.validity();
                writeln!(text, "    valid from {} to {}", validity.not_before, validity.not_after)?;
                writeln!(text, "    key {}", certificate.public_key().kind())?;
            }
            (None, Some(anchor)) => {
                writeln!(text, "{depth} anchor: {}, key {}", anchor.name(), anchor.public_key().kind())?
            }
            (None, None) => writeln!(text, "{depth} anchor: none")?,
        }
        for finding in findings.iter().filter(|finding| finding.depth == depth) {
            writeln!(text, "    {finding}")?;
        }
    }
    Ok(())
}

fn write_valid(text: &mut String, chain: &ValidatedChain, now: UnixTime) -> std::fmt::Result {
    writeln!(text, "policies of the path: {}", chain.authority_policies())?;
    writeln!(text, "of these asked for: {}", chain.policies())?;
    write_missing(text, chain.missing())?;
    writeln!(text, "signatures checked: {}", chain.signatures())?;
    writeln!(text, "valid at {now}")
}

fn write_invalid(text: &mut String, error: &ChainError, now: UnixTime) -> std::fmt::Result {
    write_missing(text, error.missing())?;
    if let Some(limit) = error.exhausted() {
        writeln!(text, "the search was ended by the limit on {limit}")?;
    }
    writeln!(text, "signatures checked: {}", error.signatures())?;
    writeln!(text, "NOT VALID at {now}: {error}")
}

fn write_missing(text: &mut String, missing: &Missing) -> std::fmt::Result {
    for issuer in missing.issuers() {
        writeln!(text, "missing: a certificate of {} {}", issuer.name, issuer.urls.join(" "))?;
    }
    for url in missing.crls() {
        writeln!(text, "missing: the CRL {url}")?;
    }
    for response in missing.ocsp() {
        writeln!(text, "missing: an OCSP response on {} {}", response.certificate.subject(), response.urls.join(" "))?;
    }
    Ok(())
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for path in paths {
        for der in blocks(path)? {
            found.push(Certificate::from_der(&der).map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(found)
}

/// What is in a file: the blocks of a PEM text, or the whole as DER.
fn blocks(path: &PathBuf) -> Result<Vec<Vec<u8>>> {
    let octets = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let Some(text) = std::str::from_utf8(&octets).ok().filter(|text| text.contains("-----BEGIN ")) else {
        return Ok(vec![octets]);
    };
    let mut limits = Limits::DEFAULT;
    (limits.size, limits.entries) = (octets.len(), octets.len());
    let blocks = pem::decode_all(text, &limits).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(blocks.into_iter().map(|block| block.der).collect())
}

fn peer_name(text: &str) -> PeerName<'_> {
    match IpAddr::from_str(text) {
        Ok(address) => PeerName::Ip(address),
        Err(_) if text.contains("://") => PeerName::Uri(text),
        Err(_) if text.contains('@') => PeerName::Email(text),
        Err(_) => PeerName::Dns(text),
    }
}

fn time(text: &str) -> std::result::Result<UnixTime, String> {
    parse_time(text).ok_or_else(|| "a time is 2026-11-23T00:00:00Z or 2026-11-23".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the clock of the caller")]
fn clock() -> Result<UnixTime> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(UnixTime::from_seconds(0).plus(since))
}

impl FromStr for Usage {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "any" => Ok(Self::Any),
            "client" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            other => other.parse().map(Self::Other).map_err(|error| format!("{error}")),
        }
    }
}
