//! Reading property lists.

use alloc::{borrow::Cow, collections::BTreeSet, string::String, vec::Vec};

use base64ct::{Base64, Encoding};
use pki_core::{Limits, UnixTime};

use super::{Dictionary, ReadError, ReadErrorKind, Value};
use crate::xml::{Event, Reader};

impl Value {
    /// Reads a property list: an XML document whose root is `plist`, with one value in it.
    ///
    /// - A dictionary has each key once.
    /// - Numbers have up to 64 bits and a sign; base64 may have white space in it, and has its padding.
    /// - Dates are in UTC and end in `Z`.
    ///
    /// # Errors
    /// [`ReadError`]; the bounds are [`Limits::size`], [`Limits::depth`], where `plist` is the first level, and
    /// [`Limits::elements`].
    pub fn from_xml(document: &[u8], limits: Limits) -> Result<Self, ReadError> {
        let mut reader = Reader::new(document, limits)?;
        match reader.next_tag()? {
            Some(Event::Start("plist")) => {}
            _ => return Err(ReadError::new(ReadErrorKind::NotAPlist, reader.position())),
        }
        let value = value(&mut reader)?;
        if reader.next_tag()? != Some(Event::End("plist")) {
            return Err(ReadError::new(ReadErrorKind::NotAPlist, reader.position()));
        }
        while reader.next()?.is_some() {}
        Ok(value)
    }
}

/// An array or dictionary whose end was not met yet.
enum Open<'a> {
    Array(Vec<Value>),
    Dictionary { entries: Vec<(String, Value)>, known: BTreeSet<Cow<'a, str>>, key: Option<Cow<'a, str>> },
}

impl<'a> Open<'a> {
    fn begin(name: &str) -> Option<Self> {
        match name {
            "array" => Some(Self::Array(Vec::new())),
            "dict" => Some(Self::Dictionary { entries: Vec::new(), known: BTreeSet::new(), key: None }),
            _ => None,
        }
    }

    fn end(self) -> Result<Value, ReadErrorKind> {
        match self {
            Self::Array(elements) => Ok(Value::Array(elements)),
            Self::Dictionary { key: Some(_), .. } => Err(ReadErrorKind::Keys),
            Self::Dictionary { entries, .. } => Ok(Value::Dictionary(Dictionary::from_distinct(entries))),
        }
    }

    fn add_key(&mut self, new: Cow<'a, str>) -> Result<(), ReadErrorKind> {
        match self {
            Self::Array(_) => Err(ReadErrorKind::UnknownElement),
            Self::Dictionary { key: Some(_), .. } => Err(ReadErrorKind::Keys),
            Self::Dictionary { known, key, .. } => {
                if !known.insert(new.clone()) {
                    return Err(ReadErrorKind::DuplicateKey);
                }
                *key = Some(new);
                Ok(())
            }
        }
    }

    fn add(&mut self, value: Value) -> Result<(), ReadErrorKind> {
        match self {
            Self::Array(elements) => elements.push(value),
            Self::Dictionary { entries, key, .. } => {
                entries.push((key.take().ok_or(ReadErrorKind::Keys)?.into_owned(), value));
            }
        }
        Ok(())
    }
}

/// The next value, whatever its depth: what is open stands in a list of its own.
fn value(reader: &mut Reader<'_>) -> Result<Value, ReadError> {
    let mut open: Vec<Open<'_>> = Vec::new();
    loop {
        let event = reader.next_tag()?;
        let position = reader.position();
        let error = |kind| ReadError::new(kind, position);
        let complete = match event {
            Some(Event::Start("key")) => {
                let key = reader.text()?;
                let around = open.last_mut().ok_or_else(|| error(ReadErrorKind::NotAPlist))?;
                around.add_key(key).map_err(error)?;
                continue;
            }
            Some(Event::Start(name)) => match Open::begin(name) {
                Some(new) => {
                    open.push(new);
                    continue;
                }
                None => scalar(name, reader, position)?,
            },
            Some(Event::End(_)) => open.pop().ok_or_else(|| error(ReadErrorKind::NotAPlist))?.end().map_err(error)?,
            Some(Event::Text(_)) | None => return Err(error(ReadErrorKind::NotAPlist)),
        };
        match open.last_mut() {
            None => return Ok(complete),
            Some(around) => around.add(complete).map_err(error)?,
        }
    }
}

fn scalar(name: &str, reader: &mut Reader<'_>, position: usize) -> Result<Value, ReadError> {
    let invalid = ReadError::new(ReadErrorKind::InvalidValue, position);
    if !matches!(name, "data" | "date" | "false" | "integer" | "real" | "string" | "true") {
        return Err(ReadError::new(ReadErrorKind::UnknownElement, position));
    }
    let text = reader.text()?;
    let trimmed = text.trim_ascii();
    let value = match name {
        "data" => decode_base64(&text).map(Value::Data),
        "date" => date(trimmed).map(Value::Date),
        "integer" => trimmed.parse().ok().map(Value::Integer),
        "real" => trimmed.parse().ok().map(Value::Real),
        "string" => Some(Value::String(text.into_owned())),
        _ => trimmed.is_empty().then_some(Value::Boolean(name == "true")),
    };
    value.ok_or(invalid)
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut octets: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let length = Base64::decode_in_place(&mut octets).ok()?.len();
    octets.truncate(length);
    Some(octets)
}

/// `YYYY-MM-DDThh:mm:ssZ`
fn date(text: &str) -> Option<UnixTime> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let small = |number| u8::try_from(number).ok();
    UnixTime::from_civil(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?)
}

/// Three numbers of so many digits each.
fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[u16; 3]> {
    let mut parts = text.split(separator);
    let mut next = |length: usize| {
        parts
            .next()
            .filter(|part| part.len() == length && part.bytes().all(|digit| digit.is_ascii_digit()))?
            .parse()
            .ok()
    };
    let [a, b, c] = lengths;
    let numbers = [next(a)?, next(b)?, next(c)?];
    parts.next().is_none().then_some(numbers)
}
