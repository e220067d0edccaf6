//! Templates: names that say where a variable goes.
//!
//! A template is parsed once, without values, and values are put into what was parsed, never into text: a value with a comma,
//! an equals sign or a quotation mark is a value with these characters in it, and can't become an attribute of its own.

mod attribute;
mod error;
mod general;
mod name;
mod parse;
mod text;

pub use attribute::AttributeType;
pub use error::{ExpandError, TemplateError, TemplateErrorKind};
pub use general::AlternativeNameTemplate;
pub use name::NameTemplate;
pub use text::Template;

#[cfg(test)]
mod tests;
