//! [`AdminPage`]: what `mscep_admin` says.

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use pki_core::UnixTime;
use scep::{client::Fingerprint, http::HttpResponse};

use super::{
    markup::{Piece, pieces},
    text::decode,
};
use crate::challenge::Challenge;

/// What NDES says when it is asked for a password.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminPage {
    /// All places for passwords are taken. One gets free when a password is used, or after an hour.
    CacheFull,
    /// It is the page for devices: ask [`NdesUrl::admin`](super::NdesUrl::admin).
    DevicePage,
    /// The account is known and may not enrol: it wants the right to the templates.
    NoPermission,
    /// Name or password of the account are wrong, or the connection lost them on the way (NTLM does behind some firewalls).
    NotAuthenticated,
    /// Here it is.
    Password(NdesPassword),
    /// Nothing that is known: another address, another product, another language.
    Unknown {
        /// The HTTP status; 200 where only the page was given.
        status: u16,
    },
}

/// A password out of an admin page.
#[derive(Debug, PartialEq, Eq)]
pub struct NdesPassword {
    challenge: Challenge,
    thumbprint: Option<Fingerprint>,
    valid_for: Option<Duration>,
    kind: PasswordKind,
}

/// How often a password can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "once, often, or who knows")]
pub enum PasswordKind {
    /// The page does not say: treat it as one for a single use.
    NotSaid,
    /// Once.
    OneTime,
    /// By every device, for ever: the mode of `UseSinglePassword`.
    Shared,
}

/// Wordings that a page is known by, in lower case, of which there are no others to tell by. Values are found without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax, for other languages")]
pub struct Phrases<'a> {
    /// Of a full cache.
    pub cache_full: &'a str,
    /// Of an account that may not enrol.
    pub no_permission: &'a str,
    /// Before a password.
    pub password: &'a str,
    /// Before a thumbprint.
    pub thumbprint: &'a str,
    /// Of a password for a single use.
    pub once: &'a str,
    /// Of a password for every device.
    pub often: &'a str,
}

impl AdminPage {
    /// Largest page that is read, in octets. NDES' has about 3,000.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// Reads an answer.
    #[must_use]
    pub fn read(answer: &HttpResponse) -> Self {
        Self::read_with(answer, &Phrases::ENGLISH)
    }

    /// Reads a page.
    #[must_use]
    pub fn read_body(page: &[u8]) -> Self {
        Self::read_page(page, 200, &Phrases::ENGLISH)
    }

    /// Reads an answer by a server that speaks another language. A password for one use is found in any.
    #[must_use]
    pub fn read_with(answer: &HttpResponse, phrases: &Phrases<'_>) -> Self {
        match answer.status {
            401 => Self::NotAuthenticated,
            403 => Self::NoPermission,
            200..=299 => Self::read_page(&answer.body, answer.status, phrases),
            status => Self::Unknown { status },
        }
    }

    fn read_page(page: &[u8], status: u16, phrases: &Phrases<'_>) -> Self {
        let unknown = Self::Unknown { status };
        if page.len() > Self::MAX_SIZE {
            return unknown;
        }
        let pieces = pieces(&decode(page));
        if let Some(password) = NdesPassword::find(&pieces, phrases) {
            return Self::Password(password);
        }
        let text = joined(&pieces).to_lowercase();
        if text.contains(phrases.cache_full) {
            Self::CacheFull
        } else if text.contains(phrases.no_permission) {
            Self::NoPermission
        } else if text.contains("mscep_admin") {
            Self::DevicePage
        } else {
            unknown
        }
    }
}

impl NdesPassword {
    /// The password.
    #[must_use]
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The password, to be given away.
    #[must_use]
    pub fn into_challenge(self) -> Challenge {
        self.challenge
    }

    /// The thumbprint of the CA's certificate; NDES gives MD5. `None` where the page has none, as Okta's.
    #[must_use]
    pub const fn thumbprint(&self) -> Option<&Fingerprint> {
        self.thumbprint.as_ref()
    }

    /// How long it is good for, if the page says so.
    #[must_use]
    pub const fn valid_for(&self) -> Option<Duration> {
        self.valid_for
    }

    /// How often it can be used.
    #[must_use]
    pub const fn kind(&self) -> PasswordKind {
        self.kind
    }

    /// Until when to give it to a device, if it was got at `fetched`: three minutes, or a twentieth, less than it is good for.
    /// Where the page does not say, an hour is. [`UnixTime::NO_EXPIRATION`] for one that is shared.
    #[must_use]
    pub fn usable_until(&self, fetched: UnixTime) -> UnixTime {
        let valid_for = match self.kind {
            PasswordKind::Shared => return UnixTime::NO_EXPIRATION,
            _ => self.valid_for.unwrap_or(super::cache::VALIDITY),
        };
        fetched.plus(super::cache::usable(valid_for))
    }

