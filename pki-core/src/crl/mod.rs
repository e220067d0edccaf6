//! Certificate revocation lists: [`Crl`] to read, [`CrlBuilder`] to make.

mod builder;
mod entry;
mod index;
mod issuing_distribution_point;
mod list;
mod number;
mod reason;

use alloc::string::String;
use core::{
    fmt,
    hash::{Hash, Hasher},
};

pub use builder::{CrlBuilder, Revocation};
pub use entry::RevokedCertificate;
pub use issuing_distribution_point::{CrlScope, IssuingDistributionPoint};
pub use number::CrlNumber;
pub use reason::{Reasons, RevocationReason};

use self::{index::TbsIndex, list::Revoked};
use crate::{
    algorithm::AlgorithmIdentifier,
    cert::{Extension, Extensions},
    crypto::{CryptoProvider, VerifyError},
    error::DecodeError,
    key::PublicKeyRef,
    name::NameRef,
    oid::{self, Oid},
    signed::{Signed, Span, algorithm_from_checked},
    time::UnixTime,
};

/// A certificate revocation list (RFC 5280 section 5.1): the exact bytes received and where its parts lie in them. Cheap to
/// clone.
///
/// - Equality and hash are those of the bytes.
/// - Reading it goes over the list once: it checks the syntax of every entry and keeps 8 octets for each, by which
///   [`Crl::find`] does without decoding the list. It checks no signature, and the contents of extensions only when they are
///   asked for, but for certificateIssuer.
/// - Accepted beyond RFC 5280, since peers send it: no nextUpdate; an empty list of entries, or of extensions; serial numbers
///   of any length, zero or negative; entries in any order, and more than once; a BOOLEAN TRUE that is not `FF`; DEFAULT
///   values written out; extensions in a CRL of version 1; any criticality.
#[derive(Clone)]
pub struct Crl(Signed<TbsIndex>);

impl Crl {
    /// Most bytes in a CRL, 256 MiB: about 6 million entries.
    pub const MAX_SIZE: usize = 256 * 1024 * 1024;

