//! [`ScepSettings`]: what service and device both know of a SCEP profile.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{fmt, time::Duration};

use pki_core::{
    Oid, OwnedOid,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    extension::KeyUsage,
    oid,
};
use scep::client::Fingerprint;

use super::{CertificateTemplate, KeySpec};
use crate::lifecycle::RenewalStart;

/// What service and device both know of a SCEP profile. Plain data; holds no secret and nothing about one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScepSettings {
    id: ProfileId,
    name: String,
    urls: Vec<String>,
    ca_identifier: Option<String>,
    thumbprints: Vec<Fingerprint>,
    key: KeySpec,
    key_usage: KeyUsage,
    extended_key_usage: Vec<OwnedOid>,
    digest: DigestAlgorithm,
    cipher: CipherAlgorithm,
    lifetime: Option<Duration>,
    renewal: RenewalStart,
    retries: Retries,
    template: Option<CertificateTemplate>,
    route: Route,
    store: CertificateStore,
}

/// What names a profile: 1 to 128 printable ASCII characters without a space. Platforms use it in paths and identifiers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(Box<str>);

/// Not a [`ProfileId`]: empty, over 128 characters, or with a character that is not printable ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidProfileId;

/// How often a device asks again where the CA has not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Retries {
    /// How many times.
    pub count: u16,
    /// How long it waits each time.
    pub delay: Duration,
}

/// How messages of the device reach the CA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Route {
    /// By the service, which stands between.
    ByService,
    /// The device sends them itself.
    #[default]
    Direct,
}

/// Where the device keeps the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateStore {
    /// In the store of the device or work space.
    #[default]
    Device,
    /// In the store of the user.
    User,
}

