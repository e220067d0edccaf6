use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use pki_core::{Limits, UnixTime};

use super::{Dictionary, ReadErrorKind as Kind, UnwritableCharacter, Value, WriteError, XmlErrorKind};

fn read(body: &str) -> Result<Value, Kind> {
    let document = format!("<?xml version=\"1.0\"?><plist version=\"1.0\">{body}</plist>");
    Value::from_xml(document.as_bytes(), Limits::DEFAULT).map_err(|error| error.kind())
}

#[test]
fn every_type_is_read() {
    let document = "
        <dict>
            <key>array</key><array><true/><false></false><array/></array>
            <key>data</key><data>
                AAEC
                Aw==
            </data>
            <key>date</key><date>2026-11-23T09:08:07Z</date>
            <key>&lt;empty></key><dict/>
            <key>integer</key><integer> -9223372036854775808 </integer>
            <key>real</key><real>1.5e3</real>
            <key>string</key><string> a<!-- -->&amp;b
</string>
        </dict>";
    let value = read(document).unwrap();
    let dictionary = value.as_dictionary().unwrap();
    assert_eq!(dictionary.len(), 7);
    let elements = [Value::Boolean(true), Value::Boolean(false), Value::Array(vec![])];
    assert_eq!(dictionary.find("array").unwrap().as_array(), Some(&elements[..]));
    assert_eq!(elements[0].as_boolean(), Some(true));
    assert_eq!(dictionary.data("data"), Some(&[0, 1, 2, 3][..]));
    let date = UnixTime::from_civil(2026, 11, 23, 9, 8, 7).unwrap();
    assert_eq!(dictionary.find("date"), Some(&Value::Date(date)));
    assert!(dictionary.find("<empty>").unwrap().as_dictionary().unwrap().is_empty());
    assert_eq!(dictionary.integer("integer"), Some(i64::MIN));
    assert_eq!(dictionary.find("real"), Some(&Value::Real(1500.0)));
    assert_eq!(dictionary.string("string"), Some(" a&b\n"));
    assert_eq!(dictionary.string("integer"), None);
}

#[test]
fn what_is_no_property_list_is_refused() {
    for (body, kind) in [
        ("", Kind::NotAPlist),
        ("<true/><true/>", Kind::NotAPlist),
        ("<key>a</key>", Kind::NotAPlist),
        ("<dict><key>a</key></dict>", Kind::Keys),
        ("<dict><key>a</key><key>b</key><true/></dict>", Kind::Keys),
        ("<dict><true/></dict>", Kind::Keys),
        ("<dict><key>a</key><true/><key>&#97;</key><true/></dict>", Kind::DuplicateKey),
        ("<array><key>a</key></array>", Kind::UnknownElement),
        ("<set/>", Kind::UnknownElement),
        ("<array>x</array>", Kind::Xml(XmlErrorKind::Unexpected)),
        ("<string><string/></string>", Kind::Xml(XmlErrorKind::Unexpected)),
        ("<true>x</true>", Kind::InvalidValue),
        ("<integer/>", Kind::InvalidValue),
        ("<integer>9223372036854775808</integer>", Kind::InvalidValue),
        ("<integer>1.5</integer>", Kind::InvalidValue),
        ("<real>x</real>", Kind::InvalidValue),
        ("<data>AAE</data>", Kind::InvalidValue),
        ("<data>AA=E</data>", Kind::InvalidValue),
        ("<date>2026-11-23</date>", Kind::InvalidValue),
        ("<date>2026-02-29T00:00:00Z</date>", Kind::InvalidValue),
        ("<date>2026-11-23T00:00:00</date>", Kind::InvalidValue),
        ("<date>+026-11-23T00:00:00Z</date>", Kind::InvalidValue),
        ("<date>2026-11-23-01T00:00:00Z</date>", Kind::InvalidValue),
    ] {
        assert_eq!(read(body), Err(kind), "{body}");
    }
    let error = Value::from_xml(b"<html/>", Limits::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.position()), (Kind::NotAPlist, 0));
    assert_eq!(error.to_string(), "not a plist with one value at byte 0");
    let error = Value::from_xml(b"<plist><true/></plist><plist/>", Limits::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.position()), (Kind::Xml(XmlErrorKind::TrailingContent), 22));
}

#[test]
fn errors_say_where() {
    let error = Value::from_xml(b"<plist><dict><key>a</key><integer>x</integer></dict></plist>", Limits::DEFAULT);
    assert_eq!(error.unwrap_err().position(), 25);
}

#[test]
fn nesting_ends_at_the_limit_without_recursion() {
    let nested = |levels: usize| format!("{}{}", "<array>".repeat(levels), "</array>".repeat(levels));
    assert!(read(&nested(31)).is_ok());
    assert_eq!(read(&nested(32)), Err(Kind::Xml(XmlErrorKind::TooDeep)));
    let mut limits = Limits::DEFAULT.with_size(usize::MAX);
    limits.depth = 255;
    let document = format!("<plist>{}</plist>", nested(100_000));
    let error = Value::from_xml(document.as_bytes(), limits).unwrap_err();
    assert_eq!(error.kind(), Kind::Xml(XmlErrorKind::TooDeep));
}

