//! Certification requests (PKCS #10, RFC 2986): [`Csr`] to read, [`CsrBuilder`] to make.

mod attributes;
mod builder;
mod index;

use alloc::{borrow::Cow, string::String};
use core::{
    fmt,
    hash::{Hash, Hasher},
};

pub use attributes::Attribute;
pub use builder::CsrBuilder;

use self::index::InfoIndex;
use crate::{
    algorithm::{AlgorithmIdentifier, DigestAlgorithm},
    cert::{Extensions, extension::KeyUsage},
    crypto::{CryptoProvider, VerifyError},
    der::{Decode, Reader},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKeyRef,
    name::{DirectoryString, GeneralNames, NameRef},
    oid::{self, Oid},
    secret::Secret,
    signed::{Signed, Span},
};

/// A certification request: the exact bytes received and where its parts lie in them. Cheap to clone.
///
/// - Equality and hash are those of the bytes.
/// - Reading it checks the syntax of every field and attribute, and that extensions are asked for once. It checks no
///   signature: see [`Csr::verify`].
/// - Accepted beyond RFC 2986, since peers send it: no attributes field, the versions 1 and 2, attributes without values.
///   [`Csr::oddities`] names what a request has of these.
#[derive(Clone)]
pub struct Csr(Signed<InfoIndex>);

/// The SHA-256 of the whole DER of a CSR: names the very request that was authorised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CsrDigest([u8; 32]);

/// A deviation from RFC 2986 and RFC 2985 that reading a CSR tolerates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrOddity {
    /// No `[0]` where attributes would be. RFC 2986 section 4.1 has it even if there are none.
    AttributesAbsent,
    /// A requested extension whose `critical` is TRUE but not `FF` (X.690 section 11.1).
    BerBoolean,
    /// An extensionRequest without extensions (RFC 2985 section 5.4.2).
    EmptyExtensionRequest,
    /// Extensions asked for by Microsoft's older attribute.
    MicrosoftExtensionRequest,
    /// This version, where RFC 2986 section 4.1 has 0. Apple sent 2 in 2016.
    Version(u32),
}