impl ScepSettings {
    /// For this URL: RSA-2048 for signing and key encipherment by TLS clients, SHA-256, AES-128, renewal 30 days before the
    /// end.
    #[must_use]
    pub fn new(id: ProfileId, url: impl Into<String>) -> Self {
        Self {
            name: id.as_str().into(),
            id,
            urls: [url.into()].into(),
            ca_identifier: None,
            thumbprints: Vec::new(),
            key: KeySpec::DEFAULT,
            key_usage: KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::KEY_ENCIPHERMENT),
            extended_key_usage: [oid::CLIENT_AUTH.into()].into(),
            digest: DigestAlgorithm::SHA256,
            cipher: CipherAlgorithm::AES128_CBC,
            lifetime: None,
            renewal: RenewalStart::Before(Duration::from_secs(30 * 86_400)),
            retries: Retries::DEFAULT,
            template: None,
            route: Route::Direct,
            store: CertificateStore::Device,
        }
    }

    /// With a name for people. The identifier unless told.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// With another URL, in place of all.
    #[must_use]
    pub fn with_url(self, url: impl Into<String>) -> Self {
        Self { urls: [url.into()].into(), ..self }
    }

    /// Adds a URL, tried where those before can't be reached.
    #[must_use]
    pub fn add_url(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// With the name of the CA behind the URL, sent as `message` of GetCACaps and GetCACert. BES and UEM call it instance name.
    #[must_use]
    pub fn with_ca_identifier(self, identifier: impl Into<String>) -> Self {
        Self { ca_identifier: Some(identifier.into()), ..self }
    }

    /// With the thumbprint of the CA's certificate, in place of all.
    #[must_use]
    pub fn with_thumbprint(self, thumbprint: Fingerprint) -> Self {
        Self { thumbprints: [thumbprint].into(), ..self }
    }

    /// Adds the thumbprint of another CA's certificate that may be met: the next CA's, beside the one of now. One that is there is not added again.
    #[must_use]
    pub fn add_thumbprint(mut self, thumbprint: Fingerprint) -> Self {
        if !self.thumbprints.contains(&thumbprint) {
            self.thumbprints.push(thumbprint);
        }
        self
    }

    /// Without thumbprints: whoever answers is believed, unless asked about.
    #[must_use]
    pub fn without_thumbprints(self) -> Self {
        Self { thumbprints: Vec::new(), ..self }
    }

    /// With another key.
    #[must_use]
    pub fn with_key(self, key: KeySpec) -> Self {
        Self { key, ..self }
    }

    /// With another key usage to ask for; none to ask for none.
    #[must_use]
    pub fn with_key_usage(self, key_usage: KeyUsage) -> Self {
        Self { key_usage, ..self }
    }

    /// With other extended key usages to ask for; none to ask for none.
    #[must_use]
    pub fn with_extended_key_usage(self, purposes: &[Oid<'_>]) -> Self {
        Self { extended_key_usage: purposes.iter().map(|oid| OwnedOid::from(*oid)).collect(), ..self }
    }

    /// With another digest for signatures.
    #[must_use]
    pub fn with_digest(self, digest: DigestAlgorithm) -> Self {
        Self { digest, ..self }
    }

    /// With another cipher for messages.
    #[must_use]
    pub fn with_cipher(self, cipher: CipherAlgorithm) -> Self {
        Self { cipher, ..self }
    }

    /// With a lifetime to ask for. The CA decides.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// With another start of renewals.
    #[must_use]
    pub fn with_renewal(self, renewal: RenewalStart) -> Self {
        Self { renewal, ..self }
    }

    /// With other retries.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// With a template to name in the CSR.
    #[must_use]
    pub fn with_template(self, template: CertificateTemplate) -> Self {
        Self { template: Some(template), ..self }
    }

    /// With another route.
    #[must_use]
    pub fn with_route(self, route: Route) -> Self {
        Self { route, ..self }
    }

    /// With another store.
    #[must_use]
    pub fn with_store(self, store: CertificateStore) -> Self {
        Self { store, ..self }
    }

    /// The identifier, which stays when anything else changes.
    #[must_use]
    pub const fn id(&self) -> &ProfileId {
        &self.id
    }

    /// The name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URLs, to be tried in this order; at least one. All messages of one enrolment go to the same.
    #[must_use]
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The name of the CA behind the URL.
    #[must_use]
    pub fn ca_identifier(&self) -> Option<&str> {
        self.ca_identifier.as_deref()
    }

    /// The thumbprints of CA certificates that are believed; none for whoever answers.
    #[must_use]
    pub fn thumbprints(&self) -> &[Fingerprint] {
        &self.thumbprints
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> KeySpec {
        self.key
    }

    /// The key usage to ask for.
    #[must_use]
    pub const fn key_usage(&self) -> KeyUsage {
        self.key_usage
    }

    /// The extended key usages to ask for.
    #[must_use]
    pub fn extended_key_usage(&self) -> &[OwnedOid] {
        &self.extended_key_usage
    }

    /// The digest for signatures.
    #[must_use]
    pub const fn digest(&self) -> DigestAlgorithm {
        self.digest
    }

    /// The cipher for messages.
    #[must_use]
    pub const fn cipher(&self) -> CipherAlgorithm {
        self.cipher
    }

    /// The lifetime to ask for.
    #[must_use]
    pub const fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }

    /// When renewal starts.
    #[must_use]
    pub const fn renewal(&self) -> RenewalStart {
        self.renewal
    }

    /// How often the device asks again.
    #[must_use]
    pub const fn retries(&self) -> Retries {
        self.retries
    }

    /// The template to name in the CSR.
    #[must_use]
    pub const fn template(&self) -> Option<&CertificateTemplate> {
        self.template.as_ref()
    }

    /// How messages reach the CA.
    #[must_use]
    pub const fn route(&self) -> Route {
        self.route
    }

    /// Where the certificate is kept.
    #[must_use]
    pub const fn store(&self) -> CertificateStore {
        self.store
    }
}

impl ProfileId {
    /// From text.
    ///
    /// # Errors
    /// [`InvalidProfileId`]
    pub fn new(text: &str) -> Result<Self, InvalidProfileId> {
        let is_id = matches!(text.len(), 1..=LONGEST_ID) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_id { Ok(Self(text.into())) } else { Err(InvalidProfileId) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Retries {
    /// Three times, ten seconds apart: what Apple and UEM do.
    pub const DEFAULT: Self = Self::new(3, Duration::from_secs(10));

    /// So many times, so far apart.
    #[must_use]
    pub const fn new(count: u16, delay: Duration) -> Self {
        Self { count, delay }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProfileId({self})")
    }
}

impl fmt::Display for InvalidProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a profile is named by 1 to 128 printable ASCII characters without a space")
    }
}

impl core::error::Error for InvalidProfileId {}

const LONGEST_ID: usize = 128;
