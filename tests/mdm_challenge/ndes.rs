//! NDES: pages, addresses, the cache.

use std::{fs, path::PathBuf, time::Duration};

use mdm_proto::ndes::{
    AdminPage, CacheAdvice, InvalidUrl, NdesPassword, NdesUrl, PasswordCache, PasswordKind, Phrases, clean_scep_url,
};
use pki_core::UnixTime;
use scep::http::HttpResponse;

use crate::{after, now};

const MD5_OF_ABC: &str = "90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72";
const HOUR: Option<Duration> = Some(Duration::from_secs(3600));

fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "data", "ndes", name].iter().collect();
    fs::read(path).expect(name)
}

fn password(name: &str) -> NdesPassword {
    match AdminPage::read_body(&fixture(name)) {
        AdminPage::Password(password) => password,
        page => panic!("{name}: {page:?}"),
    }
}

#[test]
fn every_encoding_reads_the_same() {
    for name in ["utf8", "utf8-bom", "utf16le", "utf16le-bom", "utf16be", "utf16be-bom"] {
        let password = password(&format!("password-{name}.html"));
        assert_eq!(password.challenge().expose(), "0123456789ABCDEF", "{name}");
        assert_eq!(password.thumbprint().expect("a thumbprint").to_string(), MD5_OF_ABC, "{name}");
        assert_eq!((password.kind(), password.valid_for()), (PasswordKind::OneTime, HOUR), "{name}");
        assert_eq!(password.usable_until(now()), after(57 * 60), "{name}");
    }
}

#[test]
fn other_white_space_letter_case_and_markup() {
    let spaced = password("password-spaced.html");
    assert_eq!(spaced.challenge().expose(), "0123456789abcdef");
    assert_eq!(spaced.thumbprint().expect("a thumbprint").to_string(), MD5_OF_ABC);
    assert_eq!(spaced.valid_for(), Some(Duration::from_secs(1800)));
    assert_eq!(spaced.usable_until(now()), after(1800 - 90), "a twentieth less");
    let plain = password("password-plain.html");
    assert_eq!(plain.challenge().expose(), "0123456789ABCDEF");
    assert_eq!(plain.thumbprint().expect("a thumbprint").to_string(), MD5_OF_ABC);
    assert_eq!((plain.kind(), plain.valid_for()), (PasswordKind::OneTime, HOUR));
}

#[test]
fn values_are_found_in_any_language() {
    let german = password("password-german.html");
    assert_eq!(german.challenge().expose(), "0123456789ABCDEF");
    assert_eq!(german.thumbprint().expect("a thumbprint").to_string(), MD5_OF_ABC);
    assert_eq!((german.kind(), german.valid_for()), (PasswordKind::OneTime, HOUR));
    let japanese = password("password-japanese.html");
    assert_eq!(japanese.challenge().expose(), "0123456789ABCDEF");
    assert_eq!(japanese.thumbprint().expect("a thumbprint").as_bytes().len(), 20);
}

#[test]
fn kb959193_the_password_that_is_one_for_all() {
    let shared = password("password-shared.html");
    assert_eq!((shared.kind(), shared.valid_for()), (PasswordKind::Shared, None));
    assert_eq!(shared.usable_until(now()), UnixTime::NO_EXPIRATION);
}

#[test]
fn okta_has_no_thumbprint_and_says_nothing_of_time() {
    let okta = password("password-okta.html");
    assert_eq!(okta.challenge().expose(), "ABC123XYZ789");
    assert_eq!((okta.thumbprint(), okta.valid_for(), okta.kind()), (None, None, PasswordKind::NotSaid));
    assert_eq!(okta.usable_until(now()), after(57 * 60));
    assert_eq!(okta.into_challenge().expose(), "ABC123XYZ789");
}

#[test]
fn what_is_no_password() {
    assert_eq!(AdminPage::read_body(&fixture("cache-full.html")), AdminPage::CacheFull);
    assert_eq!(AdminPage::read_body(&fixture("no-permission.html")), AdminPage::NoPermission);
    assert_eq!(AdminPage::read_body(&fixture("device-page.html")), AdminPage::DevicePage);
    let unknown = AdminPage::Unknown { status: 200 };
    for name in ["login.html", "password-missing.html"] {
        assert_eq!(AdminPage::read_body(&fixture(name)), unknown, "{name}");
    }
    for page in [&b""[..], b"\xff\xfe", b"<", b"<b", b"<!--", b"\0\0\0\0", &[b'x'; 65_537]] {
        assert_eq!(AdminPage::read_body(page), unknown);
    }
    let mut large = fixture("password-utf8.html");
    large.resize(AdminPage::MAX_SIZE + 1, b' ');
    assert_eq!(AdminPage::read_body(&large), unknown);
}

#[test]
fn statuses() {
    let read = |status, name| AdminPage::read(&HttpResponse::new(status, "text/html", fixture(name)));
    assert_eq!(read(401, "password-utf8.html"), AdminPage::NotAuthenticated);
    assert_eq!(read(403, "password-utf8.html"), AdminPage::NoPermission);
    assert_eq!(read(500, "password-utf8.html"), AdminPage::Unknown { status: 500 });
    assert!(matches!(read(200, "password-utf16le.html"), AdminPage::Password(_)));
}

#[test]
fn failures_in_another_language_by_phrases() {
    let german = Phrases { cache_full: "kennwortcache ist voll", ..Phrases::default() };
    let page = HttpResponse::new(200, "text/html", "<P> Der Kennwortcache ist VOLL. </P>");
    assert_eq!(AdminPage::read_with(&page, &german), AdminPage::CacheFull);
    assert_eq!(AdminPage::read(&page), AdminPage::Unknown { status: 200 });
}

