//! [`CsrBuilder`].

use alloc::vec::Vec;

use super::Csr;
use crate::{
    algorithm::SignatureAlgorithm,
    build_error::BuildError,
    cert::{
        ExtensionList,
        extension::{Criticality, KeyUsage},
    },
    der::{Element, Tag, Writer},
    key::PublicKey,
    name::{DirectoryString, GeneralNamesBuilder, Name},
    oid::{self, Oid},
    secret::Secret,
    signed::Signed,
    tbs::ToBeSigned,
};

/// Builds a [`Csr`] of version 0 with its attributes sorted; `[0]` is there even if there are none (RFC 2986 section 4.1),
/// and extensionRequest only if there is an extension to ask for.
#[derive(Debug)]
#[must_use]
pub struct CsrBuilder {
    subject: Name,
    public_key: PublicKey,
    extensions: ExtensionList,
    challenge_password: Option<Secret>,
    attributes: Vec<Entry>,
    error: Option<BuildError>,
}

#[derive(Debug)]
struct Entry {
    oid: Vec<u8>,
    der: Vec<u8>,
}

impl CsrBuilder {
    /// Without attributes. The subject may be empty if there is an alternative name.
    pub fn new(subject: Name, public_key: PublicKey) -> Self {
        Self {
            subject,
            public_key,
            extensions: ExtensionList::default(),
            challenge_password: None,
            attributes: Vec::new(),
            error: None,
        }
    }

    /// The subject asked for.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key to certify.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Whether there is a challengePassword.
    #[must_use]
    pub const fn has_challenge_password(&self) -> bool {
        self.challenge_password.is_some()
    }

    /// Sets the challengePassword: PrintableString where its characters allow, else UTF8String (RFC 2985 section 5.4.1).
    /// UTF-8 text of 255 characters at most.
    pub fn with_challenge_password(self, password: &Secret) -> Self {
        Self { challenge_password: Some(Secret::from(password.expose())), ..self }
    }

    /// Asks for extended key usages; none leaves the extension out.
    pub fn with_extended_key_usage(mut self, purposes: &[Oid<'_>]) -> Self {
        self.extensions.set_extended_key_usage(purposes);
        self
    }

    /// Asks for a key usage, critical; none leaves the extension out.
    pub fn with_key_usage(mut self, usage: KeyUsage) -> Self {
        self.extensions.set_key_usage(usage);
        self
    }

    /// Asks for alternative names; critical if the subject is empty (RFC 5280 section 4.2.1.6).
    pub fn with_subject_alt_name(mut self, names: GeneralNamesBuilder) -> Self {
        self.extensions.set_subject_alt_name(names);
        self
    }

    /// Adds an attribute with one value, one DER element. Not challengePassword nor extensionRequest, which are made by the
    /// methods above.
    pub fn add_attribute(mut self, oid: Oid<'_>, value: &[u8]) -> Self {
        let reserved = [oid::CHALLENGE_PASSWORD, oid::EXTENSION_REQUEST, oid::MICROSOFT_CERTIFICATE_EXTENSIONS];
        if Element::from_der(value).is_err() {
            self.error.get_or_insert(BuildError::InvalidValue("attribute"));
        }
        if reserved.contains(&oid) || self.attributes.iter().any(|known| known.oid == oid.as_bytes()) {
            self.error.get_or_insert_with(|| BuildError::Duplicate(oid.into()));
        }
        let der = attribute(oid, |w| w.raw(value));
        self.attributes.push(Entry { oid: oid.as_bytes().to_vec(), der });
        self
    }

    /// Asks for an extension; `value` is the DER that goes into `extnValue`.
    pub fn add_extension(mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Self {
        self.extensions.add(oid, criticality, value);
        self
    }

    /// The CSR, complete but for the signature by the key to certify with `algorithm`.
    ///
    /// # Errors
    /// - [`BuildError::Duplicate`] if an attribute or extension was added twice.
    /// - [`BuildError::Empty`] for an empty subject without alternative name, or an empty password.
    /// - [`BuildError::InvalidCharacters`] for a password that is not UTF-8.
    /// - [`BuildError::InvalidValue`] for an algorithm that does not fit the key, and whatever was wrong with an attribute or
    ///   extension.
    /// - [`BuildError::TooLong`] for a password over 255 characters, or a CSR over half of [`Csr::MAX_SIZE`].
    /// - [`BuildError::Unreadable`] if it can't be read back, as with more than 128 extensions.
    pub fn build(&self, algorithm: SignatureAlgorithm) -> Result<ToBeSigned<Csr>, BuildError> {
        self.build_with(self.challenge_password.as_ref(), algorithm)
    }

    /// The same without the challengePassword, for whoever finds out late that it is not wanted (RFC 8894 section 2.4).
    ///
    /// # Errors
    /// As [`CsrBuilder::build`].
    pub fn build_without_challenge_password(
        &self,
        algorithm: SignatureAlgorithm,
    ) -> Result<ToBeSigned<Csr>, BuildError> {
        self.build_with(None, algorithm)
    }

    fn build_with(
        &self,
        challenge_password: Option<&Secret>,
        algorithm: SignatureAlgorithm,
    ) -> Result<ToBeSigned<Csr>, BuildError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let mut extensions = self.extensions.clone();
        if self.subject.is_empty() {
            extensions.require_subject_alt_name();
        }
        extensions.check()?;
        if self.public_key.as_ref().algorithm().oid != algorithm.key_algorithm() {
            return Err(BuildError::InvalidValue("signatureAlgorithm"));
        }
        let mut attributes: Vec<Vec<u8>> = self.attributes.iter().map(|entry| entry.der.clone()).collect();
        if let Some(password) = challenge_password {
            let text = challenge_text(password)?;
            attributes.push(attribute(oid::CHALLENGE_PASSWORD, |w| DirectoryString::encode(text, w)));
        }
        if !extensions.is_empty() {
            attributes.push(attribute(oid::EXTENSION_REQUEST, |w| extensions.encode(w)));
        }
        let info = Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(0);
                w.raw(self.subject.as_der());
                w.raw(self.public_key.as_der());
                w.set_of(Tag::context_constructed(0), attributes);
            });
        });
        Signed::to_be_signed(info, algorithm, Csr)
    }
}

fn challenge_text(password: &Secret) -> Result<&str, BuildError> {
    match str::from_utf8(password.expose()) {
        Err(_) => Err(BuildError::InvalidCharacters("challengePassword")),
        Ok("") => Err(BuildError::Empty("challengePassword")),
        Ok(text) if text.chars().count() > LONGEST_PASSWORD => Err(BuildError::TooLong("challengePassword")),
        Ok(text) => Ok(text),
    }
}

/// An attribute with one value, which `write` writes.
fn attribute(oid: Oid<'_>, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid);
            w.constructed(Tag::SET, write);
        });
    })
}

/// `pkcs-9-ub-challengePassword` (RFC 2985 appendix A).
const LONGEST_PASSWORD: usize = 255;
