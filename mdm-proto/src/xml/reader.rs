//! [`Reader`]: a document as a sequence of events.

use alloc::{borrow::Cow, string::String, vec::Vec};

use pki_core::Limits;

use super::{
    cursor::{Cursor, Tag},
    error::{XmlError, XmlErrorKind, not_utf8},
    text,
};

/// Reads a document event by event, borrowing from it what needs no change.
///
/// After the last event the whole document was found to be well formed, as far as that is checked here.
pub(crate) struct Reader<'a> {
    cursor: Cursor<'a>,
    /// The elements that are open, outermost first, with their prefixes.
    open: Vec<&'a str>,
    /// Of the last event.
    position: usize,
    stage: Stage,
    limits: Limits,
    elements: u32,
}

/// What comes next in a document. Names are without their prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// An element begins.
    Start(&'a str),
    /// An element ends.
    End(&'a str),
    /// Text. An element's text may come in several pieces.
    Text(Cow<'a, str>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the root element, without a DOCTYPE so far.
    Prologue,
    /// Before the root element, behind the DOCTYPE.
    Declared,
    /// Inside of the root element.
    Content,
    /// An element was opened by a tag that closes it too.
    Closing,
    /// Behind the root element.
    Epilogue,
}

impl<'a> Reader<'a> {
    /// Of a whole document.
    ///
    /// # Errors
    /// `TooLarge`, `InvalidUtf8`, `Encoding`, and those of a bad XML declaration.
    pub(crate) fn new(document: &'a [u8], limits: Limits) -> Result<Self, XmlError> {
        if document.len() > limits.size {
            return Err(XmlError::new(XmlErrorKind::TooLarge, limits.size));
        }
        let mut cursor = Cursor::new(core::str::from_utf8(document).map_err(not_utf8)?);
        cursor.eat("\u{feff}");
        cursor.declaration(limits.entries)?;
        Ok(Self { cursor, open: Vec::new(), position: 0, stage: Stage::Prologue, limits, elements: 0 })
    }

    /// The next event; `None` behind the document.
    ///
    /// # Errors
    /// Whatever is wrong up to its end.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'a>>, XmlError> {
        loop {
            self.position = self.cursor.position();
            if self.stage == Stage::Closing {
                return self.close().map(Some);
            }
            if self.cursor.is_empty() {
                return match self.stage {
                    Stage::Epilogue => Ok(None),
                    _ => Err(self.error(XmlErrorKind::Truncated)),
                };
            }
            if !self.cursor.is_at('<') {
                let text = text::parsed(self.cursor.before('<'), self.position)?;
                if !self.open.is_empty() {
                    return self.text_event(text);
                }
                self.only_space(&text)?;
            } else if self.cursor.eat("</") {
                return self.end_tag().map(Some);
            } else if self.cursor.eat("<!--") {
                self.cursor.comment()?;
            } else if self.cursor.eat("<?") {
                self.cursor.instruction()?;
            } else if self.cursor.eat("<![CDATA[") {
                let raw = self.cursor.until("]]>")?;
                return self.text_event(text::literal(raw, self.position)?);
            } else if self.cursor.eat("<!") {
                self.doctype()?;
            } else {
                self.cursor.eat("<");
                return self.start_tag().map(Some);
            }
        }
    }

    /// The next event that is not white space between elements.
    ///
    /// # Errors
    /// As [`Self::next`], and `Unexpected` for text that is more than white space.
    pub(crate) fn next_tag(&mut self) -> Result<Option<Event<'a>>, XmlError> {
        loop {
            match self.next()? {
                Some(Event::Text(text)) if text.bytes().all(|byte| super::character::is_space(byte.into())) => {}
                Some(Event::Text(_)) => return Err(self.error(XmlErrorKind::Unexpected)),
                other => return Ok(other),
            }
        }
    }

    /// All the text of the element that was just opened, through its end.
    ///
    /// # Errors
    /// As [`Self::next`], and `Unexpected` for an element in it.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, XmlError> {
        let mut all = Cow::Borrowed("");
        loop {
            match self.next()? {
                Some(Event::Text(text)) if all.is_empty() => all = text,
                Some(Event::Text(text)) => String::push_str(all.to_mut(), &text),
                Some(Event::End(_)) => return Ok(all),
                Some(Event::Start(_)) | None => return Err(self.error(XmlErrorKind::Unexpected)),
            }
        }
    }

    /// Passes over the element that was just opened, through its end.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside && self.next()?.is_some() {}
        Ok(())
    }

    /// Where the last event began.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// An error at the last event.
    pub(crate) const fn error(&self, kind: XmlErrorKind) -> XmlError {
        XmlError::new(kind, self.position)
    }

    fn start_tag(&mut self) -> Result<Event<'a>, XmlError> {
        if self.stage == Stage::Epilogue {
            return Err(self.error(XmlErrorKind::TrailingContent));
        }
        self.elements = self.elements.saturating_add(1);
        if self.elements > self.limits.elements {
            return Err(self.error(XmlErrorKind::TooMany));
        }
        if self.open.len() >= usize::from(self.limits.depth) {
            return Err(self.error(XmlErrorKind::TooDeep));
        }
        let name = self.cursor.name()?;
        self.stage = match self.cursor.rest_of_tag(self.limits.entries)? {
            Tag::Start => Stage::Content,
            Tag::Empty => Stage::Closing,
        };
        self.open.push(name);
        Ok(Event::Start(local(name)))
    }

    fn end_tag(&mut self) -> Result<Event<'a>, XmlError> {
        let name = self.cursor.name()?;
        if self.open.last() != Some(&name) {
            return Err(self.error(XmlErrorKind::Mismatched));
        }
        self.cursor.spaces();
        self.cursor.expect(">")?;
        self.close()
    }

    fn close(&mut self) -> Result<Event<'a>, XmlError> {
        let name = self.open.pop().ok_or_else(|| self.error(XmlErrorKind::Mismatched))?;
        self.stage = if self.open.is_empty() { Stage::Epilogue } else { Stage::Content };
        Ok(Event::End(local(name)))
    }

    fn text_event(&self, text: Cow<'a, str>) -> Result<Option<Event<'a>>, XmlError> {
        if self.open.is_empty() {
            return Err(self.error(XmlErrorKind::Malformed));
        }
        Ok(Some(Event::Text(text)))
    }

    fn only_space(&self, text: &str) -> Result<(), XmlError> {
        if text.chars().all(super::character::is_space) {
            return Ok(());
        }
        let epilogue = self.stage == Stage::Epilogue;
        Err(self.error(if epilogue { XmlErrorKind::TrailingContent } else { XmlErrorKind::Malformed }))
    }

    /// A DOCTYPE with names and literals only, once and before the root element (XML 1.0 section 2.8).
    fn doctype(&mut self) -> Result<(), XmlError> {
        if self.stage != Stage::Prologue || !self.cursor.eat("DOCTYPE") {
            return Err(self.error(XmlErrorKind::Malformed));
        }
        self.stage = Stage::Declared;
        self.cursor.doctype()
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_prefix, local)| local)
}
