//! [`ScepInstall`]: a request to `ClientCertificateInstall/SCEP`.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use pki_core::{Certificate, OwnedOid, algorithm::DigestAlgorithm, crypto::CryptoProvider, extension::KeyUsage};
use scep::client::Fingerprint;

use super::{UniqueId, subject};
use crate::{
    lowering::{
        Field, Loss, Lowered, LoweringError, PlatformProfile, Reason,
        key::rsa_bits,
        names::{Alternative, alternative},
    },
    profile::{CertificateStore, CertificateTemplate, Extractability, KeyProtection, ScepSettings},
    syncml::{Command, Format, Item},
};

/// A request to have a certificate enrolled: where it is, and its values. `Debug` does not show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScepInstall {
    id: UniqueId,
    store: CertificateStore,
    values: Vec<Item>,
}

/// How Windows is to know the CA.
#[derive(Clone, Copy, Debug)]
enum Root<'a> {
    /// By the profile's SHA-1 thumbprint, which is hoped to be the root's.
    Profile,
    /// By this certificate.
    Certificate(&'a Certificate, &'a CryptoProvider),
}

impl ScepInstall {
    /// What a profile comes to for Windows' SCEP client. The profile's SHA-1 thumbprint is taken for the root's.
    ///
    /// # Errors
    /// [`LoweringError`]: no challenge, no SHA-1 thumbprint, no extended key usage, a key usage without digitalSignature and
    /// keyEncipherment, an EC key or one of over 4096 bits, MD5, a URL with a semicolon, no URL of the service where messages
    /// go by it, a subject that is no text.
    pub fn lower(profile: &PlatformProfile) -> Result<Lowered<Self>, LoweringError> {
        Self::lower_for(profile, Root::Profile)
    }

    /// The same, with the SHA-1 thumbprint of this root CA. It is the profile's if that has one of SHA-1.
    ///
    /// # Errors
    /// As [`Self::lower`]; [`LoweringError::Thumbprint`] also if all SHA-1 thumbprints of the profile are others, or the
    /// provider has no SHA-1.
    pub fn lower_with_root(
        profile: &PlatformProfile,
        root: &Certificate,
        crypto: &CryptoProvider,
    ) -> Result<Lowered<Self>, LoweringError> {
        Self::lower_for(profile, Root::Certificate(root, crypto))
    }

    fn lower_for(profile: &PlatformProfile, root: Root<'_>) -> Result<Lowered<Self>, LoweringError> {
        let settings = profile.settings();
        let mut losses = profile.losses();
        let id = UniqueId::of(settings.id());
        let mut values = Values { node: id.node(settings.store()), items: Vec::new() };
        values.chr("ServerURL", urls(profile)?);
        values.chr("Challenge", challenge(profile, &mut losses)?);
        values.chr("EKUMapping", extended_key_usage(settings.extended_key_usage())?);
        values.int("KeyUsage", key_usage(settings.key_usage(), &mut losses)?.into());
        values.chr("SubjectName", subject::text(profile.names(), &mut losses)?);
        values.int("KeyLength", rsa_bits(settings.key(), &mut losses)?.into());
        values.chr("HashAlgorithm", hash_family(settings.digest(), &mut losses)?.into());
        values.chr("CAThumbprint", thumbprint(settings, root, &mut losses)?);
        if let Some(names) = alternatives(profile, &mut losses) {
            values.chr("SubjectAlternativeNames", names);
        }
        values.int("KeyProtection", key_protection(settings.key().protection()));
        values.int("RetryDelay", retry_delay(settings, &mut losses));
        values.int("RetryCount", retry_count(settings, &mut losses));
        optional(settings, &mut values, &mut losses);
        losses.push(Loss::dropped(Field::Cipher, Reason::ClientChooses));
        losses.push(Loss::dropped(Field::Renewal, Reason::ServiceRenews));
        if settings.ca_identifier().is_some() {
            losses.push(Loss::dropped(Field::CaIdentifier, Reason::NoSuchSetting));
        }
        if settings.key().extractability() == Extractability::Allowed {
            losses.push(Loss::dropped(Field::Extractability, Reason::NoSuchSetting));
        }
        Ok(Lowered::new(Self { id, store: settings.store(), values: values.items }, losses))
    }

    /// What the request is known by.
    #[must_use]
    pub const fn id(&self) -> &UniqueId {
        &self.id
    }