impl Csr {
    /// Most bytes in a CSR, 64 KiB.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// From DER.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::TooLarge`] if it is larger than [`Csr::MAX_SIZE`].
    /// - [`DecodeErrorKind::Duplicate`] if extensions are asked for twice, or one extension twice.
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a version other than 0 to 2.
    /// - Others for what is not DER, or not a CSR.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        Signed::from_der(der).map(Self)
    }

    /// From the first block of PEM with the label `CERTIFICATE REQUEST` (RFC 7468 section 7).
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

    /// The `certificationRequestInfo` with its header: what the signature is made over.
    #[must_use]
    pub fn info(&self) -> &[u8] {
        self.0.tbs()
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        self.0.algorithm()
    }

    /// The octets of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// Who asks; may be empty.
    #[must_use]
    pub fn subject(&self) -> NameRef<'_> {
        NameRef::from_checked(self.field(self.0.index().subject))
    }

    /// The key to certify.
    #[must_use]
    pub fn public_key(&self) -> PublicKeyRef<'_> {
        PublicKeyRef::from_checked(self.field(self.0.index().public_key))
    }

    /// The attributes, in the order of the encoding.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        let mut attributes = Reader::new(self.field(self.0.index().attributes));
        core::iter::from_fn(move || Attribute::decode(&mut attributes).ok())
    }

    /// The challengePassword as UTF-8 text, whatever string type it came in (RFC 2985 section 5.4.1).
    ///
    /// # Errors
    /// - [`DecodeErrorKind::Duplicate`] if the attribute occurs twice, or has more than one value.
    /// - [`DecodeErrorKind::Empty`] if it has none.
    /// - [`DecodeErrorKind::UnexpectedTag`] or [`DecodeErrorKind::InvalidString`] if the value is no text.
    pub fn challenge_password(&self) -> Result<Option<Secret>, DecodeError> {
        let start = self.0.tbs_start() + self.0.index().attributes.start();
        let mut attributes = Reader::at(self.field(self.0.index().attributes), start);
        let mut password = None;
        while !attributes.is_empty() {
            let place = attributes;
            let attribute = Attribute::decode(&mut attributes)?;
            if attribute.oid != oid::CHALLENGE_PASSWORD {
                continue;
            }
            if password.is_some() {
                return Err(DecodeError::within("challengePassword")(place.error(DecodeErrorKind::Duplicate)));
            }
            password = Some(challenge_value(attribute.reader()).map_err(DecodeError::within("challengePassword"))?);
        }
        Ok(password)
    }

    /// The extensions asked for, by extensionRequest (RFC 2985 section 5.4.2) or Microsoft's older attribute; none if there
    /// is neither.
    #[must_use]
    pub fn extension_request(&self) -> Extensions<'_> {
        Extensions::new(self.info(), &self.0.index().extensions, self.0.tbs_start())
    }

    /// The alternative names asked for.
    ///
    /// # Errors
    /// Those of [`Extensions::subject_alt_name`].
    pub fn subject_alt_name(&self) -> Result<Option<GeneralNames<'_>>, DecodeError> {
        self.extension_request().subject_alt_name()
    }

    /// The key usage asked for.
    ///
    /// # Errors
    /// Those of [`Extensions::key_usage`].
    pub fn key_usage(&self) -> Result<Option<KeyUsage>, DecodeError> {
        self.extension_request().key_usage()
    }

    /// The extended key usages asked for.
    ///
    /// # Errors
    /// Those of [`Extensions::extended_key_usage`].
    pub fn extended_key_usage(&self) -> Result<Option<crate::der::SequenceOf<'_, Oid<'_>>>, DecodeError> {
        self.extension_request().extended_key_usage()
    }

    /// What is accepted though RFC 2986 and RFC 2985 have it otherwise, for reports and for stricter rules.
    pub fn oddities(&self) -> impl Iterator<Item = CsrOddity> + use<> {
        let index = self.0.index();
        [
            (!index.has_attributes).then_some(CsrOddity::AttributesAbsent),
            index.extensions.has_ber_boolean().then_some(CsrOddity::BerBoolean),
            index.has_empty_extension_request.then_some(CsrOddity::EmptyExtensionRequest),
            index.has_microsoft_request.then_some(CsrOddity::MicrosoftExtensionRequest),
            (index.version != 0).then_some(CsrOddity::Version(index.version)),
        ]
        .into_iter()
        .flatten()
    }

    /// Verifies the signature by the key to certify: proof that who asks has the private key (RFC 2986 section 3).
    ///
    /// # Errors
    /// Those of [`CryptoProvider::verify`].
    pub fn verify(&self, crypto: &CryptoProvider) -> Result<(), VerifyError> {
        crypto.verify(self.signature_algorithm(), self.public_key(), self.info(), self.signature())
    }

    /// The SHA-256 of the whole DER. `None` if the provider has no SHA-256.
    #[must_use]
    pub fn digest(&self, crypto: &CryptoProvider) -> Option<CsrDigest> {
        let digest = crypto.digest(DigestAlgorithm::SHA256.oid())?.digest(&[self.as_der()]);
        digest.as_bytes().try_into().ok().map(CsrDigest)
    }

    fn field(&self, span: Span) -> &[u8] {
        self.0.field(span)
    }
}

impl CsrDigest {
    /// From octets that were kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Csr {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Csr {}

impl Hash for Csr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl fmt::Debug for Csr {
    /// Without the attributes, since a password may be among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Csr({}, {:?})", self.subject(), self.public_key())
    }
}

impl fmt::Display for CsrDigest {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CsrDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CsrDigest({self})")
    }
}

impl fmt::Display for CsrOddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttributesAbsent => f.write_str("the attributes field is absent"),
            Self::BerBoolean => f.write_str("critical is TRUE but not FF"),
            Self::EmptyExtensionRequest => f.write_str("extensionRequest is there and empty"),
            Self::MicrosoftExtensionRequest => f.write_str("extensions are asked for by Microsoft's attribute"),
            Self::Version(version) => write!(f, "the version is {version}"),
        }
    }
}

/// The one value of a challengePassword.
fn challenge_value(mut values: Reader<'_>) -> Result<Secret, DecodeError> {
    if values.is_empty() {
        return Err(values.error(DecodeErrorKind::Empty));
    }
    let text = DirectoryString::decode(&mut values)?.into_text();
    let secret = Secret::new(match text {
        Cow::Borrowed(text) => text.as_bytes().to_vec(),
        Cow::Owned(text) => String::into_bytes(text),
    });
    if values.is_empty() { Ok(secret) } else { Err(values.error(DecodeErrorKind::Duplicate)) }
}

const PEM_LABEL: &str = "CERTIFICATE REQUEST";

#[cfg(test)]
mod tests;