#[test]
fn no_password_is_shown() {
    let shown = format!("{:?}", AdminPage::read_body(&fixture("password-utf8.html")));
    assert!(!shown.contains("0123456789ABCDEF"), "{shown}");
}

#[test]
fn addresses_in_any_form() {
    for url in [
        "https://ndes.example.com/certsrv/mscep/mscep.dll",
        "https://ndes.example.com/certsrv/mscep/mscep.dll/",
        "https://ndes.example.com/certsrv/mscep/mscep.dll/pkiclient.exe",
        "https://ndes.example.com/certsrv/mscep/MSCEP.DLL/PKIClient.exe/",
        "https://ndes.example.com/certsrv/mscep",
        "https://ndes.example.com/certsrv/mscep/",
        "https://ndes.example.com/certsrv/mscep_admin",
        "https://ndes.example.com/certsrv/mscep_admin/",
        "https://ndes.example.com/certsrv/mscep_admin/mscep.dll",
        "  https://ndes.example.com/certsrv//mscep///mscep.dll//#top",
    ] {
        let parsed = NdesUrl::parse(url).expect(url);
        assert_eq!(parsed.enrolment(), "https://ndes.example.com/certsrv/mscep/mscep.dll", "{url}");
        assert_eq!(parsed.admin(), "https://ndes.example.com/certsrv/mscep_admin/", "{url}");
        assert_eq!(parsed.to_string(), parsed.enrolment());
    }
    let query = NdesUrl::parse("http://[::1]:8080/CertSrv/mscep/?a=b/c&d").expect("a query");
    assert_eq!(query.enrolment(), "http://[::1]:8080/CertSrv/mscep/mscep.dll?a=b/c&d");
    assert_eq!(query.admin(), "http://[::1]:8080/CertSrv/mscep_admin/?a=b/c&d");
    // Without the directory above.
    assert_eq!(NdesUrl::parse("http://ndes/mscep").expect("short").admin(), "http://ndes/mscep_admin/");
}

#[test]
fn addresses_that_are_none() {
    for (url, error) in [
        ("", InvalidUrl::NotHttp),
        ("ndes.example.com/certsrv/mscep", InvalidUrl::NotHttp),
        ("ftp://ndes.example.com/certsrv/mscep", InvalidUrl::NotHttp),
        ("https:///certsrv/mscep", InvalidUrl::NotHttp),
        ("https://:443/certsrv/mscep", InvalidUrl::NotHttp),
        ("http://mscep", InvalidUrl::NotNdes),
        ("https://ca.example.com/scep", InvalidUrl::NotNdes),
        ("https://ca.example.com/mscep_administrator/", InvalidUrl::NotNdes),
        ("https://ndes.example.com/cert srv/mscep", InvalidUrl::Malformed),
        ("https://ndes.example.com/\r\nx/mscep", InvalidUrl::Malformed),
    ] {
        assert_eq!(NdesUrl::parse(url), Err(error), "{url}");
    }
    assert_eq!(NdesUrl::parse(&format!("https://x/{}/mscep", "a".repeat(2048))), Err(InvalidUrl::Malformed));
    assert_eq!(
        clean_scep_url("https://ca.example.com/scep/pkiclient.exe").as_deref(),
        Ok("https://ca.example.com/scep")
    );
    assert_eq!(clean_scep_url("https://ca.example.com/scep/?x=1#y").as_deref(), Ok("https://ca.example.com/scep?x=1"));
    assert_eq!(clean_scep_url("https://ca.example.com").as_deref(), Ok("https://ca.example.com"));
    assert_eq!(clean_scep_url("ca.example.com"), Err(InvalidUrl::NotHttp));
}

#[test]
fn five_places_for_an_hour() {
    let mut cache = PasswordCache::new();
    for minute in 0..5 {
        assert_eq!(cache.advice(after(minute * 60)), CacheAdvice::Ask);
        cache.fetched(after(minute * 60));
    }
    assert_eq!(cache.advice(after(300)), CacheAdvice::WaitUntil(after(3600)));
    // A device enrols, rightly or not.
    let mut used = cache.clone();
    used.used(after(60));
    assert_eq!(used.advice(after(300)), CacheAdvice::Ask);
    // The hour of the first is over.
    assert_eq!(cache.advice(after(3599)), CacheAdvice::WaitUntil(after(3600)));
    assert_eq!(cache.advice(after(3600)), CacheAdvice::Ask);
    cache.fetched(after(3600));
    assert_eq!(cache.advice(after(3600)), CacheAdvice::WaitUntil(after(3660)));
    assert_eq!(cache.usable_until(now()), after(57 * 60));
    cache.restarted();
    assert_eq!(cache.advice(after(3600)), CacheAdvice::Ask);
}

#[test]
fn others_have_places_too() {
    let mut cache = PasswordCache::new();
    cache.full(now());
    // A fifth of an hour, on average.
    assert_eq!(cache.advice(now()), CacheAdvice::WaitUntil(after(720)));
    assert_eq!(cache.advice(after(720)), CacheAdvice::Ask);
    cache.fetched(after(720));
    cache.full(after(4000));
    assert_eq!(cache.advice(after(4000)), CacheAdvice::WaitUntil(after(4320)), "ours ends before that");
    cache.used(after(720));
    assert_eq!(cache.advice(after(4000)), CacheAdvice::Ask);
    let one = PasswordCache::new().with_limits(0, Duration::from_secs(600));
    assert_eq!(one.usable_until(now()), after(570));
}
