//! What NDES says.

use mdm_proto::{
    challenge::Challenge,
    ndes::{AdminPage, NdesUrl, PasswordKind, clean_scep_url},
    proxy::Route,
};
use pki_core::UnixTime;
use scep::http::HttpResponse;

/// A page: the first octet chooses the encoding it is read in. The same page in UTF-8, UTF-16 of either order, with and without a
/// byte order mark, says the same. An address that is read is written as one that is read as the same.
pub fn mscep_admin(data: &[u8]) {
    let page = AdminPage::read_body(data);
    assert_eq!(page, AdminPage::read(&HttpResponse::new(200, "", data)));
    look_at(&page, data.len());

    let text = String::from_utf8_lossy(data);
    if let Ok(url) = NdesUrl::parse(&text) {
        for again in [url.enrolment(), url.admin(), url.enrolment() + "/pkiclient.exe"] {
            if again.len() <= 2048 && !again.contains('?') {
                assert_eq!(NdesUrl::parse(&again).as_ref(), Ok(&url), "{again}");
            }
        }
    }
    if let Ok(clean) = clean_scep_url(&text) {
        assert!(clean.len() <= text.len());
    }
    if let Ok(route) = Route::parse("/p", &text) {
        assert!(!route.device().is_empty() && !route.token().expose().is_empty());
    }

    // Markup is what makes it a page: without zeros, and with enough ASCII to know UTF-16 by.
    let text = format!("<html> {} ", text.replace(['\0', '\u{feff}'], ""));
    if text.len() * 2 + 4 > AdminPage::MAX_SIZE {
        return;
    }
    let expected = AdminPage::read_body(text.as_bytes());
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for (mark, body) in [
        (&b""[..], &little[..]),
        (b"\xff\xfe", &little),
        (b"", &big),
        (b"\xfe\xff", &big),
        (b"\xef\xbb\xbf", text.as_bytes()),
    ] {
        assert_eq!(AdminPage::read_body(&[mark, body].concat()), expected);
    }
}

fn look_at(page: &AdminPage, length: usize) {
    let AdminPage::Password(password) = page else { return };
    assert!((1..=Challenge::LONGEST.min(length)).contains(&password.challenge().expose().len()));
    let now = UnixTime::from_seconds(1_795_424_400);
    let until = password.usable_until(now);
    match (password.kind(), password.valid_for()) {
        (PasswordKind::Shared, valid_for) => assert_eq!((until, valid_for), (UnixTime::NO_EXPIRATION, None)),
        (_, Some(valid_for)) => assert!(now < until && until < now.plus(valid_for)),
        (_, None) => assert!(now < until),
    }
    assert!(!format!("{page:?}").contains(password.challenge().expose()) || password.challenge().expose().len() < 24);
}
