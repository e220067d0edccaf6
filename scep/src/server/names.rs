//! [`Names`]: whose certificate it is to be, and how that compares with what a CSR asks for.

use alloc::{collections::BTreeSet, vec::Vec};
use core::fmt;

use pki_core::{
    BuildError, Certificate, Csr, DecodeError, GeneralName, GeneralNames, GeneralNamesBuilder, Name, NameRef,
    der::{Decode as _, Reader, Tag, Writer},
};

use super::Authorized;

/// The names of a certificate, as the server decided: the subject and the alternative names.
#[derive(Clone, PartialEq, Eq)]
pub struct Names {
    subject: Name,
    /// The contents of `GeneralNames`; nothing for no extension.
    alternative: Vec<u8>,
}

/// How the names that a CSR asks for have to stand to those that it may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "less, equal, anything")]
pub enum NameRule {
    /// It asks for the same subject (RFC 5280 section 7.1) and for the same alternative names in any order.
    #[default]
    Same,
    /// It asks for the same subject or none, and for no alternative name beyond. For clients that leave names out.
    NotMore,
    /// It may ask for anything. What it asks for is not looked at.
    Any,
}

/// A name that a CSR asks for and may not have, or does not ask for and should.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameMismatch {
    /// An alternative name beyond.
    Added {
        /// The DER of the `GeneralName`.
        name: Vec<u8>,
    },
    /// An alternative name is left out.
    Missing {
        /// The DER of the `GeneralName`.
        name: Vec<u8>,
    },
    /// Another subject.
    Subject {
        /// What the CSR has.
        asked: Name,
        /// What it may have.
        allowed: Name,
    },
    /// The alternative names can't be read.
    Unreadable(DecodeError),
}

impl Names {
    /// A subject without alternative names.
    #[must_use]
    pub const fn new(subject: Name) -> Self {
        Self { subject, alternative: Vec::new() }
    }

    /// With other alternative names.
    ///
    /// # Errors
    /// Those of [`GeneralNamesBuilder::build`].
    pub fn with_alternative(self, names: GeneralNamesBuilder) -> Result<Self, BuildError> {
        let names = names.build()?;
        let contents = Reader::new(&names).sequence().map_err(BuildError::Unreadable)?;
        Ok(Self { alternative: contents.rest().to_vec(), ..self })
    }

    /// Those that the CSR asks for: for servers that let requesters name themselves, or compared them elsewhere with what
    /// the challenge is good for. A static challenge is good for every name.
    ///
    /// # Errors
    /// Those of [`Csr::subject_alt_name`].
    pub fn of_csr(csr: &Csr) -> Result<Self, DecodeError> {
        Ok(Self::of(csr.subject(), csr.subject_alt_name()?))
    }

    /// Those of a certificate.
    ///
    /// # Errors
    /// Those of [`Certificate::subject_alt_name`].
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, DecodeError> {
        Ok(Self::of(certificate.subject(), certificate.subject_alt_name()?))
    }

    /// Those of the certificate that is renewed, if one is; else those that the CSR asks for, see [`Names::of_csr`].
    ///
    /// # Errors
    /// Those of [`Names::of_certificate`] or [`Names::of_csr`].
    pub fn of_request(csr: &Csr, authorized: &Authorized) -> Result<Self, DecodeError> {
        authorized.renewed().map_or_else(|| Self::of_csr(csr), Self::of_certificate)
    }

    fn of(subject: NameRef<'_>, alternative: Option<GeneralNames<'_>>) -> Self {
        let alternative = alternative.map_or_else(Vec::new, |names| names.contents().to_vec());
        Self { subject: subject.to_owned(), alternative }
    }

    /// The subject; may be empty.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The alternative names.
    pub fn alternative(&self) -> impl Iterator<Item = GeneralName<'_>> {
        let mut names = Reader::new(&self.alternative);
        core::iter::from_fn(move || GeneralName::decode(&mut names).ok())
    }

    /// Compares with what a CSR asks for. dNSNames compare without case; other alternative names by their bytes.
    ///
    /// # Errors
    /// [`NameMismatch`]: the first difference that the rule does not allow.
    pub fn compare(&self, csr: &Csr, rule: NameRule) -> Result<(), NameMismatch> {
        if rule == NameRule::Any {
            return Ok(());
        }
        let asked = Self::of_csr(csr).map_err(NameMismatch::Unreadable)?;
        let silent = rule == NameRule::NotMore && asked.subject.is_empty();
        if !silent && !asked.subject.matches(self.subject.as_ref()) {
            return Err(NameMismatch::Subject { asked: asked.subject, allowed: self.subject.clone() });
        }
        let (allowed, asked) = (self.keys(), asked.keys());
        if let Some(key) = asked.difference(&allowed).next() {
            return Err(NameMismatch::Added { name: key.to_der() });
        }
        match allowed.difference(&asked).next() {
            Some(key) if rule == NameRule::Same => Err(NameMismatch::Missing { name: key.to_der() }),
            _ => Ok(()),
        }
    }

    /// What the alternative names are compared by.
    fn keys(&self) -> BTreeSet<NameKey> {
        let mut names = Reader::new(&self.alternative);
        let elements = core::iter::from_fn(|| names.any().ok());
        elements.map(|element| NameKey::new(element.tag(), element.content())).collect()
    }
}

/// An alternative name in the form in which equal ones have equal octets.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct NameKey(u8, Vec<u8>);

impl NameKey {
    fn new(tag: Tag, content: &[u8]) -> Self {
        let content = if tag == DNS_NAME { content.to_ascii_lowercase() } else { content.to_vec() };
        Self(tag.as_byte(), content)
    }

    fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| w.primitive(Tag::from_byte(self.0), &self.1))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({}", self.subject)?;
        self.alternative().try_for_each(|name| write!(f, ", {name:?}"))?;
        f.write_str(")")
    }
}

impl fmt::Display for NameMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { name } => write!(f, "the CSR asks for the alternative name {}", Shown(name)),
            Self::Missing { name } => write!(f, "the CSR leaves out the alternative name {}", Shown(name)),
            Self::Subject { asked, allowed } => write!(f, "the CSR asks for the subject {asked}, not {allowed}"),
            Self::Unreadable(error) => write!(f, "the alternative names in the CSR can't be read: {error}"),
        }
    }
}

impl fmt::Debug for NameMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameMismatch({self})")
    }
}

impl core::error::Error for NameMismatch {}

/// The DER of a `GeneralName`, for a log.
struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match GeneralName::decode(&mut Reader::new(self.0)) {
            Ok(name) => write!(f, "{name:?}"),
            Err(_) => f.write_str("(unreadable)"),
        }
    }
}

/// `dNSName`
const DNS_NAME: Tag = Tag::context(2);
