//! Distinguished names from text.

use alloc::vec::Vec;

use super::{
    AttributeType, Template, TemplateError, TemplateErrorKind,
    error::MOST_ATTRIBUTES,
    name::Part,
    text::{Piece, Scanner, check_length},
};
use crate::profile::Variable;

/// Parts of a name in the order of the encoding.
pub(super) fn name(text: &str) -> Result<Vec<Part>, TemplateError> {
    parse(text, Percent::Variable)
}

/// The same of a name without variables, in which `%` is a character like others.
pub(super) fn literal_name(text: &str) -> Result<Vec<Part>, TemplateError> {
    parse(text, Percent::Text)
}

fn parse(text: &str, percent: Percent) -> Result<Vec<Part>, TemplateError> {
    check_length(text)?;
    let mut scanner = Scanner::new(text);
    scanner.spaces();
    let form = if scanner.peek() == Some('/') { Form::Slash } else { Form::Comma };
    if form == Form::Slash {
        scanner.next()?;
        scanner.spaces();
    }
    let mut parts = Vec::new();
    if scanner.peek().is_none() {
        return Ok(parts);
    }
    let mut parser = Parser { scanner, form, percent, attributes: 0 };
    loop {
        let (part, end) = parser.part()?;
        parts.push(part);
        if end == End::Name {
            break;
        }
    }
    if form == Form::Comma {
        parts.reverse();
    }
    Ok(parts)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Comma,
    Slash,
}

/// What a percent sign means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Percent {
    Text,
    Variable,
}

/// What follows a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Attribute,
    Name,
    Rdn,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    form: Form,
    percent: Percent,
    attributes: usize,
}

