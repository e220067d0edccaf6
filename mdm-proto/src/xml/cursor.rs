//! [`Cursor`]: the pieces that markup is made of.

use alloc::vec::Vec;

use super::{
    character::{continues_name, is_space, starts_name},
    error::{XmlError, XmlErrorKind},
    text,
};

/// A place in a document.
pub(super) struct Cursor<'a> {
    rest: &'a str,
    length: usize,
}

/// How a start tag ended.
pub(super) enum Tag {
    /// With `>`.
    Start,
    /// With `/>`: the element is empty.
    Empty,
}

/// An attribute and its value as it stands in the document.
type Attribute<'a> = (&'a str, &'a str);

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text, length: text.len() }
    }

    pub(super) const fn position(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether this character comes next.
    pub(super) fn is_at(&self, character: char) -> bool {
        self.rest.starts_with(character)
    }

    /// Goes past `token` if it comes next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Goes past `token`, which must come next.
    pub(super) fn expect(&mut self, token: &str) -> Result<(), XmlError> {
        if self.eat(token) { Ok(()) } else { Err(self.malformed()) }
    }

    /// What comes before `end`, and goes past both.
    pub(super) fn until(&mut self, end: &str) -> Result<&'a str, XmlError> {
        let (before, after) =
            self.rest.split_once(end).ok_or_else(|| XmlError::new(XmlErrorKind::Truncated, self.length))?;
        self.rest = after;
        Ok(before)
    }

    /// What comes before `end`, or all there is, and goes past it but not past `end`.
    pub(super) fn before(&mut self, end: char) -> &'a str {
        let at = self.rest.find(end).unwrap_or(self.rest.len());
        self.split(at)
    }

    /// Goes past white space and says whether there was any.
    pub(super) fn spaces(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches(is_space);
        self.rest.len() < before
    }

    /// A name with at most one colon, inside of it (Namespaces in XML 1.0 section 4).
    pub(super) fn name(&mut self) -> Result<&'a str, XmlError> {
        let error = self.malformed();
        if !self.rest.starts_with(starts_name) {
            return Err(error);
        }
        // Most names are ASCII letters, which need no decoding.
        let plain = self.rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let after = self.rest.get(plain..).unwrap_or_default();
        let more = after.find(|c: char| !continues_name(c)).unwrap_or(after.len());
        let name = self.split(plain.saturating_add(more));
        if more == 0 {
            return Ok(name);
        }
        match name.split_once(':') {
            Some((prefix, local)) if prefix.is_empty() || local.contains(':') || !local.starts_with(starts_name) => {
                Err(error)
            }
            _ => Ok(name),
        }
    }

    /// Attributes, checked, and the end of the start tag.
    pub(super) fn rest_of_tag(&mut self, most: usize) -> Result<Tag, XmlError> {
        self.attributes(most)?;
        if self.eat("/>") {
            return Ok(Tag::Empty);
        }
        self.expect(">")?;
        Ok(Tag::Start)
    }

    /// The XML declaration, if there is one (XML 1.0 section 2.8).
    pub(super) fn declaration(&mut self, most: usize) -> Result<(), XmlError> {
        let mut ahead = Self { rest: self.rest, length: self.length };
        if !ahead.eat("<?xml") || !ahead.rest.starts_with(is_space) {
            return Ok(());
        }
        let malformed = ahead.malformed();
        let attributes = ahead.attributes(most)?;
        ahead.expect("?>")?;
        self.rest = ahead.rest;
        let (Some(("version", "1.0")), others) = (attributes.first().copied(), attributes.get(1..).unwrap_or_default())
        else {
            return Err(malformed);
        };
        others.iter().try_for_each(|attribute| match *attribute {
            ("encoding", "") => Err(malformed),
            ("encoding", encoding) if encoding.eq_ignore_ascii_case("UTF-8") => Ok(()),
            ("encoding", _) => Err(XmlError::new(XmlErrorKind::Encoding, malformed.position())),
            ("standalone", "yes" | "no") => Ok(()),
            _ => Err(malformed),
        })
    }

    /// The rest of a comment (XML 1.0 section 2.5).
    pub(super) fn comment(&mut self) -> Result<(), XmlError> {
        let position = self.position();
        let comment = self.until("--")?;
        self.expect(">")?;
        text::check(comment, position)
    }

    /// The rest of a processing instruction (XML 1.0 section 2.6).
    pub(super) fn instruction(&mut self) -> Result<(), XmlError> {
        let error = self.malformed();
        let target = self.name()?;
        let position = self.position();
        let data = self.until("?>")?;
        if target.eq_ignore_ascii_case("xml") || !(data.is_empty() || data.starts_with(is_space)) {
            return Err(error);
        }
        text::check(data, position)
    }

    /// The rest of a DOCTYPE: a name, an identifier, no internal subset (XML 1.0 section 2.8).
    pub(super) fn doctype(&mut self) -> Result<(), XmlError> {
        self.required_spaces()?;
        self.name()?;
        if self.spaces() {
            if self.eat("PUBLIC") {
                self.required_spaces()?;
                self.quoted()?;
                self.required_spaces()?;
                self.quoted()?;
            } else if self.eat("SYSTEM") {
                self.required_spaces()?;
                self.quoted()?;
            }
            self.spaces();
        }
        if self.rest.starts_with('[') {
            return Err(XmlError::new(XmlErrorKind::Doctype, self.position()));
        }
        self.expect(">")
    }

    fn attributes(&mut self, most: usize) -> Result<Vec<Attribute<'a>>, XmlError> {
        let mut attributes: Vec<Attribute<'_>> = Vec::new();
        while self.spaces() && self.rest.starts_with(starts_name) {
            let position = self.position();
            let name = self.name()?;
            if attributes.iter().any(|(earlier, _)| *earlier == name) {
                return Err(XmlError::new(XmlErrorKind::DuplicateAttribute, position));
            }
            if attributes.len() >= most {
                return Err(XmlError::new(XmlErrorKind::TooMany, position));
            }
            self.spaces();
            self.expect("=")?;
            self.spaces();
            let position = self.position();
            let value = self.quoted()?;
            if value.contains('<') {
                return Err(XmlError::new(XmlErrorKind::Malformed, position));
            }
            // "]]>" is no matter in an attribute.
            value.split(']').try_fold(position, |at, piece| {
                text::parsed(piece, at.saturating_add(1))?;
                Ok(at.saturating_add(piece.len()).saturating_add(1))
            })?;
            attributes.push((name, value));
        }
        Ok(attributes)
    }

    /// What stands between two quotation marks of one kind.
    fn quoted(&mut self) -> Result<&'a str, XmlError> {
        let end = if self.eat("\"") {
            "\""
        } else {
            self.expect("'")?;
            "'"
        };
        let position = self.position();
        let value = self.until(end)?;
        text::check(value, position)?;
        Ok(value)
    }

    fn required_spaces(&mut self) -> Result<(), XmlError> {
        if self.spaces() { Ok(()) } else { Err(self.malformed()) }
    }

    fn split(&mut self, at: usize) -> &'a str {
        let (before, after) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = after;
        before
    }

    /// What comes next cannot stand here, or nothing comes.
    const fn malformed(&self) -> XmlError {
        let kind = if self.rest.is_empty() { XmlErrorKind::Truncated } else { XmlErrorKind::Malformed };
        XmlError::new(kind, self.position())
    }
}
