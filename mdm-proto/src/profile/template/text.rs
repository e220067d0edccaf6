//! [`Template`]: text with variables in it.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{ExpandError, TemplateError, TemplateErrorKind, error::LONGEST};
use crate::profile::{Variable, Variables};

/// Text with variables in it, like `%UserName%@example.com`; `%%` is a percent sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Variable(Variable),
}

impl Template {
    /// Reads one.
    ///
    /// # Errors
    /// [`TemplateError`], of kind
    /// - [`ControlCharacter`](TemplateErrorKind::ControlCharacter),
    /// - [`TooLong`](TemplateErrorKind::TooLong) over 1024 characters,
    /// - [`Unfinished`](TemplateErrorKind::Unfinished) for a `%` without its counterpart,
    /// - [`UnknownVariable`](TemplateErrorKind::UnknownVariable).
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        check_length(text)?;
        let mut template = Self::default();
        let mut scanner = Scanner::new(text);
        while let Some(character) = scanner.next()? {
            match character {
                '%' => template.push(scanner.variable()?),
                _ => template.push_char(character),
            }
        }
        Ok(template)
    }

    /// One variable.
    #[must_use]
    pub fn variable(variable: Variable) -> Self {
        Self([Piece::Variable(variable)].into())
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The variables, in order, as often as they are there.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Text(_) => None,
        })
    }

    /// The text for one device.
    ///
    /// # Errors
    /// [`ExpandError::Missing`] and [`ExpandError::ControlCharacter`].
    pub fn expand(&self, variables: &Variables) -> Result<String, ExpandError> {
        self.expand_with(variables, |value, out| out.push_str(value))
    }

    /// The same with values written by `write`.
    pub(super) fn expand_with(
        &self,
        variables: &Variables,
        write: impl Fn(&str, &mut String),
    ) -> Result<String, ExpandError> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Variable(variable) => write(value(variable, variables)?, &mut out),
            }
        }
        Ok(out)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    pub(super) fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
            (_, piece) => self.0.push(piece),
        }
    }

    pub(super) fn push_char(&mut self, character: char) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push(character),
            _ => self.0.push(Piece::Text(character.into())),
        }
    }

    /// Takes away so many spaces at the end, and the text if nothing is left of it.
    pub(super) fn trim_end(&mut self, spaces: usize) {
        if let Some(Piece::Text(text)) = self.0.last_mut() {
            text.truncate(text.len().saturating_sub(spaces));
            if text.is_empty() {
                self.0.pop();
            }
        }
    }
}

impl fmt::Display for Template {
    /// What [`Template::parse`] reads as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => text.split('%').enumerate().try_for_each(|(index, part)| {
                    f.write_str(if index == 0 { "" } else { "%%" })?;
                    f.write_str(part)
                })?,
                Piece::Variable(variable) => write!(f, "%{variable}%")?,
            }
        }
        Ok(())
    }
}

/// The value of a variable, as names can carry it.
pub(super) fn value<'a>(variable: &Variable, variables: &'a Variables) -> Result<&'a str, ExpandError> {
    let value = variables.value(variable).ok_or_else(|| ExpandError::Missing(variable.clone()))?;
    match value.contains(char::is_control) {
        true => Err(ExpandError::ControlCharacter(variable.clone())),
        false => Ok(value),
    }
}

pub(super) fn check_length(text: &str) -> Result<(), TemplateError> {
    match text.char_indices().nth(LONGEST) {
        Some((position, _)) => Err(TemplateError::new(TemplateErrorKind::TooLong, position)),
        None => Ok(()),
    }
}

/// Goes over a template character by character.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    rest: core::str::Chars<'a>,
    length: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), length: text.len() }
    }

    pub(super) fn position(&self) -> usize {
        self.length - self.rest.as_str().len()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    pub(super) fn error(&self, kind: TemplateErrorKind) -> TemplateError {
        TemplateError::new(kind, self.position())
    }

    /// The next character, which is no control character.
    pub(super) fn next(&mut self) -> Result<Option<char>, TemplateError> {
        match self.peek() {
            Some(character) if character.is_control() => Err(self.error(TemplateErrorKind::ControlCharacter)),
            _ => Ok(self.rest.next()),
        }
    }

    /// Passes over spaces.
    pub(super) fn spaces(&mut self) {
        while self.peek() == Some(' ') {
            self.rest.next();
        }
    }

    /// What follows a `%`.
    pub(super) fn variable(&mut self) -> Result<Piece, TemplateError> {
        let start = self.position().saturating_sub(1);
        let unfinished = TemplateError::new(TemplateErrorKind::Unfinished('%'), start);
        let (name, _) = self.rest.as_str().split_once('%').ok_or(unfinished)?;
        for _ in 0..=name.chars().count() {
            self.next()?;
        }
        if name.is_empty() {
            return Ok(Piece::Text("%".into()));
        }
        let unknown = || TemplateError::new(TemplateErrorKind::UnknownVariable(name.into()), start);
        Variable::from_name(name).map(Piece::Variable).ok_or_else(unknown)
    }

    /// The text up to one of these characters, or to the end.
    pub(super) fn until(&mut self, ends: &[char]) -> Result<&'a str, TemplateError> {
        let text = self.rest.as_str();
        let length = text.find(ends).unwrap_or(text.len());
        let (taken, _) = text.split_at_checked(length).unwrap_or((text, ""));
        for _ in 0..taken.chars().count() {
            self.next()?;
        }
        Ok(taken)
    }
}
