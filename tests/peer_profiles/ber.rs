//! From DER to what others write: indefinite lengths, and strings in pieces.

use pki_core::der::{Element, Reader};

/// How an element is written, by the tags on the way to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// As it is, with everything in it.
    Keep,
    /// With a length; what is in it may change.
    Definite,
    /// Without.
    Indefinite,
    /// As OCTET STRINGs of so many octets in a constructed value with a length.
    Pieces(usize),
    /// The same in one without.
    IndefinitePieces(usize),
}

/// The whole of `der`, each element in the form for the tags that lead to it, its own last.
pub(crate) fn rewrite(der: &[u8], form: &dyn Fn(&[u8]) -> Form) -> Vec<u8> {
    element(&Element::from_der(der).expect("DER"), &mut Vec::new(), form)
}

/// A pkcsPKIEnvelope as BouncyCastle streams it (O2), and as iOS sent it in 2022 (A5): all lengths indefinite down to
/// encryptedContent, and that in pieces.
pub(crate) fn envelope(der: &[u8], encrypted_content: Form) -> Vec<u8> {
    rewrite(der, &|path| match path {
        [0x30] | [0x30, 0xa0] | [0x30, 0xa0, 0x30] | [0x30, 0xa0, 0x30, 0x30] => match encrypted_content {
            Form::Pieces(_) => Form::Definite,
            _ => Form::Indefinite,
        },
        [0x30, 0xa0, 0x30, 0x30, 0x80] => encrypted_content,
        _ => Form::Keep,
    })
}

/// A SignedData as BouncyCastle streams it (O2): the sets, too, and eContent in pieces.
pub(crate) fn signed_data(der: &[u8]) -> Vec<u8> {
    rewrite(der, &|path| match path {
        [0x30] | [0x30, 0xa0] | [0x30, 0xa0, 0x30] => Form::Indefinite,
        [0x30, 0xa0, 0x30, 0x30 | 0x31 | 0xa0] | [0x30, 0xa0, 0x30, 0x30, 0xa0] => Form::Indefinite,
        [0x30, 0xa0, 0x30, 0x30, 0xa0, 0x04] => Form::IndefinitePieces(1000),
        _ => Form::Keep,
    })
}

/// With `by` in place of the first element that these tags lead to.
pub(crate) fn replace(der: &[u8], tags: &[u8], by: &[u8]) -> Vec<u8> {
    replaced(&Element::from_der(der).expect("DER"), tags, by)
}

fn replaced(element: &Element<'_>, tags: &[u8], by: &[u8]) -> Vec<u8> {
    let tag = element.tag().as_byte();
    match tags {
        [last] if *last == tag => by.to_vec(),
        [first, rest @ ..] if *first == tag => {
            let mut reader = element.reader();
            let (mut written, mut found) = (Vec::new(), false);
            while !reader.is_empty() {
                let child = reader.any().expect("DER");
                if !found && rest.first() == Some(&child.tag().as_byte()) {
                    found = true;
                    written.extend(replaced(&child, rest, by));
                } else {
                    written.extend_from_slice(child.raw());
                }
            }
            definite(tag, &written)
        }
        _ => panic!("no such element"),
    }
}

fn element(element: &Element<'_>, path: &mut Vec<u8>, form: &dyn Fn(&[u8]) -> Form) -> Vec<u8> {
    let tag = element.tag().as_byte();
    path.push(tag);
    let how = form(path);
    let written = match how {
        Form::Keep => element.raw().to_vec(),
        Form::Definite => definite(tag, &children(element, path, form)),
        Form::Indefinite => indefinite(tag, &children(element, path, form)),
        Form::Pieces(size) => definite(tag | CONSTRUCTED, &pieces(element.content(), size)),
        Form::IndefinitePieces(size) => indefinite(tag | CONSTRUCTED, &pieces(element.content(), size)),
    };
    path.pop();
    written
}

fn children(parent: &Element<'_>, path: &mut Vec<u8>, form: &dyn Fn(&[u8]) -> Form) -> Vec<u8> {
    let mut reader: Reader<'_> = parent.reader();
    let mut written = Vec::new();
    while !reader.is_empty() {
        written.extend(element(&reader.any().expect("DER"), path, form));
    }
    written
}

fn pieces(octets: &[u8], size: usize) -> Vec<u8> {
    octets.chunks(size).flat_map(|piece| definite(OCTET_STRING, piece)).collect()
}

fn definite(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match u16::try_from(content.len()).expect("a short value").to_be_bytes() {
        [0, short @ ..0x80] => vec![short],
        [0, octet] => vec![0x81, octet],
        [high, low] => vec![0x82, high, low],
    };
    [&[tag], length.as_slice(), content].concat()
}

fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;