    /// The Atomic that makes the request. It holds the challenge.
    #[must_use]
    pub fn to_command(&self) -> Command {
        let node = Item::new(self.id.node(self.store)).with_format(Format::Node);
        let adds = core::iter::once(node).chain(self.values.iter().cloned()).map(Command::add);
        let enroll = Command::exec(format!("{}/Install/Enroll", self.id.node(self.store)));
        Command::Atomic(adds.chain([enroll]).collect())
    }

    /// The Delete that takes the request and its certificate away.
    #[must_use]
    pub fn removal(id: &UniqueId, store: CertificateStore) -> Command {
        Command::delete(id.node(store))
    }

    /// The Get of what became of the request. See [`InstallReport`](super::InstallReport).
    #[must_use]
    pub fn status_query(id: &UniqueId, store: CertificateStore) -> Command {
        let node = id.node(store);
        Command::get(REPORTED.map(|name| format!("{node}/{name}")))
    }
}

/// The values below `Install`.
struct Values {
    node: String,
    items: Vec<Item>,
}

impl Values {
    fn chr(&mut self, name: &str, value: String) {
        self.push(name, Format::Chr, value);
    }

    fn int(&mut self, name: &str, value: u64) {
        self.push(name, Format::Int, value.to_string());
    }

    fn push(&mut self, name: &str, format: Format, value: String) {
        let uri = format!("{}/Install/{name}", self.node);
        self.items.push(Item::new(uri).with_format(format).with_data(value));
    }
}

fn urls(profile: &PlatformProfile) -> Result<String, LoweringError> {
    let urls = profile.urls()?;
    if urls.iter().any(|url| url.contains(';')) {
        return Err(LoweringError::Url);
    }
    Ok(urls.join(";"))
}

fn challenge(profile: &PlatformProfile, losses: &mut Vec<Loss>) -> Result<String, LoweringError> {
    let challenge = profile.challenge().filter(|challenge| !challenge.is_empty());
    let challenge = challenge.ok_or(LoweringError::ChallengeRequired)?;
    if challenge.contains(|c: char| UNSAFE.contains(c) || !c.is_ascii_graphic()) {
        losses.push(Loss::warning(Field::Challenge, Reason::ChallengeAlphabet));
    }
    Ok(challenge.into())
}

fn extended_key_usage(purposes: &[OwnedOid]) -> Result<String, LoweringError> {
    if purposes.is_empty() {
        return Err(LoweringError::ExtendedKeyUsageRequired);
    }
    Ok(purposes.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"))
}

/// The first octet of the bits.
fn key_usage(usage: KeyUsage, losses: &mut Vec<Loss>) -> Result<u8, LoweringError> {
    const USUAL: KeyUsage = KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::KEY_ENCIPHERMENT);
    let octet = |usage: KeyUsage| {
        KEY_USAGES.iter().filter(|(bit, _)| usage.contains(*bit)).fold(0, |octet, (_, flag)| octet | flag)
    };
    if usage.is_empty() {
        losses.push(Loss::clamped(Field::KeyUsage, 0, octet(USUAL).into(), Reason::Required));
        return Ok(octet(USUAL));
    }
    if !usage.intersects(USUAL) {
        return Err(LoweringError::KeyUsage(usage));
    }
    if usage.contains(KeyUsage::DECIPHER_ONLY) {
        losses.push(Loss::dropped(Field::KeyUsage, Reason::NotOffered));
    }
    Ok(octet(usage))
}

fn hash_family(digest: DigestAlgorithm, losses: &mut Vec<Loss>) -> Result<&'static str, LoweringError> {
    match digest {
        DigestAlgorithm::SHA1 => Ok("SHA-1"),
        DigestAlgorithm::SHA224 | DigestAlgorithm::SHA256 | DigestAlgorithm::SHA384 | DigestAlgorithm::SHA512 => {
            losses.push(Loss::warning(Field::Digest, Reason::HashFamily));
            Ok("SHA-2")
        }
        other => Err(LoweringError::UnsupportedDigest(other)),
    }
}

fn thumbprint(settings: &ScepSettings, root: Root<'_>, losses: &mut Vec<Loss>) -> Result<String, LoweringError> {
    let mut known = settings.thumbprints().iter().filter(|thumbprint| thumbprint.as_bytes().len() == SHA1);
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().concat();
    let told = known.clone().take(1).count();
    let others = settings.thumbprints().iter().skip(told);
    losses.extend(others.map(|_| Loss::dropped(Field::Thumbprint, Reason::OnlyOne)));
    match root {
        Root::Profile => {
            let thumbprint = known.next().ok_or(LoweringError::Thumbprint)?;
            losses.push(Loss::warning(Field::Thumbprint, Reason::RootUnconfirmed));
            Ok(hex(thumbprint.as_bytes()))
        }
        Root::Certificate(root, crypto) => {
            let sha1 = crypto.digest(DigestAlgorithm::SHA1.oid()).ok_or(LoweringError::Thumbprint)?;
            let thumbprint = root.fingerprint(sha1);
            let mut known = known.map(Fingerprint::as_bytes).peekable();
            if known.peek().is_some() && !known.any(|known| known == thumbprint.as_bytes()) {
                return Err(LoweringError::Thumbprint);
            }
            Ok(hex(thumbprint.as_bytes()))
        }
    }
}

