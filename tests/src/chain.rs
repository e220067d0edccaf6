//! Hierarchies made on the spot: a [`Ca`] issues CAs and leaves, with P-256 keys that its name says.
//!
//! ```
//! use conformance::chain::{self, Ca};
//!
//! let root = Ca::root("Root");
//! let ca = root.ca("CA");
//! let valid = chain::validate(&root, &[&ca], &ca.leaf("leaf")).unwrap();
//! assert_eq!(valid.path().len(), 2);
//! ```

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use pki_core::{
    Certificate, CertificateBuilder, KeyKind, Name, Profile, UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{ChainError, ChainValidator, Pool, Purpose, TrustAnchor, ValidatedChain},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

use crate::{Clock, TestRandom, fixtures};

/// A CA: its certificate and the key to it.
#[derive(Clone, Debug)]
pub struct Ca {
    /// What says that it is one.
    pub certificate: Certificate,
    /// What it signs with.
    pub key: &'static PrivateKey,
}

/// A certificate before it is issued.
#[derive(Clone, Debug)]
#[must_use]
pub struct Draft {
    issuer: Name,
    issuer_key: &'static PrivateKey,
    signing_key: &'static PrivateKey,
    subject: Name,
    key: &'static PrivateKey,
    validity: Validity,
    profile: Profile,
}

impl Ca {
    /// A root.
    #[must_use]
    pub fn root(name: &str) -> Self {
        Self::draft_root(name).into_ca(|builder| builder)
    }

    /// A root, still to be changed.
    pub fn draft_root(name: &str) -> Draft {
        Draft::by(name, name).with_profile(Profile::ROOT_CA)
    }

    /// A CA below.
    #[must_use]
    pub fn ca(&self, name: &str) -> Self {
        self.ca_with(name, |builder| builder)
    }

    /// A CA below with other extensions.
    #[must_use]
    pub fn ca_with(&self, name: &str, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Self {
        self.draft(name).with_profile(Profile::ROOT_CA).into_ca(change)
    }

    /// An end entity below.
    #[must_use]
    pub fn leaf(&self, name: &str) -> Certificate {
        self.leaf_with(name, |builder| builder)
    }

    /// An end entity below with other extensions.
    #[must_use]
    pub fn leaf_with(&self, name: &str, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Certificate {
        self.draft(name).issue(change)
    }

    /// An end entity below, still to be changed.
    pub fn draft(&self, name: &str) -> Draft {
        Draft::new(self.certificate.subject().to_owned(), self.key, name)
    }

    /// A certificate for the name and key of another CA.
    #[must_use]
    pub fn cross_certify(&self, other: &Self) -> Self {
        self.draft_of(other).into_ca(|builder| builder)
    }

    /// The same, still to be changed.
    pub fn draft_of(&self, other: &Self) -> Draft {
        let draft = self.draft("other").with_name(other.certificate.subject().to_owned());
        draft.with_key(other.key).with_profile(Profile::ROOT_CA)
    }

    /// The same CA with another key, certified by this one.
    #[must_use]
    pub fn rolled_over(&self, key_name: &str) -> Self {
        self.draft_of(self).with_key(key(key_name)).into_ca(|builder| builder)
    }

    /// As an anchor.
    #[must_use]
    pub fn anchor(&self) -> TrustAnchor {
        TrustAnchor::from_certificate(self.certificate.clone())
    }

    /// As an anchor without a certificate.
    #[must_use]
    pub fn bare_anchor(&self) -> TrustAnchor {
        TrustAnchor::new(self.certificate.subject().to_owned(), Signer::public_key(self.key).clone())
    }
}

impl Draft {
    /// Issued by whoever has this name and the key of this name.
    pub fn by(issuer: &str, name: &str) -> Self {
        Self::new(fixtures::name(issuer), key(issuer), name)
    }

    fn new(issuer: Name, issuer_key: &'static PrivateKey, name: &str) -> Self {
        Self {
            issuer,
            issuer_key,
            signing_key: issuer_key,
            subject: fixtures::name(name),
            key: key(name),
            validity: fixtures::validity(),
            profile: LEAF,
        }
    }

    /// For another name.
    pub fn with_name(self, subject: Name) -> Self {
        Self { subject, ..self }
    }

    /// For another key.
    pub fn with_key(self, key: &'static PrivateKey) -> Self {
        Self { key, ..self }
    }

    /// Valid at other times.
    pub fn with_validity(self, not_before: UnixTime, not_after: UnixTime) -> Self {
        Self { validity: Validity::new(not_before, not_after), ..self }
    }

    /// Of another kind.
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Signed by a key that is not the issuer's.
    pub fn forged(self) -> Self {
        Self { signing_key: key("forger"), ..self }
    }

    /// The certificate.
    #[must_use]
    pub fn issue(self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Certificate {
        let key = Signer::public_key(self.key);
        let serial = fixtures::serial(&self.subject, key);
        let builder = CertificateBuilder::new(serial, self.issuer.clone(), self.subject, self.validity, key.clone())
            .with_profile(&self.profile)
            .with_subject_key_identifier(&PROVIDER)
            .with_authority_key(Signer::public_key(self.issuer_key), &PROVIDER);
        sign(change(builder), self.signing_key)
    }

    /// The certificate and the key, as a CA has them.
    #[must_use]
    pub fn into_ca(self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Ca {
        let key = self.key;
        Ca { certificate: self.issue(change), key }
    }
}

/// What the builder has, signed with SHA-256.
///
/// # Panics
/// If the builder refuses.
#[must_use]
pub fn sign(builder: CertificateBuilder, key: &PrivateKey) -> Certificate {
    let algorithm = SignatureAlgorithm::for_key(Signer::public_key(key).as_ref(), DigestAlgorithm::SHA256);
    let to_be_signed = builder.build(algorithm.expect("an algorithm")).expect("a certificate");
    to_be_signed.sign_with(key, &mut TestRandom::new(1)).expect("a signature")
}

/// The P-256 key of this name, the same every time.
///
/// # Panics
/// Never: randomness does not fail.
#[must_use]
pub fn key(name: &str) -> &'static PrivateKey {
    static KEYS: Mutex<BTreeMap<String, &'static PrivateKey>> = Mutex::new(BTreeMap::new());
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    keys.entry(name.to_owned()).or_insert_with(|| {
        let seed = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let key = PrivateKey::generate(KeyKind::P256, &mut TestRandom::new(seed));
        Box::leak(Box::new(key.expect("a key")))
    })
}

/// When all of them are valid.
#[must_use]
pub fn now() -> UnixTime {
    Clock::new().now()
}

/// One that trusts `root` and is strict.
#[must_use]
pub fn validator(root: &Ca) -> ChainValidator {
    ChainValidator::new([root.anchor()], PROVIDER)
}

/// The certificates of these.
#[must_use]
pub fn pool(cas: &[&Ca]) -> Pool {
    cas.iter().map(|ca| ca.certificate.clone()).collect()
}

/// Whether `leaf` is valid now, for anything, by way of these.
///
/// # Errors
/// Those of [`ChainValidator::validate`].
pub fn validate(root: &Ca, cas: &[&Ca], leaf: &Certificate) -> Result<ValidatedChain, ChainError> {
    validator(root).validate(leaf, &pool(cas), Purpose::ANY, now())
}

/// digitalSignature and nothing else.
const LEAF: Profile = Profile::RA_SIGNING;
