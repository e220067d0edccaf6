//! Names as RFC 4514 text.

use core::fmt;

use super::{DirectoryString, NameAttribute, NameRef};
use crate::{
    der::Writer,
    oid::{self, Oid},
};

impl fmt::Display for NameRef<'_> {
    /// The string form of RFC 4514: last RDN first. Control characters are escaped too, so that a name stays on its line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Backwards without a list of RDNs is quadratic, and names come from outside.
        let rdns: alloc::vec::Vec<_> = self.rdns().collect();
        for (index, rdn) in rdns.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (index, attribute) in rdn.attributes().enumerate() {
                if index > 0 {
                    f.write_str("+")?;
                }
                write_attribute(&attribute, f)?;
            }
        }
        Ok(())
    }
}

/// `type=value`. Types without a short name are dotted decimal and have their value in hexadecimal (RFC 4514 section 2.4).
fn write_attribute(attribute: &NameAttribute<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let short_name = SHORT_NAMES.iter().find(|(oid, _)| *oid == attribute.oid).map(|(_, name)| *name);
    let text = DirectoryString::text(attribute.tag, attribute.value);
    match short_name {
        Some(name) => write!(f, "{name}=")?,
        None => write!(f, "{}=", attribute.oid)?,
    }
    if let (Some(_), Some(text)) = (short_name, text) {
        return write_escaped(&text, f);
    }
    f.write_str("#")?;
    let der = Writer::encode(|w| w.primitive(attribute.tag, attribute.value));
    der.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
            ' ' if index == 0 || index == last => f.write_str("\\ ")?,
            '#' if index == 0 => f.write_str("\\#")?,
            _ if character.is_control() => {
                let mut buffer = [0; 4];
                character.encode_utf8(&mut buffer).bytes().try_for_each(|byte| write!(f, "\\{byte:02x}"))?;
            }
            _ => write!(f, "{character}")?,
        }
    }
    Ok(())
}

/// The table of RFC 4514 section 3.
const SHORT_NAMES: [(Oid<'static>, &str); 9] = [
    (oid::COMMON_NAME, "CN"),
    (oid::LOCALITY_NAME, "L"),
    (oid::STATE_OR_PROVINCE_NAME, "ST"),
    (oid::ORGANIZATION_NAME, "O"),
    (oid::ORGANIZATIONAL_UNIT_NAME, "OU"),
    (oid::COUNTRY_NAME, "C"),
    (oid::STREET_ADDRESS, "STREET"),
    (oid::DOMAIN_COMPONENT, "DC"),
    (oid::USER_ID, "UID"),
];