    /// The values stand in bold, the thumbprint first. Words before them tell which is which; where the words are others, the
    /// form of the values has to do.
    fn find(pieces: &[Piece], phrases: &Phrases<'_>) -> Option<Self> {
        let value = labelled(pieces, phrases.password).or_else(|| by_form(pieces))?;
        let challenge = Challenge::from_text(value.text.as_bytes()).ok()?;
        let thumbprint = pieces.iter().take(value.index).find_map(|piece| thumbprint(&piece.text));
        let thumbprint = thumbprint.or_else(|| thumbprint_in_sentence(pieces, phrases));
        let (valid_for, kind) = conditions(pieces, &value, phrases);
        Some(Self { challenge, thumbprint, valid_for, kind })
    }
}

/// A password, and where it stands.
struct Value<'a> {
    text: &'a str,
    /// The piece that has it.
    index: usize,
    /// The rest of that piece.
    rest: &'a str,
}

/// The word behind a phrase: in the same piece, or as the whole of the next.
fn labelled<'a>(pieces: &'a [Piece], phrase: &str) -> Option<Value<'a>> {
    let (index, behind) = pieces.iter().enumerate().find_map(|(index, piece)| {
        let behind = after_phrase(&piece.text, phrase)?;
        Some((index, behind.trim_start_matches(|c: char| c == ':' || c.is_whitespace())))
    })?;
    if behind.is_empty() {
        let index = index.checked_add(1)?;
        let text = pieces.get(index).map(|piece| piece.text.as_str()).filter(|text| !text.contains(' '))?;
        return (text.len() >= 4).then_some(Value { text, index, rest: "" });
    }
    let (text, rest) = behind.split_once(' ').unwrap_or((behind, ""));
    let text = text.trim_end_matches('.');
    let is_value = text.len() >= 8 && (is_hexadecimal(text) || text.bytes().any(|byte| byte.is_ascii_digit()));
    is_value.then_some(Value { text, index, rest })
}

/// The first in bold behind the thumbprint, if it has hexadecimal digits only.
fn by_form(pieces: &[Piece]) -> Option<Value<'_>> {
    let thumbprint_at = pieces.iter().position(|piece| piece.is_bold && thumbprint(&piece.text).is_some())?;
    let mut behind = pieces.iter().enumerate().skip(thumbprint_at.checked_add(1)?);
    let (index, piece) = behind.find(|(_, piece)| piece.is_bold)?;
    let is_value = piece.text.len() >= 8 && is_hexadecimal(&piece.text);
    is_value.then_some(Value { text: &piece.text, index, rest: "" })
}

/// What follows a phrase of ASCII, in any letter case.
fn after_phrase<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(phrase)?;
    text.get(at.checked_add(phrase.len())?..)
}

/// Where nothing is in bold: the groups of digits in the sentence that has the word.
fn thumbprint_in_sentence(pieces: &[Piece], phrases: &Phrases<'_>) -> Option<Fingerprint> {
    let sentence = pieces.iter().find_map(|piece| after_phrase(&piece.text, phrases.thumbprint))?;
    let is_group = |word: &&str| word.len() >= 8 && is_hexadecimal(word);
    let groups: String = sentence.split(' ').skip_while(|word| !is_group(word)).take_while(is_group).collect();
    thumbprint(&groups)
}

/// A thumbprint by its form: hexadecimal digits as many as a hash has, in groups or not.
fn thumbprint(text: &str) -> Option<Fingerprint> {
    let digits: String = text.split(' ').collect();
    let is_hash = matches!(digits.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hexadecimal(&digits);
    if is_hash { Fingerprint::from_hex(&digits).ok() } else { None }
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What the rest of the sentence, or the paragraph behind the password, says of it.
fn conditions(pieces: &[Piece], value: &Value<'_>, phrases: &Phrases<'_>) -> (Option<Duration>, PasswordKind) {
    let behind = || pieces.iter().skip(value.index.saturating_add(1)).take(MOST_PIECES);
    let paragraph = behind().next().map(|piece| piece.paragraph);
    let sentence = behind().take_while(|piece| Some(piece.paragraph) == paragraph);
    let text = sentence.fold(String::from(value.rest), |text, piece| text + " " + &piece.text).to_lowercase();
    if text.contains(phrases.often) {
        return (None, PasswordKind::Shared);
    }
    let number = text.split(|c: char| !c.is_ascii_alphanumeric()).find_map(|word| word.parse::<u16>().ok());
    let minutes = number.filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
    let valid_for = minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    let kind =
        if valid_for.is_some() || text.contains(phrases.once) { PasswordKind::OneTime } else { PasswordKind::NotSaid };
    (valid_for, kind)
}

fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ")
}

impl Phrases<'static> {
    /// As NDES has them in English, and Okta.
    pub const ENGLISH: Self = Self {
        cache_full: "password cache is full",
        no_permission: "not have sufficient permission",
        password: "challenge password is",
        thumbprint: "thumbprint",
        once: "only once",
        often: "multiple times",
    };
}

impl Default for Phrases<'static> {
    fn default() -> Self {
        Self::ENGLISH
    }
}

/// A week.
const MOST_MINUTES: u16 = 7 * 24 * 60;
/// Pieces in which conditions are looked for.
const MOST_PIECES: usize = 16;
