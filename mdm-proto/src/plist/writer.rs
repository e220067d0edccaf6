//! Writing property lists.

use alloc::string::{String, ToString};

use base64ct::{Base64, Encoding};
use pki_core::UnixTime;

use super::{Value, WriteError};
use crate::xml::Writer;

impl Value {
    /// The property list that holds this value.
    ///
    /// The text may hold what the value holds, a challenge among it: it is the caller's to guard.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn to_xml(&self) -> Result<String, WriteError> {
        let mut writer = Writer::default();
        writer.raw(HEADER);
        write(&mut writer, self, 0)?;
        writer.raw("</plist>\n");
        Ok(writer.finish()?)
    }
}

fn write(writer: &mut Writer, value: &Value, depth: usize) -> Result<(), WriteError> {
    if depth > MOST_DEPTH {
        return Err(WriteError::TooDeep);
    }
    indent(writer, depth);
    match value {
        Value::Array(elements) if elements.is_empty() => writer.empty("array"),
        Value::Array(elements) => {
            writer.start("array");
            writer.raw("\n");
            elements.iter().try_for_each(|element| write(writer, element, depth + 1))?;
            indent(writer, depth);
            writer.end("array");
        }
        Value::Boolean(true) => writer.empty("true"),
        Value::Boolean(false) => writer.empty("false"),
        Value::Data(octets) => writer.leaf("data", &Base64::encode_string(octets)),
        Value::Date(time) => writer.leaf("date", &date(*time)?),
        Value::Dictionary(dictionary) if dictionary.is_empty() => writer.empty("dict"),
        Value::Dictionary(dictionary) => {
            writer.start("dict");
            writer.raw("\n");
            for (key, value) in dictionary.iter() {
                indent(writer, depth + 1);
                writer.leaf("key", key);
                writer.raw("\n");
                write(writer, value, depth + 1)?;
            }
            indent(writer, depth);
            writer.end("dict");
        }
        Value::Integer(number) => writer.leaf("integer", &number.to_string()),
        Value::Real(number) => writer.leaf("real", &real(*number)),
        Value::String(text) => writer.leaf("string", text),
    }
    writer.raw("\n");
    Ok(())
}

fn indent(writer: &mut Writer, depth: usize) {
    (0..depth).for_each(|_| writer.raw("\t"));
}

/// As Foundation spells those that are no numbers.
fn real(number: f64) -> String {
    match number {
        number if number.is_nan() => "nan".to_string(),
        f64::INFINITY => "+infinity".to_string(),
        f64::NEG_INFINITY => "-infinity".to_string(),
        number => number.to_string(),
    }
}

fn date(time: UnixTime) -> Result<String, WriteError> {
    time.to_civil().map(|_| time.to_string()).ok_or(WriteError::Date(time))
}

const HEADER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n";

/// `Limits::depth` is at most 255, and `plist` and the value itself are levels too.
const MOST_DEPTH: usize = 250;
