//! Bytes: BER and DER, PEM.

use pki_core::{
    DecodeErrorKind, Limits, UnixTime, ber,
    der::{self, Tag, Writer},
    pem as text,
};

/// BER at every level that the limits allow, and DER as a part of it.
pub fn ber_reader(data: &[u8]) {
    let limits = Limits::DEFAULT;
    let Ok(reader) = ber::Reader::new(data, limits) else {
        assert!(data.len() > limits.size);
        return;
    };
    walk(data, reader, 0);
    der_is_ber(data, der::Reader::new(data), limits);

    let mut reader = reader;
    if let Ok(octets) = reader.octets(Tag::OCTET_STRING) {
        assert!(octets.len() <= data.len());
    }
}

/// Every element says where it is and what it holds, and is read again as itself.
fn walk(data: &[u8], mut reader: ber::Reader<'_>, depth: u8) {
    assert!(depth <= Limits::DEFAULT.depth);
    while !reader.is_empty() {
        let before = reader;
        let Ok(element) = reader.any() else { return };
        let (raw, content) = (element.raw(), element.content());
        assert_eq!(before.peek(), Some(element.tag()));
        assert_eq!(&data[element.position()..][..raw.len()], raw);
        assert_eq!(&data[element.content_position()..][..content.len()], content);
        assert!(element.content_position() - element.position() + content.len() <= raw.len());

        if depth == 0 {
            let again = ber::Reader::new(raw, Limits::DEFAULT).unwrap().any().unwrap();
            assert_eq!((again.raw(), again.content(), again.tag()), (raw, content, element.tag()));
        }
        match element.octets() {
            Ok(octets) if element.tag().is_constructed() => assert!(octets.len() <= content.len()),
            Ok(octets) => assert_eq!(octets, content),
            Err(error) => assert!(error.position() <= data.len()),
        }
        typed(&element.as_der());
        if element.tag().is_constructed() {
            match element.reader() {
                Ok(inner) => walk(data, inner, depth + 1),
                Err(error) => assert_eq!(error.kind(), DecodeErrorKind::TooDeep),
            }
        }
    }
    reader.finish().unwrap();
}

/// What is DER is BER too, and is written as it was read.
fn der_is_ber(data: &[u8], mut reader: der::Reader<'_>, limits: Limits) {
    let Ok(element) = reader.any() else { return };
    assert_eq!(Writer::encode(|w| w.primitive(element.tag(), element.content())), element.raw());
    assert_eq!(der::Element::from_der(element.raw()).unwrap().content(), element.content());
    let as_ber = ber::Reader::new(data, limits).unwrap().any().unwrap();
    assert_eq!((as_ber.raw(), as_ber.content()), (element.raw(), element.content()));

    let mut open = vec![reader, element.reader()];
    while let Some(mut reader) = open.pop() {
        while let Ok(element) = reader.any() {
            typed(&element);
            rewritten(&element);
            // As deep as the input is long, without recursion.
            if element.tag().is_constructed() && open.len() < 1000 {
                open.push(element.reader());
            }
        }
    }
}

/// Reads an element as everything that it may be.
fn typed(element: &der::Element<'_>) {
    if let Ok(oid) = element.oid()
        && oid.as_bytes().len() < 100
    {
        assert!(!oid.to_string().is_empty());
    }
    if let Ok(integer) = element.integer() {
        assert!(!integer.is_empty());
    }
    if let Ok(bits) = element.bit_string() {
        assert!(bits.bytes().len() <= element.content().len());
        assert!(bits.whole_bytes().is_none_or(|whole| whole == bits.bytes()));
        // Past the end as well.
        let last = bits.bytes().len() * 8;
        assert!(!bits.bit(last) && !bits.bit(usize::MAX));
        let _ = bits.bit(last.saturating_sub(1));
    }
    if let Ok(time) = UnixTime::from_element(element) {
        assert_eq!(time_again(time), time);
        assert!(!time.to_string().is_empty());
    }
}

/// What is read as a value of its type is written as the bytes that it came in.
fn rewritten(element: &der::Element<'_>) {
    let reader = || der::Reader::new(element.raw());
    if let Ok(value) = reader().small_integer() {
        assert_eq!(Writer::encode(|w| w.small_integer(value)), element.raw());
    }
    if let Ok(value) = reader().boolean() {
        assert_eq!(Writer::encode(|w| w.boolean(value)), element.raw());
    }
    if let Ok(value) = reader().octet_string() {
        assert_eq!(Writer::encode(|w| w.octet_string(value)), element.raw());
    }
    if let Ok(value) = reader().oid() {
        assert_eq!(Writer::encode(|w| w.oid(value)), element.raw());
    }
    if let Ok(value) = reader().bit_string()
        && let Some(whole) = value.whole_bytes()
    {
        assert_eq!(Writer::encode(|w| w.bit_string(whole)), element.raw());
    }
}

fn time_again(time: UnixTime) -> UnixTime {
    let der = Writer::encode(|w| w.time(time));
    UnixTime::from_element(&der::Element::from_der(&der).unwrap()).unwrap()
}

/// PEM: each block written is the block read.
pub fn pem(data: &[u8]) {
    let input = String::from_utf8_lossy(data);
    let Ok(blocks) = text::decode_all(&input, &Limits::DEFAULT) else { return };
    for block in blocks {
        assert!(text::decode(&input, block.label).is_ok());
        let encoded = text::encode(block.label, &block.der);
        assert_eq!(text::decode(&encoded, block.label).as_ref(), Ok(&block.der), "{encoded:?}");
        assert_eq!(text::decode_all(&encoded, &Limits::DEFAULT.with_size(usize::MAX)).unwrap(), [block]);
    }
}
