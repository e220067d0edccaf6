//! [`Broker::prepare`]: from a device's CSR to the digest of the one with the challenge in it.

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use pki_core::{Csr, DecodeError, Secret, UnixTime, algorithm::SignatureAlgorithm, crypto::SecureRandom, der::Writer};
use sha2::{Digest as _, Sha256};

use super::{Admitted, Broker, Entitlement, Error, Request};
use crate::{
    broker::{
        Blinding, CsrFlaw,
        blinding::{Context, Seed},
        message::{self, ToDevice},
        request_info::{self, Extended},
    },
    identity::der,
    profile::ProfileId,
};

/// The digest, for the device.
#[derive(Debug)]
#[must_use]
pub struct Prepared {
    message: Vec<u8>,
    record: Option<BlindRecord>,
}

/// The blinding of one request, to be kept until the device comes back: secret, for whoever knows it can try challenges against the
/// digest.
///
/// Keep it under the device and [`BlindRecord::name`], and take it out when it is used, so that a digest is completed once:
///
/// ```sql
/// DELETE FROM blindings WHERE device = :device AND name = :name RETURNING record
/// ```
pub struct BlindRecord {
    name: [u8; 32],
    profile: ProfileId,
    seed: Seed,
    expires: UnixTime,
}

impl Broker {
    /// Compares the request with what is on record, and only then adds challenge and blinding, and gives the digest of that.
    ///
    /// # Errors
    /// - [`Error::Profile`] if it is for another profile than the entitlement.
    /// - [`Error::Csr`] if its signature does not verify, or it can't be given a challenge.
    /// - [`Error::Mismatch`] if it is not what is expected.
    /// - [`Error::Challenge`] if the profile's challenge can't be used.
    /// - [`Error::Random`] from the source.
    pub fn prepare(
        &self,
        request: &Request,
        entitlement: &Entitlement,
        _: Admitted,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Prepared, Error> {
        let Request { profile, csr } = request;
        let algorithm = self.check(profile, csr, entitlement)?;
        let (seed, keep) = match &self.blinding {
            Blinding::Derived(key) => {
                let [period, _] = key.periods(now);
                (key.seed(period, &context(csr, entitlement)), None)
            }
            Blinding::Fresh => {
                let seed = Seed::generate(rng)?;
                (seed.clone(), Some(seed))
            }
        };
        let extended = Extended::new(csr, algorithm, &entitlement.challenge, self.attribute, &seed)?;
        let digest = extended.digest(&self.crypto).ok_or(CsrFlaw::Algorithm)?;
        let record = keep.map(|seed| BlindRecord {
            name: BlindRecord::name(csr),
            profile: profile.clone(),
            seed,
            expires: now.plus(BlindRecord::LIFETIME),
        });
        Ok(Prepared { message: ToDevice::Digest(digest).to_der(), record })
    }

    /// The comparison that comes before the challenge. It is made again when the device comes back, since the record may have
    /// changed and nothing else says that the CSR is the same.
    pub(super) fn check(
        &self,
        profile: &ProfileId,
        csr: &Csr,
        entitlement: &Entitlement,
    ) -> Result<SignatureAlgorithm, Error> {
        if *profile != entitlement.profile {
            return Err(Error::Profile);
        }
        let algorithm = request_info::check(csr, &self.crypto)?;
        if csr.attributes().any(|attribute| attribute.oid == self.attribute.oid()) {
            return Err(CsrFlaw::Attribute.into());
        }
        entitlement.expectation.check(csr)?;
        Ok(algorithm)
    }

    /// The seeds that the blinding may have been made from.
    pub(super) fn seeds(
        &self,
        csr: &Csr,
        entitlement: &Entitlement,
        record: Option<&BlindRecord>,
        now: UnixTime,
    ) -> Vec<Seed> {
        match &self.blinding {
            Blinding::Derived(key) => {
                key.periods(now).into_iter().map(|period| key.seed(period, &context(csr, entitlement))).collect()
            }
            Blinding::Fresh => {
                let fits = |record: &&BlindRecord| {
                    record.name == BlindRecord::name(csr)
                        && record.profile == entitlement.profile
                        && now <= record.expires
                };
                record.filter(fits).map(|record| record.seed.clone()).into_iter().collect()
            }
        }
    }
}

fn context<'a>(csr: &'a Csr, entitlement: &'a Entitlement) -> Context<'a> {
    Context { request: csr.info(), profile: entitlement.profile.as_str(), challenge: &entitlement.challenge }
}

impl Prepared {
    /// The message for the device: the digest, and nothing else.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// What to keep until the device comes back; `None` where the blinding is derived.
    #[must_use]
    pub const fn record(&self) -> Option<&BlindRecord> {
        self.record.as_ref()
    }
}

impl BlindRecord {
    /// How long a device may take to sign.
    pub const LIFETIME: Duration = Duration::from_secs(600);

    /// What the record of a CSR is found by: the SHA-256 of what it says, without its signature.
    #[must_use]
    pub fn name(csr: &Csr) -> [u8; 32] {
        Sha256::digest(csr.info()).into()
    }

    /// When it is of no more use.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// As bytes, of the newest version.
    #[must_use]
    pub fn to_der(&self) -> Secret {
        Secret::new(Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(&self.name);
                der::write_text(w, self.profile.as_str());
                w.octet_string(self.seed.expose());
                der::write_time(w, self.expires);
            });
        }))
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`UnsupportedVersion`](pki_core::DecodeErrorKind::UnsupportedVersion) for those of a later release, and others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(der).map_err(DecodeError::within("BlindRecord"))
    }

    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, LARGEST)?;
        let name = der::octets(&mut fields)?;
        let profile = message::profile(&mut fields)?;
        let seed = Seed::from_bytes(&der::octets::<{ Seed::LENGTH }>(&mut fields)?);
        let expires = der::time(&mut fields)?;
        fields.finish()?;
        Ok(Self { name, profile, seed, expires })
    }
}

impl fmt::Debug for BlindRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlindRecord")
            .field("profile", &self.profile)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

const VERSION: u32 = 1;
/// Most octets in one: it has 230 with the longest name of a profile.
const LARGEST: usize = 1024;
