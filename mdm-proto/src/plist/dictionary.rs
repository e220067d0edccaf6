//! [`Dictionary`].

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::Value;

/// Values by key, in the order in which they were put in. No key occurs twice.
///
/// Made for payloads of some dozens of keys: finding one goes over them all. `Debug` shows the keys and what kind of value
/// each has.
#[derive(Clone, Default, PartialEq)]
pub struct Dictionary(Vec<(String, Value)>);

impl Dictionary {
    /// Without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Puts a value in: in the place of the one that has the key, else behind the others.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let key = key.into();
        match self.0.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((key, value.into())),
        }
    }

    /// The same for a value that may be absent.
    pub fn insert_some(&mut self, key: impl Into<String>, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.insert(key, value);
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| other == key).map(|(_, value)| value)
    }

    /// The text under a key; `None` if there is none, or something else.
    #[must_use]
    pub fn string(&self, key: &str) -> Option<&str> {
        self.find(key)?.as_string()
    }

    /// The number under a key; `None` if there is none, or something else.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.find(key)?.as_integer()
    }

    /// The octets under a key; `None` if there are none, or something else.
    #[must_use]
    pub fn data(&self, key: &str) -> Option<&[u8]> {
        self.find(key)?.as_data()
    }

    /// The entries, in their order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From entries whose keys are known to differ.
    pub(super) const fn from_distinct(entries: Vec<(String, Value)>) -> Self {
        Self(entries)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Dictionary {
    /// Of several values with one key the last one counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut dictionary = Self::new();
        entries.into_iter().for_each(|(key, value)| dictionary.insert(key, value));
        dictionary
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
