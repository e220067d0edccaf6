//! A page without its markup.

use alloc::{string::String, vec::Vec};

/// A piece of text between two tags that matter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// With single spaces, and none around.
    pub(super) text: String,
    /// Whether it stands out: NDES has values in bold.
    pub(super) is_bold: bool,
    /// Which paragraph it is in.
    pub(super) paragraph: usize,
}

/// What a reader sees of a page. Tags may have any letter case, attributes, white space, and be left open.
pub(super) fn pieces(page: &str) -> Vec<Piece> {
    let mut reader = Reader::default();
    let mut rest = page;
    while let Some((text, from_tag)) = rest.split_once('<') {
        reader.text(text);
        rest = reader.tag(from_tag);
    }
    reader.text(rest);
    reader.flush();
    reader.pieces
}

#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    text: String,
    bold: usize,
    paragraph: usize,
    /// In an element that nobody sees.
    hidden: Option<&'static str>,
}

impl Reader {
    fn text(&mut self, text: &str) {
        if self.hidden.is_none() {
            decode_entities(text, &mut self.text);
        }
    }

    /// Takes a tag, and gives what follows it.
    fn tag<'a>(&mut self, from_tag: &'a str) -> &'a str {
        if let Some(comment) = from_tag.strip_prefix("!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let (tag, rest) = from_tag.split_once('>').unwrap_or((from_tag, ""));
        let (tag, is_end) = tag.trim().strip_prefix('/').map_or((tag, false), |tag| (tag, true));
        let end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
        let name = tag.trim_start().get(..end).unwrap_or_default();
        let is = |names: &[&'static str]| names.iter().find(|known| known.eq_ignore_ascii_case(name)).copied();
        if let Some(hidden) = self.hidden {
            if is_end && name.eq_ignore_ascii_case(hidden) {
                self.hidden = None;
            }
            return rest;
        }
        if is(BOLD).is_some() {
            self.flush();
            self.bold = if is_end { self.bold.saturating_sub(1) } else { self.bold.saturating_add(1) };
        } else if let Some(name) = is(HIDDEN) {
            self.flush();
            self.hidden = (!is_end).then_some(name);
        } else if is(BLOCKS).is_some() {
            self.flush();
            self.bold = 0;
            self.paragraph += 1;
        }
        rest
    }

    /// The text so far is one piece.
    fn flush(&mut self) {
        let mut text = String::with_capacity(self.text.len());
        for word in self.text.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        self.text.clear();
        if !text.is_empty() {
            self.pieces.push(Piece { text, is_bold: self.bold > 0, paragraph: self.paragraph });
        }
    }
}

/// With the characters that entities stand for (HTML 4.01 section 24): those that occur, and any by number.
fn decode_entities(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(after.len()).min(8);
        let (name, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match entity(name) {
            Some(character) => {
                out.push(character);
                rest = tail.strip_prefix(';').unwrap_or(tail);
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    let number = |text: &str, radix| u32::from_str_radix(text, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "nbsp" => Some(' '),
        "quot" => Some('"'),
        _ => {
            let digits = name.strip_prefix('#')?;
            match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            }
        }
    }
}

const BOLD: &[&str] = &["b", "strong"];
const HIDDEN: &[&str] = &["script", "style", "title"];
const BLOCKS: &[&str] =
    &["body", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "hr", "li", "p", "table", "td", "th", "tr", "ul"];
