use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use pki_core::Limits;

use super::{Event, Reader, UnwritableCharacter, Writer, XmlErrorKind as Kind, error::XmlError};

/// The whole document, one event a line.
fn events(document: &[u8], limits: Limits) -> Result<String, XmlError> {
    let mut reader = Reader::new(document, limits)?;
    let mut all = Vec::new();
    while let Some(event) = reader.next()? {
        all.push(match event {
            Event::Start(name) => format!("({name}"),
            Event::End(name) => format!("{name})"),
            Event::Text(text) => format!("{text:?}"),
        });
    }
    Ok(all.join(" "))
}

fn read(document: &str) -> String {
    events(document.as_bytes(), Limits::DEFAULT).unwrap()
}

/// What is wrong, and at which byte.
fn fault(document: &str) -> (Kind, usize) {
    let error = events(document.as_bytes(), Limits::DEFAULT).unwrap_err();
    assert!(error.to_string().ends_with(&format!("at byte {}", error.position())));
    (error.kind(), error.position())
}

#[test]
fn elements_text_and_empty_elements() {
    assert_eq!(read("<a><b/>x<b>y</b ></a>"), "(a (b b) \"x\" (b \"y\" b) a)");
    assert_eq!(read("<a x='1' y = \"&lt;]]>\"/>"), "(a a)");
}

#[test]
fn what_is_around_the_root_element_is_passed_over() {
    let document = "\u{feff}<?xml version='1.0' encoding='utf-8' standalone='no'?>\n<!-- - a --><?go?><?go on?>\n\
        <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" 'x' >\n<a/><!--b--> <?c?>\n";
    assert_eq!(read(document), "(a a)");
    assert_eq!(read("<!DOCTYPE a><a/>"), "(a a)");
    assert_eq!(read("<!DOCTYPE a SYSTEM 'x'><a/>"), "(a a)");
}

#[test]
fn a_prefix_is_not_part_of_the_name() {
    assert_eq!(read("<m:Meta xmlns:m='syncml:metinf'><m:Format/></m:Meta>"), "(Meta (Format Format) Meta)");
}

/// XML 1.0 sections 2.4, 2.7, 2.11 and 4.6.
#[test]
fn text_is_decoded() {
    assert_eq!(read("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#x1F600;</a>"), "(a \"<&>\\\"'AB😀\" a)");
    assert_eq!(read("<a>1\r\n2\r3\n4&#13;5</a>"), "(a \"1\\n2\\n3\\n4\\r5\" a)");
    assert_eq!(read("<a>x<![CDATA[<&amp;]]]>y</a>"), "(a \"x\" \"<&amp;]\" \"y\" a)");
    assert_eq!(read("<a>]] > ｡</a>"), "(a \"]] > ｡\" a)");
}

#[test]
fn text_of_an_element_is_joined() {
    let mut reader = Reader::new(b"<a>1<!-- 2 -->3<![CDATA[4]]></a>", Limits::DEFAULT).unwrap();
    assert_eq!(reader.next().unwrap(), Some(Event::Start("a")));
    assert_eq!(reader.text().unwrap(), "134");
    let mut reader = Reader::new(b"<a>1<b/></a>", Limits::DEFAULT).unwrap();
    reader.next().unwrap();
    let error = reader.text().unwrap_err();
    assert_eq!((error.kind(), error.position()), (Kind::Unexpected, 4));
}

#[test]
fn skipping_ends_with_the_element() {
    let mut reader = Reader::new(b"<a><b><b>x</b><c/></b><d/></a>", Limits::DEFAULT).unwrap();
    reader.next().unwrap();
    reader.next().unwrap();
    reader.skip().unwrap();
    assert_eq!(reader.next().unwrap(), Some(Event::Start("d")));
    reader.skip().unwrap();
    assert_eq!(reader.next().unwrap(), Some(Event::End("a")));
}

#[test]
fn entities_and_internal_subsets_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>";
    assert_eq!(fault(bomb), (Kind::Doctype, 12));
    assert_eq!(fault("<a>&b;</a>"), (Kind::InvalidReference, 3));
    for reference in ["&", "&;", "&#;", "&#x;", "&#0;", "&#xD800;", "&#x110000;", "&#+65;", "&#xFFFE;", "&AMP;", "&#65"]
    {
        assert_eq!(fault(&format!("<a>x{reference}</a>")), (Kind::InvalidReference, 4), "{reference}");
        assert_eq!(fault(&format!("<a b='{reference}'/>")), (Kind::InvalidReference, 6), "{reference}");
    }
}

