//! [`Restriction`].

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value, json};

/// A restriction of a managed configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "Android gives it a key and a value, which has the type")]
pub struct Restriction {
    /// The key, of its bundle alone.
    pub key: &'static str,
    /// The value.
    pub value: RestrictionValue,
}

/// The value of a restriction. `Debug` shows its type only: it may be a challenge.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestrictionValue {
    /// `bool`
    Bool(bool),
    /// `bundle_array`
    BundleArray(Vec<Vec<Restriction>>),
    /// `choice`: one of several texts.
    Choice(&'static str),
    /// `integer`, of 32 bits.
    Integer(i32),
    /// `multi-select`: texts.
    MultiSelect(Vec<String>),
    /// `string`
    String(Box<str>),
}

impl RestrictionValue {
    /// The `restrictionType` that the agent's schema gives it.
    #[must_use]
    pub const fn restriction_type(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::BundleArray(_) => "bundle_array",
            Self::Choice(_) => "choice",
            Self::Integer(_) => "integer",
            Self::MultiSelect(_) => "multi-select",
            Self::String(_) => "string",
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Bool(value) => (*value).into(),
            Self::BundleArray(bundles) => bundles.iter().map(|bundle| to_json(bundle)).collect(),
            Self::Choice(text) => (*text).into(),
            Self::Integer(number) => (*number).into(),
            Self::MultiSelect(texts) => texts.iter().map(String::as_str).collect(),
            Self::String(text) => (**text).into(),
        }
    }
}

/// An object with the keys of a bundle.
pub(super) fn to_json(bundle: &[Restriction]) -> Value {
    let entries = bundle.iter().map(|restriction| (restriction.key.into(), restriction.value.to_json()));
    Value::Object(entries.collect::<Map<_, _>>())
}

/// A list of properties, each with its key and a value under the name of its type.
pub(super) fn to_properties(bundle: &[Restriction]) -> Value {
    let property = |Restriction { key, value }: &Restriction| match value {
        RestrictionValue::Bool(_) => json!({ "key": key, "valueBool": value.to_json() }),
        RestrictionValue::BundleArray(bundles) => {
            let bundles: Value =
                bundles.iter().map(|bundle| json!({ "managedProperty": to_properties(bundle) })).collect();
            json!({ "key": key, "valueBundleArray": bundles })
        }
        RestrictionValue::Integer(_) => json!({ "key": key, "valueInteger": value.to_json() }),
        RestrictionValue::MultiSelect(_) => json!({ "key": key, "valueStringArray": value.to_json() }),
        RestrictionValue::Choice(_) | RestrictionValue::String(_) => {
            json!({ "key": key, "valueString": value.to_json() })
        }
    };
    bundle.iter().map(property).collect()
}

impl fmt::Debug for RestrictionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BundleArray(bundles) => f.debug_list().entries(bundles).finish(),
            other => f.write_str(other.restriction_type()),
        }
    }
}