/// A hostile dictionary costs no more per key than a small one.
#[test]
fn many_keys_are_compared_in_logarithmic_time() {
    let mut limits = Limits::DEFAULT.with_size(usize::MAX);
    limits.elements = u32::MAX;
    let entries: String = (0..200_000).map(|number| format!("<key>{number}</key><true/>")).collect();
    let value = Value::from_xml(format!("<plist><dict>{entries}</dict></plist>").as_bytes(), limits).unwrap();
    assert_eq!(value.as_dictionary().unwrap().len(), 200_000);
}

/// Written by hand after the property lists that Apple publishes.
#[test]
fn a_document_as_apple_writes_it() {
    let mut inner = Dictionary::new();
    inner.insert("URL", "https://ca.example/scep?a=1&b=2");
    inner.insert("Keysize", 2048_u32);
    inner.insert("CAFingerprint", vec![0xda_u8, 0x39]);
    inner.insert("KeyIsExtractable", false);
    inner.insert("Subject", Value::Array(vec![Value::Array(vec![Value::Array(vec!["CN".into(), "x".into()])])]));
    inner.insert_some("Name", None::<&str>);
    inner.insert("RemovalDate", UnixTime::from_seconds(0));
    inner.insert("Empty", Dictionary::new());
    inner.insert("None", Vec::<Value>::new());
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
<dict>
\t<key>URL</key>
\t<string>https://ca.example/scep?a=1&amp;b=2</string>
\t<key>Keysize</key>
\t<integer>2048</integer>
\t<key>CAFingerprint</key>
\t<data>2jk=</data>
\t<key>KeyIsExtractable</key>
\t<false/>
\t<key>Subject</key>
\t<array>
\t\t<array>
\t\t\t<array>
\t\t\t\t<string>CN</string>
\t\t\t\t<string>x</string>
\t\t\t</array>
\t\t</array>
\t</array>
\t<key>RemovalDate</key>
\t<date>1970-01-01T00:00:00Z</date>
\t<key>Empty</key>
\t<dict/>
\t<key>None</key>
\t<array/>
</dict>
</plist>
";
    let value = Value::from(inner);
    assert_eq!(value.to_xml().unwrap(), expected);
    assert_eq!(Value::from_xml(expected.as_bytes(), Limits::DEFAULT).unwrap(), value);
}

#[test]
fn what_xml_cannot_carry_is_not_written() {
    let error = Value::from("\u{0}").to_xml().unwrap_err();
    assert_eq!(error, WriteError::Character(UnwritableCharacter('\0')));
    assert!(error.to_string().contains("U+0000"));
    let dictionary: Dictionary = [("\u{1b}", true)].into_iter().collect();
    assert_eq!(Value::from(dictionary).to_xml(), Err(WriteError::Character(UnwritableCharacter('\u{1b}'))));
    let time = UnixTime::from_seconds(i64::MAX);
    assert_eq!(Value::from(time).to_xml(), Err(WriteError::Date(time)));
    let deep = (0..252).fold(Value::from(true), |inside, _| Value::Array(vec![inside]));
    assert_eq!(deep.to_xml(), Err(WriteError::TooDeep));
}

#[test]
fn reals_that_are_no_numbers_are_read_back() {
    for real in [f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -0.0] {
        let document = Value::from(real).to_xml().unwrap();
        assert_eq!(Value::from_xml(document.as_bytes(), Limits::DEFAULT).unwrap(), Value::Real(real));
    }
    let document = Value::from(f64::NAN).to_xml().unwrap();
    let Ok(Value::Real(real)) = Value::from_xml(document.as_bytes(), Limits::DEFAULT) else { panic!("no real") };
    assert!(real.is_nan());
}

#[test]
fn inserting_again_replaces_in_place() {
    let mut dictionary: Dictionary = [("a", 1), ("b", 2), ("a", 3)].into_iter().collect();
    dictionary.insert("a", 4);
    assert!(dictionary.iter().eq([("a", &Value::Integer(4)), ("b", &Value::Integer(2))]));
}

#[test]
fn debug_shows_the_shape_and_no_text() {
    let payload: Dictionary =
        [("Challenge", Value::from("hunter2")), ("Retries", Value::from(77)), ("Data", Value::Data(b"abc".to_vec()))]
            .into_iter()
            .collect();
    let shown = format!("{:?}", Value::Array(vec![payload.into(), 1.5.into(), true.into()]));
    let expected = "[{\"Challenge\": String(7 octets), \"Retries\": Integer, \"Data\": Data(3 octets)}, Real, Boolean]";
    assert_eq!(shown, expected);
}
