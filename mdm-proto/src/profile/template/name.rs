//! [`NameTemplate`]: a distinguished name with variables in it.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Name, NameBuilder,
    der::{Tag, Writer},
};

use super::{
    AttributeType, ExpandError, Template, TemplateError,
    error::TemplateErrorKind,
    parse,
    text::{Piece, value},
};
use crate::profile::{Variable, Variables};

/// A distinguished name with variables in it, parsed.
///
/// Two forms are read:
/// - `CN=%UserName%,O=Example`, the form of RFC 4514: the last RDN is the first of the encoding. Names print like this.
/// - `/O=Example/CN=%UserName%`, the form of OpenSSL and UEM: RDNs stand in the order of the encoding.
///
/// In both, `+` joins attributes into one RDN, and `\` goes before a character that would mean something else.
/// `%UserDistinguishedName%` in the place of an RDN gives all RDNs of the user's name; behind an attribute type it is text
/// like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameTemplate(Vec<Part>);

/// An RDN, or what becomes several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    DistinguishedName,
    Rdn(Vec<(AttributeType, Template)>),
}

impl NameTemplate {
    /// Without attributes: for profiles that name by alternative names alone.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads one, in either form; empty text is the empty name.
    ///
    /// # Errors
    /// [`TemplateError`], of any kind.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::name(text).map(Self)
    }

    /// Whether there is no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes, in the order of the encoding; the user's distinguished name is not among them.
    pub fn attributes(&self) -> impl Iterator<Item = (&AttributeType, &Template)> {
        let rdns = self.0.iter().filter_map(|part| match part {
            Part::Rdn(attributes) => Some(attributes),
            Part::DistinguishedName => None,
        });
        rdns.flatten().map(|(attribute, value)| (attribute, value))
    }

    /// The variables, in the order of the encoding, as often as they are there.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().flat_map(|part| {
            let (own, attributes): (Option<&Variable>, &[_]) = match part {
                Part::DistinguishedName => (Some(&Variable::UserDistinguishedName), &[]),
                Part::Rdn(attributes) => (None, attributes),
            };
            own.into_iter()
                .chain(attributes.iter().flat_map(|(_, value): &(AttributeType, Template)| value.variables()))
        })
    }

    /// The name for one device.
    ///
    /// # Errors
    /// - [`ExpandError::Missing`], [`ExpandError::ControlCharacter`] as [`Template::expand`].
    /// - [`ExpandError::InvalidDistinguishedName`] if the user's name is none.
    /// - [`ExpandError::TooLong`] for an attribute.
    /// - [`ExpandError::Build`] for characters or values that an attribute can't have.
    pub fn expand(&self, variables: &Variables) -> Result<Name, ExpandError> {
        let mut rdns = Writer::new();
        for part in &self.0 {
            match part {
                Part::DistinguishedName => distinguished_name(variables, &mut rdns)?,
                Part::Rdn(attributes) => encode_rdn(attributes, variables, &mut rdns)?,
            }
        }
        let rdns = rdns.finish();
        let der = Writer::encode(|w| w.sequence(|w| w.raw(&rdns)));
        Name::from_der(&der).map_err(|error| ExpandError::Build(pki_core::BuildError::Unreadable(error)))
    }
}

/// The RDNs of the user's name, in the form of RFC 4514 as directories have it.
fn distinguished_name(variables: &Variables, w: &mut Writer) -> Result<(), ExpandError> {
    let text = value(&Variable::UserDistinguishedName, variables)?;
    // A percent sign in it is a percent sign.
    let parts = parse::literal_name(text).map_err(ExpandError::InvalidDistinguishedName)?;
    let empty = TemplateError::new(TemplateErrorKind::EmptyValue, 0);
    if parts.is_empty() {
        return Err(ExpandError::InvalidDistinguishedName(empty));
    }
    for part in &parts {
        if let Part::Rdn(attributes) = part {
            encode_rdn(attributes, variables, w)?;
        }
    }
    Ok(())
}

fn encode_rdn(
    attributes: &[(AttributeType, Template)],
    variables: &Variables,
    w: &mut Writer,
) -> Result<(), ExpandError> {
    let encoded = attributes.iter().map(|(attribute, value)| {
        let name = attribute.add(NameBuilder::new(), &value.expand(variables)?)?.build()?;
        Ok(name.as_ref().rdns().next().map_or_else(Vec::new, |rdn| rdn.contents().to_vec()))
    });
    let encoded: Vec<Vec<u8>> = encoded.collect::<Result<_, ExpandError>>()?;
    w.set_of(Tag::SET, encoded);
    Ok(())
}

impl fmt::Display for NameTemplate {
    /// In the form of RFC 4514; what [`NameTemplate::parse`] reads as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().rev().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            match part {
                Part::DistinguishedName => write!(f, "%{}%", Variable::UserDistinguishedName)?,
                Part::Rdn(attributes) => {
                    for (index, (attribute, value)) in attributes.iter().enumerate() {
                        f.write_str(if index == 0 { "" } else { "+" })?;
                        write!(f, "{attribute}=")?;
                        write_value(value, f)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The text with `\` where RFC 4514 section 2.4 wants it.
fn write_value(value: &Template, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let pieces = value.pieces();
    for (index, piece) in pieces.iter().enumerate() {
        let text = match piece {
            Piece::Variable(variable) => {
                write!(f, "%{variable}%")?;
                continue;
            }
            Piece::Text(text) => text,
        };
        let end = text.chars().count().saturating_sub(1);
        for (place, character) in text.chars().enumerate() {
            let is_first = index == 0 && place == 0;
            let is_last = index + 1 == pieces.len() && place == end;
            match character {
                '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
                ' ' if is_first || is_last => f.write_str("\\ ")?,
                '#' if is_first => f.write_str("\\#")?,
                '%' => f.write_str("%%")?,
                _ => write!(f, "{character}")?,
            }
        }
    }
    Ok(())
}