#[test]
fn what_is_malformed_is_refused_where_it_stands() {
    for (document, kind, position) in [
        ("", Kind::Truncated, 0),
        ("x<a/>", Kind::Malformed, 0),
        ("<a", Kind::Truncated, 2),
        ("<a><b></b>", Kind::Truncated, 10),
        ("<a></b>", Kind::Mismatched, 3),
        ("<x:a></y:a>", Kind::Mismatched, 5),
        ("</a>", Kind::Mismatched, 0),
        ("<a/>x", Kind::TrailingContent, 4),
        ("<a/><b/>", Kind::TrailingContent, 4),
        ("<a/><![CDATA[]]>", Kind::Malformed, 4),
        ("<a/><!DOCTYPE a>", Kind::Malformed, 4),
        ("<!DOCTYPE a><!DOCTYPE a><a/>", Kind::Malformed, 12),
        ("<a>]]></a>", Kind::Malformed, 3),
        ("<a b='<'/>", Kind::Malformed, 5),
        ("<a b/>", Kind::Malformed, 4),
        ("<a b=c/>", Kind::Malformed, 5),
        ("<a b='1'c='2'/>", Kind::Malformed, 8),
        ("<a b='1' b='2'/>", Kind::DuplicateAttribute, 9),
        ("<a b='", Kind::Truncated, 6),
        ("< a/>", Kind::Malformed, 1),
        ("<1/>", Kind::Malformed, 1),
        ("<:a/>", Kind::Malformed, 1),
        ("<a:/>", Kind::Malformed, 1),
        ("<a:b:c/>", Kind::Malformed, 1),
        ("<a><!-- -- --></a>", Kind::Malformed, 10),
        ("<a><!--", Kind::Truncated, 7),
        ("<a><?xml version='1.0'?></a>", Kind::Malformed, 5),
        ("<a><?b!?></a>", Kind::Malformed, 5),
        ("<a>\u{1}</a>", Kind::InvalidCharacter, 3),
        ("<a>\u{ffff}</a>", Kind::InvalidCharacter, 3),
        ("<a><![CDATA[\u{0}]]></a>", Kind::InvalidCharacter, 3),
        ("<a><!--\u{8}--></a>", Kind::InvalidCharacter, 7),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>", Kind::Encoding, 5),
        ("<?xml version='1.1'?><a/>", Kind::Malformed, 5),
        ("<?xml encoding='UTF-8'?><a/>", Kind::Malformed, 5),
        (" <?xml version='1.0'?><a/>", Kind::Malformed, 3),
    ] {
        assert_eq!(fault(document), (kind, position), "{document}");
    }
}

#[test]
fn what_is_not_utf_8_is_refused() {
    let error = events(b"<a>\xff</a>", Limits::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.position()), (Kind::InvalidUtf8, 3));
}

#[test]
fn bounds_hold_to_the_element() {
    let mut limits = Limits::DEFAULT.with_size(21);
    (limits.depth, limits.elements, limits.entries) = (2, 3, 1);
    let kind = |document: &str| events(document.as_bytes(), limits).map_err(|error| error.kind());
    assert_eq!(kind("<a><b/><b/></a>     ").unwrap(), "(a (b b) (b b) a)");
    assert_eq!(kind("<a>                   "), Err(Kind::TooLarge));
    assert_eq!(kind("<a><b><c/></b></a>"), Err(Kind::TooDeep));
    assert_eq!(kind("<a><b/><b/><b/></a>"), Err(Kind::TooMany));
    assert_eq!(kind("<a b='' c=''/>"), Err(Kind::TooMany));
}

#[test]
fn what_is_written_is_escaped() {
    let mut writer = Writer::default();
    writer.start_with("a", &[("b", "\"<&>'\t\n\r")]);
    writer.text("\"<&>]]>'\t\n\r");
    writer.leaf("c", "é");
    writer.empty("d");
    writer.end("a");
    let expected = "<a b=\"&quot;&lt;&amp;&gt;'&#9;&#10;&#13;\">\"&lt;&amp;&gt;]]&gt;'\t\n&#13;<c>é</c><d/></a>";
    assert_eq!(writer.finish().unwrap(), expected);
}

#[test]
fn what_cannot_be_written_is_refused() {
    for character in ['\0', '\u{b}', '\u{1b}', '\u{fffe}', '\u{ffff}'] {
        let mut writer = Writer::default();
        writer.text(&format!("a&{character}\u{2}"));
        let error = writer.finish().unwrap_err();
        assert_eq!(error, UnwritableCharacter(character));
        assert!(error.to_string().contains(&format!("U+{:04X}", u32::from(character))));
    }
}