    /// From DER.
    ///
    /// # Errors
    /// - [`TooLarge`](crate::DecodeErrorKind::TooLarge) if it is larger than [`Crl::MAX_SIZE`].
    /// - [`Duplicate`](crate::DecodeErrorKind::Duplicate) if an extension occurs twice, in the CRL or in one entry
    ///   (RFC 5280 section 4.2).
    /// - [`InvalidValue`](crate::DecodeErrorKind::InvalidValue) for a certificateIssuer without a distinguished name, which it
    ///   has to have (RFC 5280 section 5.3.3).
    /// - [`TooMany`](crate::DecodeErrorKind::TooMany) for more than 128 extensions, or 16 in one entry.
    /// - [`UnsupportedVersion`](crate::DecodeErrorKind::UnsupportedVersion) if `version` is there and not that of version 2.
    /// - Others for what is not DER, or not a CRL.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        Signed::from_der(der).map(Self)
    }

    /// From the first block of PEM with the label `X509 CRL` (RFC 7468 section 6).
    ///
    /// # Errors
    /// Those of [`pem::decode`](crate::pem::decode) and of [`Self::from_der`].
    pub fn from_pem(text: &str) -> Result<Self, DecodeError> {
        Self::from_der(&crate::pem::decode(text, PEM_LABEL)?)
    }

    /// As PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        crate::pem::encode(PEM_LABEL, self.as_der())
    }

    /// The DER, exactly as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.0.as_der()
    }

    /// The `tbsCertList` with its header: what the signature is made over.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.tbs()
    }

    /// The `signatureAlgorithm` outside of what is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        self.0.algorithm()
    }

    /// The `signature` field inside of what is signed. It has to be the same as the one outside
    /// (RFC 5280 section 5.1.1.2).
    #[must_use]
    pub fn tbs_signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        algorithm_from_checked(self.field(self.0.index().algorithm))
    }

    /// The octets of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// The version: 1 or 2.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.index().version
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> NameRef<'_> {
        NameRef::from_checked(self.field(self.0.index().issuer))
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.0.index().this_update
    }

    /// The time up to which the next one will be issued. RFC 5280 section 5.1.2.5 demands it.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.0.index().next_update
    }

    /// The extensions of the list as a whole.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions::new(self.tbs(), &self.0.index().extensions, self.0.tbs_start())
    }

    /// The extension of this type.
    #[must_use]
    pub fn extension(&self, oid: Oid<'_>) -> Option<Extension<'_>> {
        self.extensions().find(oid)
    }

    /// A critical extension, of the list or of any entry, that RFC 5280 does not define for it. A CRL that has one says
    /// nothing about any certificate (RFC 5280 sections 5.2 and 5.3).
    #[must_use]
    pub fn unknown_critical_extension(&self) -> Option<Oid<'_>> {
        let unknown = |extension: &Extension<'_>| extension.critical && !KNOWN_EXTENSIONS.contains(&extension.oid);
        let of_list = self.extensions().iter().find(unknown).map(|extension| extension.oid);
        of_list.or_else(|| self.list().unknown_critical())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list().len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries, in the order of the encoding.
    pub fn revoked(&self) -> impl Iterator<Item = RevokedCertificate<'_>> {
        self.list().iter()
    }

    /// The first entry for the certificate with this serial number, the octets of its INTEGER, that was issued by
    /// `certificate_issuer` (RFC 5280 section 5.3.3).
    ///
    /// Takes O(log n) steps, and one comparison of names for each issuer under which an indirect CRL lists this serial number.
    #[must_use]
    pub fn find(&self, serial_number: &[u8], certificate_issuer: NameRef<'_>) -> Option<RevokedCertificate<'_>> {
        self.list().find(serial_number, certificate_issuer)
    }

    /// Whether some entry says whose certificate it is about, as those of indirect CRLs do (RFC 5280 section 5.3.3). It is
    /// heeded whether or not the CRL says that it is indirect.
    #[must_use]
    pub fn has_certificate_issuers(&self) -> bool {
        self.list().has_certificate_issuers()
    }

    /// Verifies the signature over the bytes received.
    ///
    /// That the key belongs to the issuer and may sign CRLs is the business of chain validation.
    ///
    /// # Errors
    /// - [`VerifyError::AlgorithmMismatch`] if the algorithms inside and outside differ.
    /// - [`VerifyError::BadSignature`] and [`VerifyError::UnsupportedAlgorithm`] from [`CryptoProvider::verify`].
    pub fn verify_signature(&self, issuer_key: PublicKeyRef<'_>, crypto: &CryptoProvider) -> Result<(), VerifyError> {
        if self.field(self.0.index().algorithm) != self.0.algorithm_der() {
            return Err(VerifyError::AlgorithmMismatch);
        }
        crypto.verify(self.signature_algorithm(), issuer_key, self.tbs(), self.signature())
    }

    fn list(&self) -> Revoked<'_> {
        Revoked::new(self.tbs(), self.0.tbs_start(), self.issuer(), &self.0.index().revoked)
    }

    fn field(&self, span: Span) -> &[u8] {
        self.0.field(span)
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Crl {}

impl Hash for Crl {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} revoked)", self.issuer(), self.this_update(), self.len())
    }
}

const PEM_LABEL: &str = "X509 CRL";

/// RFC 5280 section 5.2.
const KNOWN_EXTENSIONS: [Oid<'static>; 7] = [
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::ISSUER_ALT_NAME,
    oid::CRL_NUMBER,
    oid::DELTA_CRL_INDICATOR,
    oid::ISSUING_DISTRIBUTION_POINT,
    oid::FRESHEST_CRL,
    oid::AUTHORITY_INFO_ACCESS,
];

#[cfg(test)]
mod tests;
