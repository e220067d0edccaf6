//! Certificates: [`Certificate`] to read, [`CertificateBuilder`] to make.

pub mod extension;

mod builder;
mod extension_list;
mod index;
mod oddity;
mod profile;
mod serial;

use alloc::string::String;
use core::{
    fmt,
    hash::{Hash, Hasher},
};

pub use builder::CertificateBuilder;
pub use extension::{Extension, Extensions};
pub(crate) use extension_list::ExtensionList;
pub use oddity::CertificateOddity;
pub use profile::Profile;
pub use serial::SerialNumber;

use self::index::TbsIndex;
use crate::{
    algorithm::{AlgorithmIdentifier, SignatureAlgorithm},
    build_error::BuildError,
    crypto::{CryptoProvider, Digest, DigestValue, VerifyError},
    der::Element,
    error::DecodeError,
    key::PublicKeyRef,
    name::NameRef,
    signed::{Index, Signed, Span, algorithm_from_checked},
    tbs::ToBeSigned,
    time::Validity,
};

/// An X.509 certificate (RFC 5280 section 4.1): the exact bytes received and where its parts lie in them. Cheap to clone.
///
/// - Equality and hash are those of the bytes.
/// - Reading it checks the syntax of every field, that times exist, and that no extension occurs twice. It checks no
///   signature, and the contents of extensions only when they are asked for.
/// - Accepted beyond RFC 5280, since peers send it: serial numbers of any length, zero or negative; a BOOLEAN TRUE that is
///   not `FF`; DEFAULT values written out; no extension in `extensions`; extensions in a certificate of version 1 or 2;
///   any criticality. [`Certificate::oddities`] names what a certificate has of these.
#[derive(Clone)]
pub struct Certificate(Signed<TbsIndex>);

impl Certificate {
    /// Most bytes in a certificate, 64 KiB. Those with post-quantum keys and signatures stay below 20 KiB.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// From DER.
    ///
    /// # Errors
    /// - [`TooLarge`](crate::DecodeErrorKind::TooLarge) if it is larger than [`Certificate::MAX_SIZE`].
    /// - [`Duplicate`](crate::DecodeErrorKind::Duplicate) if an extension occurs twice (RFC 5280 section 4.2).
    /// - [`UnsupportedVersion`](crate::DecodeErrorKind::UnsupportedVersion) for versions that don't exist.
    /// - [`TooMany`](crate::DecodeErrorKind::TooMany) for more than 128 extensions.
    /// - Others for what is not DER, or not a certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        Signed::from_der(der).map(Self)
    }

    /// From the first block of PEM with the label `CERTIFICATE` (RFC 7468 section 5).
    ///
    /// # Errors
    /// Those of [`pem::decode`](crate::pem::decode) and of [`Self::from_der`].
    pub fn from_pem(text: &str) -> Result<Self, DecodeError> {
        Self::from_der(&crate::pem::decode(text, PEM_LABEL)?)
    }

    /// A `TBSCertificate` that was made earlier and kept, to be signed with the algorithm that it names: the very same bytes.
    ///
    /// # Errors
    /// - [`BuildError::Unreadable`] if it is none.
    /// - [`BuildError::InvalidValue`] if it names none of [`SignatureAlgorithm::KNOWN`].
    /// - [`BuildError::TooLong`] if it is larger than half of [`Certificate::MAX_SIZE`].
    pub fn to_be_signed(tbs: &[u8]) -> Result<ToBeSigned<Self>, BuildError> {
        let index = Element::from_der(tbs).and_then(|element| TbsIndex::read(&element));
        let index = index.map_err(BuildError::Unreadable)?;
        let named = algorithm_from_checked(index.algorithm.of_bytes(tbs));
        let algorithm = SignatureAlgorithm::KNOWN.iter().find(|known| known.identifier() == named);
        let algorithm = algorithm.ok_or(BuildError::InvalidValue("signature"))?;
        Signed::to_be_signed(tbs.to_vec(), *algorithm, Self)
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

    /// The `tbsCertificate` with its header: what the signature is made over.
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
    /// (RFC 5280 section 4.1.1.2).
    #[must_use]
    pub fn tbs_signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        algorithm_from_checked(self.field(self.0.index().algorithm))
    }

    /// The octets of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// The version: 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.index().version
    }

    /// The octets of the serial number INTEGER, two's complement, at least one, as many as the issuer put there.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        self.field(self.0.index().serial_number)
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> NameRef<'_> {
        NameRef::from_checked(self.field(self.0.index().issuer))
    }

    /// Whose it is.
    #[must_use]
    pub fn subject(&self) -> NameRef<'_> {
        NameRef::from_checked(self.field(self.0.index().subject))
    }

    /// When it is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.index().validity
    }

    /// The subject's key.
    #[must_use]
    pub fn public_key(&self) -> PublicKeyRef<'_> {
        self.0.index().public_key.key(self.tbs())
    }

    /// The `issuerUniqueID`: the contents octets of the BIT STRING, of which the first counts unused bits.
    #[must_use]
    pub fn issuer_unique_id(&self) -> Option<&[u8]> {
        self.0.index().issuer_unique_id.map(|span| self.field(span))
    }

    /// The `subjectUniqueID`, likewise.
    #[must_use]
    pub fn subject_unique_id(&self) -> Option<&[u8]> {
        self.0.index().subject_unique_id.map(|span| self.field(span))
    }

    /// The extensions.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions::new(self.tbs(), &self.0.index().extensions, self.0.tbs_start())
    }

    /// The extension of this type.
    #[must_use]
    pub fn extension(&self, oid: crate::Oid<'_>) -> Option<Extension<'_>> {
        self.extensions().find(oid)
    }

    /// What is accepted though RFC 5280 has it otherwise, for reports and for stricter rules.
    pub fn oddities(&self) -> impl Iterator<Item = CertificateOddity> {
        oddity::oddities(self)
    }

    /// Whether issuer and subject are the same name, as in roots and in certificates for a new key of the same CA
    /// (RFC 5280 section 6.1). Says nothing of who signed it.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer().matches(self.subject())
    }

    /// Verifies the signature over the bytes received.
    ///
    /// That the key belongs to the issuer, that the certificate is valid now, and what it may be used for is the business of
    /// chain validation.
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

    /// The digest of the whole DER, by which people compare certificates.
    #[must_use]
    pub fn fingerprint(&self, digest: &dyn Digest) -> DigestValue {
        digest.digest(&[self.as_der()])
    }

    fn field(&self, span: Span) -> &[u8] {
        self.0.field(span)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial ", self.subject())?;
        self.serial_number().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

const PEM_LABEL: &str = "CERTIFICATE";

#[cfg(test)]
mod tests;
