//! [`Writer`]: elements and text out.

use alloc::string::String;
use core::fmt;

/// Writes a document. What cannot be written is remembered and comes out of [`Writer::finish`].
///
/// Names and attribute names are the family's own and are taken as they are.
#[derive(Default)]
pub(crate) struct Writer {
    out: String,
    failed: Option<UnwritableCharacter>,
}

/// A text has a character that XML cannot carry in any form (XML 1.0 section 2.2): a control character other than tab, line
/// feed and carriage return, U+FFFE or U+FFFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the character is all there is to say")]
pub struct UnwritableCharacter(pub char);

impl Writer {
    /// Something that is XML already.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// `<name>`
    pub(crate) fn start(&mut self, name: &str) {
        self.start_with(name, &[]);
    }

    /// `<name attribute="value" ...>`
    pub(crate) fn start_with(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.escaped(value, attribute_escape);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// `</name>`
    pub(crate) fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// `<name/>`
    pub(crate) fn empty(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str("/>");
    }

    /// Character data, escaped.
    pub(crate) fn text(&mut self, text: &str) {
        self.escaped(text, text_escape);
    }

    /// `<name>text</name>`
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.start(name);
        self.text(text);
        self.end(name);
    }

    /// The document.
    ///
    /// # Errors
    /// [`UnwritableCharacter`]: the first one that was met.
    pub(crate) fn finish(self) -> Result<String, UnwritableCharacter> {
        match self.failed {
            Some(failed) => Err(failed),
            None => Ok(self.out),
        }
    }

    fn escaped(&mut self, text: &str, escape: fn(char) -> Option<&'static str>) {
        let mut rest = text;
        let ends = |c: char| escape(c).is_some() || !super::character::is_allowed(c);
        while let Some((plain, special)) = rest.find(ends).and_then(|at| rest.split_at_checked(at)) {
            self.out.push_str(plain);
            let mut characters = special.chars();
            if let Some(character) = characters.next() {
                match escape(character) {
                    Some(escaped) => self.out.push_str(escaped),
                    None => self.failed = self.failed.or(Some(UnwritableCharacter(character))),
                }
            }
            rest = characters.as_str();
        }
        self.out.push_str(rest);
    }
}

/// A carriage return that stands as it is would be read as a line feed (XML 1.0 section 2.11), and `]]>` may not stand in text.
const fn text_escape(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    }
}

/// White space in an attribute would be read as blanks (XML 1.0 section 3.3.3).
const fn attribute_escape(character: char) -> Option<&'static str> {
    match character {
        '"' => Some("&quot;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        other => text_escape(other),
    }
}

impl fmt::Display for UnwritableCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XML has no way to write the character U+{:04X}: take it out of the text", u32::from(self.0))
    }
}

impl core::error::Error for UnwritableCharacter {}
