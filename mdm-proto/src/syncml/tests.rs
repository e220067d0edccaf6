use alloc::{format, string::ToString, vec};
use core::num::NonZeroU32;

use pki_core::Limits;

use super::*;

fn read(document: &str) -> Result<SyncBody, ReadErrorKind> {
    SyncBody::from_xml(document.as_bytes(), Limits::DEFAULT).map_err(|error| error.kind())
}

#[test]
fn commands_are_numbered_in_the_order_of_the_document() {
    let node = Item::new("./a").with_format(Format::Node);
    let value = Item::new("./a/b").with_format(Format::Chr).with_media_type("text/plain").with_data("<&>");
    let body = SyncBody::new([
        Command::Atomic(vec![Command::add(node), Command::replace(value), Command::exec("./a/c")]),
        Command::get(["./x", "./y"]),
    ])
    .with_first_id(NonZeroU32::new(7).unwrap())
    .add_command(Command::delete("./z"));
    let meta = "xmlns=\"syncml:metinf\"";
    let commands = format!(
        "<Atomic><CmdID>7</CmdID>\
         <Add><CmdID>8</CmdID><Item><Target><LocURI>./a</LocURI></Target>\
         <Meta><Format {meta}>node</Format></Meta></Item></Add>\
         <Replace><CmdID>9</CmdID><Item><Target><LocURI>./a/b</LocURI></Target>\
         <Meta><Format {meta}>chr</Format><Type {meta}>text/plain</Type></Meta><Data>&lt;&amp;&gt;</Data></Item></Replace>\
         <Exec><CmdID>10</CmdID><Item><Target><LocURI>./a/c</LocURI></Target></Item></Exec></Atomic>\
         <Get><CmdID>11</CmdID><Item><Target><LocURI>./x</LocURI></Target></Item>\
         <Item><Target><LocURI>./y</LocURI></Target></Item></Get>\
         <Delete><CmdID>12</CmdID><Item><Target><LocURI>./z</LocURI></Target></Item></Delete>"
    );
    assert_eq!(body.commands_to_xml().unwrap(), commands);
    let whole = format!("<SyncBody xmlns=\"SYNCML:SYNCML1.2\">{commands}<Final/></SyncBody>");
    assert_eq!(body.to_xml().unwrap(), whole);
    assert_eq!(read(&whole).unwrap().commands(), body.commands());
}

/// As a Windows client answers: header, alert, statuses, results, prefixes and white space.
#[test]
fn what_a_device_answers_is_read() {
    let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
        <SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><MsgID>2</MsgID></SyncHdr>
        <SyncBody>
          <Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>
          <Alert><CmdID>2</CmdID><Data>1201</Data></Alert>
          <Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd>
            <TargetRef>./x/Status</TargetRef><TargetRef>./x/ErrorCode</TargetRef><Data> 404 </Data></Status>
          <Results><CmdID>5</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>
            <Item><Source><LocURI>./x/Status</LocURI></Source>
              <Meta><m:Format xmlns:m=\"syncml:metinf\">int</m:Format><Size>1</Size></Meta><Data><![CDATA[1]]></Data></Item>
            <Item><Source><LocURI>./x/Other</LocURI><LocName>o</LocName></Source>
              <Meta><Format xmlns=\"syncml:metinf\">other</Format></Meta><Data><DevInf>y</DevInf>z</Data></Item>
          </Results>
          <Final/>
        </SyncBody></SyncML>";
    let body = read(document).unwrap();
    assert_eq!(body.commands().len(), 3);
    let statuses: vec::Vec<_> = body.statuses().collect();
    assert_eq!((statuses[0].command, statuses[0].code), (0, StatusCode::OK));
    assert_eq!((statuses[1].message, statuses[1].command, statuses[1].code), (Some(1), 4, StatusCode::NOT_FOUND));
    assert_eq!((&*statuses[1].name, statuses[1].targets.len()), ("Get", 2));
    assert!(statuses[0].code.is_success() && !statuses[1].code.is_success());
    let results = body.results().next().unwrap();
    assert_eq!((results.message, results.command, results.items.len()), (Some(1), 4, 2));
    assert_eq!(results.items[0], Item::new("./x/Status").with_format(Format::Int).with_data("1"));
    assert_eq!(results.items[1], Item::new("./x/Other").with_data("z"));
    assert_eq!(read(&body.to_xml().unwrap()).unwrap(), body);
}

#[test]
fn what_is_no_message_is_refused() {
    for (document, kind) in [
        ("<a/>", ReadErrorKind::NotSyncMl),
        ("<SyncML/>", ReadErrorKind::NotSyncMl),
        ("<SyncML><SyncBody/><SyncBody/></SyncML>", ReadErrorKind::NotSyncMl),
        ("<SyncBody><Atomic><Atomic/></Atomic></SyncBody>", ReadErrorKind::Nested),
        ("<SyncBody><Atomic><Get/></Atomic></SyncBody>", ReadErrorKind::Nested),
        ("<SyncBody><Status><CmdRef>1</CmdRef></Status></SyncBody>", ReadErrorKind::Missing),
        ("<SyncBody><Status><Data>200</Data></Status></SyncBody>", ReadErrorKind::Missing),
        ("<SyncBody><Results/></SyncBody>", ReadErrorKind::Missing),
        ("<SyncBody><Results><CmdRef>x</CmdRef></Results></SyncBody>", ReadErrorKind::InvalidNumber),
        ("<SyncBody><Status><CmdRef>1</CmdRef><Data>65536</Data></Status></SyncBody>", ReadErrorKind::InvalidNumber),
        ("<SyncBody>x</SyncBody>", ReadErrorKind::Xml(XmlErrorKind::Unexpected)),
        ("<SyncBody>", ReadErrorKind::Xml(XmlErrorKind::Truncated)),
    ] {
        assert_eq!(read(document), Err(kind), "{document}");
    }
    let error = SyncBody::from_xml(b"<SyncBody><Results/></SyncBody>", Limits::DEFAULT).unwrap_err();
    assert_eq!(error.to_string(), "a Status or Results without what it is about at byte 20");
    assert_eq!(error.position(), 20);
}

#[test]
fn what_devices_refuse_is_not_written() {
    for inner in [
        Command::get(["./a"]),
        Command::Atomic(vec![]),
        Command::Results(Results::default()),
        Command::Status(Status {
            message: None,
            command: 1,
            name: "Add".into(),
            targets: vec![],
            code: StatusCode::new(200),
        }),
    ] {
        assert_eq!(SyncBody::new([Command::Atomic(vec![inner])]).to_xml(), Err(WriteError::Nested));
    }
    let body = SyncBody::new([Command::exec("a"), Command::exec("b")]).with_first_id(NonZeroU32::MAX);
    assert_eq!(body.to_xml(), Err(WriteError::TooMany));
    let body = SyncBody::new([Command::exec("a\u{0}")]);
    assert_eq!(body.to_xml(), Err(WriteError::Character(UnwritableCharacter('\0'))));
}

#[test]
fn debug_does_not_show_values() {
    let item = Item::new("./Install/Challenge").with_format(Format::Chr).with_data("hunter2");
    let shown = format!("{:?}", SyncBody::new([Command::add(item)]));
    assert!(shown.contains("Item(./Install/Challenge, chr, 7 octets)"), "{shown}");
    assert!(!shown.contains("hunter2"));
}
