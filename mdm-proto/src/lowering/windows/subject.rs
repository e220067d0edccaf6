//! A subject as `CertStrToName` reads it.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};

use pki_core::{Oid, oid};
use scep::server::Names;

use crate::lowering::{Field, Loss, LoweringError, Reason, names};

/// The text, and a warning where there is none or a common name has a plus sign.
pub(super) fn text(names: &Names, losses: &mut Vec<Loss>) -> Result<String, LoweringError> {
    let rdns = names::subject(names)?;
    if rdns.is_empty() {
        losses.push(Loss::warning(Field::Subject, Reason::Required));
    }
    let mut attributes = rdns.iter().flatten();
    if attributes.any(|(oid, value)| *oid == oid::COMMON_NAME && value.contains('+')) {
        losses.push(Loss::warning(Field::Subject, Reason::PlusInCommonName));
    }
    let rdns = rdns.iter().map(|rdn| {
        let attributes = rdn.iter().map(|(oid, value)| [&*key(*oid), "=", &*quoted(value)].concat());
        attributes.collect::<Vec<_>>().join("+")
    });
    Ok(rdns.collect::<Vec<_>>().join(","))
}

fn quoted(value: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, ',' | '+' | '=' | '"' | '\n' | '<' | '>' | '#' | ';');
    if !value.is_empty() && value.trim() == value && !value.contains(special) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(["\"", &value.replace('"', "\"\""), "\""].concat())
}

fn key(oid: Oid<'_>) -> Cow<'static, str> {
    let known = KEYS.iter().find(|(known, _)| *known == oid);
    known.map_or_else(|| Cow::Owned(oid.to_string()), |(_, key)| Cow::Borrowed(*key))
}

/// The keys of `CertStrToName`; others are dotted decimal.
const KEYS: [(Oid<'static>, &str); 14] = [
    (oid::COMMON_NAME, "CN"),
    (oid::COUNTRY_NAME, "C"),
    (oid::DOMAIN_COMPONENT, "DC"),
    (oid::EMAIL_ADDRESS, "E"),
    (oid::GIVEN_NAME, "G"),
    (oid::INITIALS, "I"),
    (oid::LOCALITY_NAME, "L"),
    (oid::ORGANIZATION_NAME, "O"),
    (oid::ORGANIZATIONAL_UNIT_NAME, "OU"),
    (oid::SERIAL_NUMBER, "SERIALNUMBER"),
    (oid::STATE_OR_PROVINCE_NAME, "S"),
    (oid::STREET_ADDRESS, "STREET"),
    (oid::SURNAME, "SN"),
    (oid::TITLE, "T"),
];