impl Parser<'_> {
    /// An RDN, or the user's name in its place, and what follows.
    fn part(&mut self) -> Result<(Part, End), TemplateError> {
        self.scanner.spaces();
        if self.percent == Percent::Variable && self.scanner.peek() == Some('%') {
            return self.distinguished_name();
        }
        let mut attributes = Vec::new();
        loop {
            self.attributes += 1;
            if self.attributes > MOST_ATTRIBUTES {
                return Err(self.scanner.error(TemplateErrorKind::TooMany));
            }
            let attribute = self.attribute_type()?;
            let start = self.scanner.position();
            let (value, end) = self.value()?;
            if value.is_empty() {
                return Err(TemplateError::new(TemplateErrorKind::EmptyValue, start));
            }
            attributes.push((attribute, value));
            if end != End::Attribute {
                return Ok((Part::Rdn(attributes), end));
            }
        }
    }

    fn distinguished_name(&mut self) -> Result<(Part, End), TemplateError> {
        let place = self.scanner.clone();
        self.scanner.next()?;
        let piece = self.scanner.variable()?;
        self.attributes += 1;
        self.scanner.spaces();
        let end = match self.scanner.next()? {
            None => Some(End::Name),
            Some(character) if character == self.separator() => Some(End::Rdn),
            Some(_) => None,
        };
        match (piece, end) {
            (Piece::Variable(Variable::UserDistinguishedName), Some(end)) => Ok((Part::DistinguishedName, end)),
            (Piece::Variable(variable), _) => Err(place.error(TemplateErrorKind::NoAttribute(variable))),
            (Piece::Text(_), _) => Err(place.error(TemplateErrorKind::MissingEquals)),
        }
    }

    fn attribute_type(&mut self) -> Result<AttributeType, TemplateError> {
        self.scanner.spaces();
        let place = self.scanner.clone();
        let name = self.scanner.until(&['=', '+', self.separator()])?.trim_end_matches(' ');
        if self.scanner.next()? != Some('=') {
            return Err(place.error(TemplateErrorKind::MissingEquals));
        }
        let unknown = || place.error(TemplateErrorKind::UnknownAttribute(name.into()));
        AttributeType::from_name(name).ok_or_else(unknown)
    }

    fn value(&mut self) -> Result<(Template, End), TemplateError> {
        self.scanner.spaces();
        match self.scanner.peek() {
            Some('#') => Err(self.scanner.error(TemplateErrorKind::HexadecimalValue)),
            Some('"') if self.form == Form::Comma => self.quoted(),
            _ => self.plain(),
        }
    }

    /// Up to a separator that is not escaped.
    fn plain(&mut self) -> Result<(Template, End), TemplateError> {
        let mut value = Template::default();
        // Spaces at the end that were not escaped.
        let mut spaces = 0;
        loop {
            let place = self.scanner.clone();
            let end = match self.scanner.next()? {
                None => End::Name,
                Some('+') => End::Attribute,
                Some(character) if character == self.separator() => End::Rdn,
                Some(' ') => {
                    spaces += 1;
                    value.push_char(' ');
                    continue;
                }
                Some(character) => {
                    spaces = 0;
                    self.character(character, &place, &mut value)?;
                    continue;
                }
            };
            value.trim_end(spaces);
            return Ok((value, end));
        }
    }

    /// In quotation marks, as RFC 2253 section 4 and Windows have it.
    fn quoted(&mut self) -> Result<(Template, End), TemplateError> {
        let start = self.scanner.clone();
        self.scanner.next()?;
        let mut value = Template::default();
        loop {
            match self.scanner.next()? {
                None => return Err(start.error(TemplateErrorKind::Unfinished('"'))),
                Some('"') => break,
                Some('\\') => self.escaped(&mut value)?,
                Some('%') if self.percent == Percent::Variable => value.push(self.scanner.variable()?),
                Some(character) => value.push_char(character),
            }
        }
        self.scanner.spaces();
        let place = self.scanner.clone();
        match self.scanner.next()? {
            None => Ok((value, End::Name)),
            Some('+') => Ok((value, End::Attribute)),
            Some(',') => Ok((value, End::Rdn)),
            Some(_) => Err(place.error(TemplateErrorKind::NotEscaped('"'))),
        }
    }

    fn character(&mut self, character: char, place: &Scanner<'_>, value: &mut Template) -> Result<(), TemplateError> {
        match character {
            '\\' => self.escaped(value)?,
            '%' if self.percent == Percent::Variable => value.push(self.scanner.variable()?),
            '"' | ';' | '<' | '>' if self.form == Form::Comma => {
                return Err(place.error(TemplateErrorKind::NotEscaped(character)));
            }
            _ => value.push_char(character),
        }
        Ok(())
    }

    /// What follows a `\`: a character, or octets of UTF-8 in hexadecimal, as many as there are.
    fn escaped(&mut self, value: &mut Template) -> Result<(), TemplateError> {
        let place = self.scanner.clone();
        let bad = || place.error(TemplateErrorKind::BadEscape);
        match self.scanner.peek() {
            Some(character) if ESCAPABLE.contains(&character) => {
                self.scanner.next()?;
                value.push_char(character);
                Ok(())
            }
            _ => {
                let mut octets = [0; 4];
                for length in 1..=octets.len() {
                    let octet = self.hexadecimal_pair().ok_or_else(bad)?;
                    let Some(written) = octets.get_mut(..length) else { return Err(bad()) };
                    if let Some(last) = written.last_mut() {
                        *last = octet;
                    }
                    if let Some(character) = str::from_utf8(written).ok().and_then(|text| text.chars().next()) {
                        return match character.is_control() {
                            true => Err(place.error(TemplateErrorKind::ControlCharacter)),
                            false => {
                                value.push_char(character);
                                Ok(())
                            }
                        };
                    }
                    // The character goes on in the next pair.
                    if !matches!(self.scanner.next(), Ok(Some('\\'))) {
                        return Err(bad());
                    }
                }
                Err(bad())
            }
        }
    }

    fn hexadecimal_pair(&mut self) -> Option<u8> {
        let mut digit = || self.scanner.next().ok().flatten().and_then(|c| c.to_digit(16));
        let (high, low) = (digit()?, digit()?);
        u8::try_from(high << 4 | low).ok()
    }

    const fn separator(&self) -> char {
        match self.form {
            Form::Comma => ',',
            Form::Slash => '/',
        }
    }
}

/// `special` and `ESC` of RFC 4514 section 3, and what separates RDNs in the other form.
const ESCAPABLE: [char; 11] = [' ', '"', '#', '+', ',', ';', '<', '=', '>', '\\', '/'];