/// `type+value` with semicolons between; types are those of `AlternativeNameType` of CertEnroll.
fn alternatives(profile: &PlatformProfile, losses: &mut Vec<Loss>) -> Option<String> {
    let mut all = Vec::new();
    for name in profile.names().alternative() {
        let (number, text) = match alternative(name) {
            Some(Alternative::Email(text)) => (2, text),
            Some(Alternative::Dns(text)) => (3, text),
            Some(Alternative::Uri(text)) => (7, text),
            Some(Alternative::Upn(text)) => (11, text),
            None => {
                losses.push(Loss::dropped(Field::AlternativeName, Reason::NoSuchSetting));
                continue;
            }
        };
        if text.contains(';') {
            losses.push(Loss::dropped(Field::AlternativeName, Reason::Separator));
            continue;
        }
        if text.contains('+') {
            losses.push(Loss::warning(Field::AlternativeName, Reason::Separator));
        }
        all.push(format!("{number}+{text}"));
    }
    (!all.is_empty()).then(|| all.join(";"))
}

const fn key_protection(protection: KeyProtection) -> u64 {
    match protection {
        KeyProtection::HardwareRequired => 1,
        KeyProtection::HardwarePreferred => 2,
        KeyProtection::Software => 3,
    }
}

/// In minutes, at least one.
fn retry_delay(settings: &ScepSettings, losses: &mut Vec<Loss>) -> u64 {
    let seconds = settings.retries().delay.as_secs();
    let minutes = seconds.div_ceil(60).clamp(1, LARGEST);
    let written = minutes.saturating_mul(60);
    if written != seconds {
        losses.push(Loss::clamped(Field::RetryDelay, seconds, written, Reason::Coarse));
    }
    minutes
}

fn retry_count(settings: &ScepSettings, losses: &mut Vec<Loss>) -> u64 {
    let count = u64::from(settings.retries().count);
    let written = count.min(MOST_RETRIES);
    if written != count {
        losses.push(Loss::clamped(Field::RetryCount, count, written, Reason::Range));
    }
    written
}

/// What is written only if the profile has it.
fn optional(settings: &ScepSettings, values: &mut Values, losses: &mut Vec<Loss>) {
    match settings.template() {
        Some(CertificateTemplate::Id(id)) => values.chr("TemplateName", id.to_string()),
        Some(_) => losses.push(Loss::dropped(Field::Template, Reason::NoSuchSetting)),
        None => {}
    }
    if let Some(lifetime) = settings.lifetime() {
        let seconds = lifetime.as_secs();
        let days = seconds.div_ceil(DAY).clamp(1, LARGEST);
        let written = days.saturating_mul(DAY);
        if written != seconds {
            losses.push(Loss::clamped(Field::Lifetime, seconds, written, Reason::Coarse));
        }
        values.chr("ValidPeriod", "Days".into());
        values.int("ValidPeriodUnits", days);
    }
}

/// What a [`ScepInstall::status_query`] asks for.
pub(super) const REPORTED: [&str; 4] = ["Status", "ErrorCode", "CertThumbprint", "RespondentServerUrl"];

const KEY_USAGES: [(KeyUsage, u8); 8] = [
    (KeyUsage::DIGITAL_SIGNATURE, 0x80),
    (KeyUsage::NON_REPUDIATION, 0x40),
    (KeyUsage::KEY_ENCIPHERMENT, 0x20),
    (KeyUsage::DATA_ENCIPHERMENT, 0x10),
    (KeyUsage::KEY_AGREEMENT, 0x08),
    (KeyUsage::KEY_CERT_SIGN, 0x04),
    (KeyUsage::CRL_SIGN, 0x02),
    (KeyUsage::ENCIPHER_ONLY, 0x01),
];
/// Characters that Windows' client was seen to fail with.
const UNSAFE: &str = "!@#$%^&*_";
const SHA1: usize = 20;
const MOST_RETRIES: u64 = 30;
/// Of an `int`.
const LARGEST: u64 = 0x7fff_ffff;
/// In seconds.
const DAY: u64 = 86_400;
