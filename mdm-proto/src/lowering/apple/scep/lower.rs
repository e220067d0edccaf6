//! From a profile to a payload.

use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use pki_core::{Oid, Secret, extension::KeyUsage, oid};
use scep::{client::Fingerprint, server::Names};

use super::{AlternativeNames, AppAccess, ENCRYPTION, SIGNING, ScepPayload, SubjectAttribute};
use crate::{
    lowering::{
        Field, Loss, Lowered, LoweringError, PlatformProfile, Reason,
        key::rsa_bits,
        names::{Alternative, alternative, subject},
    },
    profile::{KeyProtection, ScepSettings},
};

impl ScepPayload {
    /// What a profile comes to for Apple's SCEP client.
    ///
    /// # Errors
    /// [`LoweringError`]: an EC key, a key of over 4096 bits or one that must be in hardware, a thumbprint of a length that
    /// Apple does not take, no URL of the service where messages go by it, a subject that is no text.
    pub fn lower(profile: &PlatformProfile) -> Result<Lowered<Self>, LoweringError> {
        let settings = profile.settings();
        let mut losses = profile.losses();
        if settings.key().protection() == KeyProtection::HardwareRequired {
            return Err(LoweringError::HardwareUnavailable);
        }
        let payload = Self {
            id: settings.id().as_str().into(),
            display_name: settings.name().into(),
            url: url(profile, &mut losses)?,
            ca_name: settings.ca_identifier().map(String::from),
            subject: attributes(profile.names())?,
            alternative: alternatives(profile.names(), &mut losses),
            challenge: profile.challenge().map(|challenge| Arc::new(Secret::from(challenge))),
            key_size: rsa_bits(settings.key(), &mut losses)?,
            key_usage: key_usage(settings.key_usage(), &mut losses),
            fingerprint: fingerprint(settings.thumbprints(), &mut losses)?,
            retries: settings.retries().count.into(),
            retry_delay: retry_delay(settings, &mut losses),
            extractability: settings.key().extractability(),
            access: AppAccess::Restricted,
        };
        left_out(settings, &mut losses);
        Ok(Lowered::new(payload, losses))
    }
}

fn url(profile: &PlatformProfile, losses: &mut Vec<Loss>) -> Result<String, LoweringError> {
    let urls = profile.urls()?;
    losses.extend(urls.iter().skip(1).map(|_| Loss::dropped(Field::Url, Reason::OnlyOne)));
    Ok(urls.first().copied().unwrap_or_default().into())
}

fn attributes(names: &Names) -> Result<Vec<Vec<SubjectAttribute>>, LoweringError> {
    let rdns = subject(names)?.into_iter().map(|rdn| {
        let attributes = rdn.into_iter().map(|(oid, value)| SubjectAttribute { name: attribute_name(oid), value });
        attributes.collect()
    });
    Ok(rdns.collect())
}

fn attribute_name(oid: Oid<'_>) -> String {
    let known = SHORT_NAMES.iter().find(|(known, _)| *known == oid);
    known.map_or_else(|| oid.to_string(), |(_, name)| String::from(*name))
}

fn alternatives(names: &Names, losses: &mut Vec<Loss>) -> AlternativeNames {
    let mut all = AlternativeNames::default();
    for name in names.alternative() {
        match alternative(name) {
            Some(Alternative::Dns(text)) => all.dns.push(text),
            Some(Alternative::Email(text)) => all.email.push(text),
            Some(Alternative::Upn(text)) => all.upn.push(text),
            Some(Alternative::Uri(text)) => all.uri.push(text),
            None => losses.push(Loss::dropped(Field::AlternativeName, Reason::NoSuchSetting)),
        }
    }
    all
}

fn key_usage(usage: KeyUsage, losses: &mut Vec<Loss>) -> u8 {
    let bits = [(KeyUsage::DIGITAL_SIGNATURE, SIGNING), (KeyUsage::KEY_ENCIPHERMENT, ENCRYPTION)];
    let mask = bits.iter().filter(|(bit, _)| usage.contains(*bit)).fold(0, |mask, (_, flag)| mask | flag);
    let said = bits.iter().filter(|(bit, _)| usage.contains(*bit)).fold(KeyUsage::NONE, |all, (bit, _)| all | *bit);
    if said != usage {
        losses.push(Loss::dropped(Field::KeyUsage, Reason::NotOffered));
    }
    mask
}

/// SHA-1 first, which Apple documents; then SHA-256, which works by others' reports; then MD5, which Apple documents, too.
fn fingerprint(thumbprints: &[Fingerprint], losses: &mut Vec<Loss>) -> Result<Option<Vec<u8>>, LoweringError> {
    if thumbprints.is_empty() {
        losses.push(Loss::warning(Field::Thumbprint, Reason::Unpinned));
        return Ok(None);
    }
    let of_length = |length: usize| thumbprints.iter().find(move |thumbprint| thumbprint.as_bytes().len() == length);
    let chosen = [SHA1, SHA256, MD5].into_iter().find_map(of_length).ok_or(LoweringError::Thumbprint)?;
    match chosen.as_bytes().len() {
        SHA256 => losses.push(Loss::warning(Field::Thumbprint, Reason::Undocumented)),
        MD5 => losses.push(Loss::warning(Field::Thumbprint, Reason::Weak)),
        _ => {}
    }
    losses.extend(thumbprints.iter().skip(1).map(|_| Loss::dropped(Field::Thumbprint, Reason::OnlyOne)));
    Ok(Some(chosen.as_bytes().to_vec()))
}

fn retry_delay(settings: &ScepSettings, losses: &mut Vec<Loss>) -> u32 {
    let seconds = settings.retries().delay.as_secs();
    let written = u32::try_from(seconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY);
    if u64::from(written) != seconds {
        losses.push(Loss::clamped(Field::RetryDelay, seconds, written.into(), Reason::Range));
    }
    written
}

/// What Apple's payload has no key for.
fn left_out(settings: &ScepSettings, losses: &mut Vec<Loss>) {
    losses.push(Loss::dropped(Field::Cipher, Reason::ClientChooses));
    losses.push(Loss::dropped(Field::Digest, Reason::ClientChooses));
    losses.push(Loss::dropped(Field::Renewal, Reason::ServiceRenews));
    let absent = [
        (Field::ExtendedKeyUsage, !settings.extended_key_usage().is_empty()),
        (Field::Lifetime, settings.lifetime().is_some()),
        (Field::Template, settings.template().is_some()),
    ];
    let absent = absent.into_iter().filter(|(_, is_set)| *is_set);
    losses.extend(absent.map(|(field, _)| Loss::dropped(field, Reason::NoSuchSetting)));
    if settings.key().protection() == KeyProtection::HardwarePreferred {
        losses.push(Loss::dropped(Field::KeyProtection, Reason::NotOffered));
    }
}

const SHORT_NAMES: [(Oid<'static>, &str); 6] = [
    (oid::COMMON_NAME, "CN"),
    (oid::COUNTRY_NAME, "C"),
    (oid::LOCALITY_NAME, "L"),
    (oid::ORGANIZATION_NAME, "O"),
    (oid::ORGANIZATIONAL_UNIT_NAME, "OU"),
    (oid::STATE_OR_PROVINCE_NAME, "ST"),
];

const MD5: usize = 16;
const SHA1: usize = 20;
const SHA256: usize = 32;

/// What a signed integer of 32 bits holds, in seconds.
const LONGEST_DELAY: u32 = 0x7fff_ffff;
