//! [`Value`].

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use pki_core::UnixTime;

use super::Dictionary;

/// What a property list holds.
///
/// `Debug` shows the shape and no texts, numbers or octets: a payload may hold a challenge.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `<array>`
    Array(Vec<Self>),
    /// `<true/>` or `<false/>`
    Boolean(bool),
    /// `<data>`: octets.
    Data(Vec<u8>),
    /// `<date>`: of the years 0 to 9999, whole seconds.
    Date(UnixTime),
    /// `<dict>`
    Dictionary(Dictionary),
    /// `<integer>`: of 64 bits.
    Integer(i64),
    /// `<real>`
    Real(f64),
    /// `<string>`
    String(String),
}

impl Value {
    /// The elements, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub const fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The octets, if these are data.
    #[must_use]
    pub fn as_data(&self) -> Option<&[u8]> {
        match self {
            Self::Data(octets) => Some(octets),
            _ => None,
        }
    }

    /// The entries, if this is a dictionary.
    #[must_use]
    pub const fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The number, if this is an integer.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_string(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident),*) => {
        $(impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

from! {
    Vec<Self> => Array, bool => Boolean, Vec<u8> => Data, UnixTime => Date, Dictionary => Dictionary, i64 => Integer,
    f64 => Real, String => String
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_string())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(elements) => f.debug_list().entries(elements).finish(),
            Self::Boolean(_) => f.write_str("Boolean"),
            Self::Data(octets) => write!(f, "Data({} octets)", octets.len()),
            Self::Date(_) => f.write_str("Date"),
            Self::Dictionary(dictionary) => dictionary.fmt(f),
            Self::Integer(_) => f.write_str("Integer"),
            Self::Real(_) => f.write_str("Real"),
            Self::String(text) => write!(f, "String({} octets)", text.len()),
        }
    }
}
