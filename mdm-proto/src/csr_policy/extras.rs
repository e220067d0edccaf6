//! What a CSR asks for beside what is compared.

use alloc::vec::Vec;

use pki_core::{Csr, Oid, oid};

use super::Mismatch;

/// Extensions and attributes that are neither compared nor harmless, in the order of the CSR.
pub(super) fn extras(csr: &Csr) -> Vec<Mismatch> {
    let attributes = csr.attributes().map(|attribute| attribute.oid);
    let attributes = attributes.filter(|oid| oid.as_bytes().starts_with(MICROSOFT) && !is_usual(*oid, ATTRIBUTES));
    let extensions = csr.extension_request().iter().map(|extension| extension.oid);
    let extensions = extensions.filter(|oid| !is_usual(*oid, EXTENSIONS));
    let attributes = attributes.map(|oid| Mismatch::OtherAttribute(oid.into()));
    attributes.chain(extensions.map(|oid| Mismatch::OtherExtension(oid.into()))).collect()
}

fn is_usual(oid: Oid<'_>, known: &[&[u8]]) -> bool {
    known.contains(&oid.as_bytes())
}

/// `1.3.6.1.4.1.311`: no other attributes are known to change what a CA issues.
const MICROSOFT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37];

/// The older form of extensionRequest; what Windows says of itself: the provider of the key `1.3.6.1.4.1.311.13.2.2`, the
/// version `1.3.6.1.4.1.311.13.2.3`, the program `1.3.6.1.4.1.311.21.20`.
const ATTRIBUTES: &[&[u8]] = &[
    oid::MICROSOFT_CERTIFICATE_EXTENSIONS.as_bytes(),
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0d, 0x02, 0x02],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0d, 0x02, 0x03],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x15, 0x14],
];

/// Those that are compared, and subjectKeyIdentifier and `1.2.840.113549.1.9.15`, smimeCapabilities.
const EXTENSIONS: &[&[u8]] = &[
    oid::SUBJECT_ALT_NAME.as_bytes(),
    oid::KEY_USAGE.as_bytes(),
    oid::EXT_KEY_USAGE.as_bytes(),
    oid::MICROSOFT_TEMPLATE.as_bytes(),
    oid::MICROSOFT_TEMPLATE_NAME.as_bytes(),
    oid::SUBJECT_KEY_IDENTIFIER.as_bytes(),
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0f],
];
