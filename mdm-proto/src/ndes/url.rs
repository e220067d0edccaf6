//! [`NdesUrl`]: the addresses of an NDES.

use alloc::{format, string::String};
use core::fmt;

/// The addresses of an NDES: for devices, and for passwords. From whichever of them somebody has at hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NdesUrl {
    /// Up to the last slash before `mscep`.
    base: String,
    /// With its question mark; empty if there is none.
    query: String,
}

/// Not the address of an NDES, or no address at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// It has white space or control characters inside, or over 2,048 characters.
    Malformed,
    /// The path is not that of an NDES: `…/mscep/mscep.dll` or `…/mscep_admin/`.
    NotNdes,
    /// It does not begin with `http://` or `https://` and a host.
    NotHttp,
}

impl NdesUrl {
    /// From an address in any of the forms that are seen: with and without `mscep.dll`, `/pkiclient.exe`, and slashes at the end,
    /// in any letter case, for devices or for passwords. A query stays, a fragment goes.
    ///
    /// # Errors
    /// [`InvalidUrl`].
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let (origin, path, query) = split(url)?;
        let path = without_client(path);
        let path = without_segment(path, "mscep.dll").unwrap_or(path);
        let base = without_segment(path, "mscep").or_else(|| without_segment(path, "mscep_admin"));
        Ok(Self { base: format!("{origin}{}/", base.ok_or(InvalidUrl::NotNdes)?), query: query.into() })
    }

    /// Where devices enrol.
    #[must_use]
    pub fn enrolment(&self) -> String {
        format!("{}mscep/mscep.dll{}", self.base, self.query)
    }

    /// Where passwords are.
    #[must_use]
    pub fn admin(&self) -> String {
        format!("{}mscep_admin/{}", self.base, self.query)
    }
}

/// The address of any SCEP server without what clients append: `/pkiclient.exe`, as Windows and Cisco do, and slashes at the end.
/// A query stays, a fragment goes.
///
/// # Errors
/// [`InvalidUrl::Malformed`], [`InvalidUrl::NotHttp`].
pub fn clean_scep_url(url: &str) -> Result<String, InvalidUrl> {
    let (origin, path, query) = split(url)?;
    Ok(format!("{origin}{}{query}", without_client(path)))
}

/// A path without `/pkiclient.exe` and slashes at its end.
pub(crate) fn without_client(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    without_segment(path, "pkiclient.exe").unwrap_or(path)
}

/// Scheme and host; the path with its slash, if there is one; the query with its question mark.
fn split(url: &str) -> Result<(&str, &str, &str), InvalidUrl> {
    let url = url.trim();
    if url.len() > LONGEST || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(InvalidUrl::Malformed);
    }
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let start = url.find('?').unwrap_or(url.len());
    let (before, query) = url.split_at_checked(start).unwrap_or((url, ""));
    let (scheme, rest) = before.split_once("://").ok_or(InvalidUrl::NotHttp)?;
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host = rest.find('/').unwrap_or(rest.len());
    if !is_http || host == 0 || rest.starts_with(':') {
        return Err(InvalidUrl::NotHttp);
    }
    let origin = scheme.len().saturating_add("://".len()).saturating_add(host);
    before.split_at_checked(origin).map(|(origin, path)| (origin, path, query)).ok_or(InvalidUrl::Malformed)
}

/// A path without this segment at its end, in any letter case, and without slashes before that.
fn without_segment<'a>(path: &'a str, segment: &str) -> Option<&'a str> {
    let (before, last) = path.trim_end_matches('/').rsplit_once('/')?;
    last.eq_ignore_ascii_case(segment).then(|| before.trim_end_matches('/'))
}

impl fmt::Display for NdesUrl {
    /// Where devices enrol.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.enrolment())
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the address has characters that none has, or too many",
            Self::NotNdes => "the address is not that of an NDES: it ends in mscep/mscep.dll or mscep_admin/",
            Self::NotHttp => "the address begins with http:// or https:// and a host",
        })
    }
}

impl core::error::Error for InvalidUrl {}

const LONGEST: usize = 2048;
