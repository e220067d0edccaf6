//! [`Capabilities`]: what a CA says that it can do, and the choice of algorithms that follows from it.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    crypto::CryptoProvider,
};

use crate::peer::{Quirk, Quirks};

#[cfg(test)]
mod tests;

/// A keyword of a GetCACaps response (RFC 8894 section 3.5.2, table 7) that this crate knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// `AES`: AES128-CBC as content encryption.
    Aes,
    /// `DES3`: triple DES in CBC mode as content encryption.
    Des3,
    /// `GetNextCACert`: the operation of that name.
    GetNextCaCert,
    /// `POSTPKIOperation`: PKIOperation by HTTP POST.
    PostPkiOperation,
    /// `Renewal`: the RenewalReq message.
    Renewal,
    /// `SHA-1`
    Sha1,
    /// `SHA-256`
    Sha256,
    /// `SHA-384`: not in table 7. strongSwan 5.9 states it, and looks for it before it uses AES.
    Sha384,
    /// `SHA-512`
    Sha512,
    /// `SCEPStandard`: all that RFC 8894 section 2.9 makes mandatory: AES, POSTPKIOperation and SHA-256.
    ScepStandard,
    /// `Update`: the UpdateReq message of drafts before the RFC. Never implied, never stated by us.
    Update,
}

/// What a CA can do: the keywords of a GetCACaps response (RFC 8894 section 3.5.2).
///
/// - Read by whole words, in any letter case, between any ASCII white space. A word that only begins like a keyword is
///   another word.
/// - Byte order marks before a word don't count: a body put together from files may have some.
/// - Unknown words have no effect; the first 64 are kept to be looked at.
/// - Neither content nor media type makes reading fail: a page of HTML says that there are no capabilities, as an HTTP error
///   does (section 3.5.2), for which [`Capabilities::default`] stands.
/// - Written in the spelling and order of table 7, one a line.
///
/// A GetCACaps response is not authenticated: whoever sits between can take words out. What is chosen from it here is at worst
/// triple DES with SHA-1, and only if the [`CryptoProvider`] has them; a client has an
/// [`AlgorithmFloor`](crate::client::AlgorithmFloor) above that.
///
/// ```
/// use scep::{Capabilities, Capability};
///
/// let capabilities = Capabilities::parse(b"SCEPStandard\r\nrenewal\r\nX-Local\r\n")?;
/// assert!(capabilities.supports(Capability::Aes));
/// assert!(capabilities.supports(Capability::Renewal));
/// assert!(!capabilities.supports(Capability::GetNextCaCert));
/// assert_eq!(capabilities.encode(), "Renewal\nSCEPStandard\nX-Local\n");
/// # Ok::<(), pki_core::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Sorted, each once.
    known: Vec<Capability>,
    unknown: Vec<String>,
}

/// Not a keyword that can be added; see [`Capabilities::with_private`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidKeyword;

impl Capability {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 11] = [
        Self::Aes,
        Self::Des3,
        Self::GetNextCaCert,
        Self::PostPkiOperation,
        Self::Renewal,
        Self::Sha1,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::ScepStandard,
        Self::Update,
    ];

    /// The keyword, in the letter case of RFC 8894 table 7.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Aes => "AES",
            Self::Des3 => "DES3",
            Self::GetNextCaCert => "GetNextCACert",
            Self::PostPkiOperation => "POSTPKIOperation",
            Self::Renewal => "Renewal",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::ScepStandard => "SCEPStandard",
            Self::Update => "Update",
        }
    }

    /// From a whole word, in any letter case.
    #[must_use]
    pub fn from_keyword(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.keyword().as_bytes().eq_ignore_ascii_case(word))
    }

    /// Whether stating this says `other` as well: true of itself, and of SCEPStandard for what it stands for (RFC 8894
    /// section 3.5.2).
    #[must_use]
    pub fn implies(self, other: Self) -> bool {
        self == other || (self == Self::ScepStandard && IMPLIED_BY_STANDARD.contains(&other))
    }
}

impl Capabilities {
    /// Most bytes in a response. Real ones have fewer than 200; certmonger refuses more than 1024.
    pub const SIZE_LIMIT: usize = 8192;

    /// Reads the body of a GetCACaps response.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooLarge`] over [`Capabilities::SIZE_LIMIT`], and nothing else.
    pub fn parse(body: &[u8]) -> Result<Self, DecodeError> {
        if body.len() > Self::SIZE_LIMIT {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, Self::SIZE_LIMIT));
        }
        let mut capabilities = Self::default();
        let words = body.split(|byte| is_white_space(*byte)).map(without_marks);
        for word in words.filter(|word| !word.is_empty()) {
            match Capability::from_keyword(word) {
                Some(known) => capabilities.insert(known),
                None if capabilities.unknown.len() < UNKNOWN_KEPT => {
                    capabilities.unknown.push(String::from_utf8_lossy(word).into_owned());
                }
                None => {}
            }
        }
        Ok(capabilities)
    }

    /// What deviates in the body of a GetCACaps response: in keywords that are known.
    #[must_use]
    pub fn quirks(body: &[u8]) -> Quirks {
        let mut seen = Quirks::NONE;
        let body = body.get(..Self::SIZE_LIMIT).unwrap_or(body);
        let mut any = false;
        for line in body.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            for word in line.split(|byte| is_white_space(*byte)) {
                let bare = without_marks(word);
                let Some(known) = Capability::from_keyword(bare) else { continue };
                any = true;
                seen.note(Quirk::CapabilitiesMark, bare.len() != word.len());
                seen.note(Quirk::CapabilitiesCase, bare != known.keyword().as_bytes());
                seen.note(Quirk::CapabilitiesLine, word.len() != line.len());
            }
        }
        seen.note(Quirk::CapabilitiesMissing, !any);
        seen
    }

    /// What a server can state truthfully that uses `crypto`: its digests and ciphers, POSTPKIOperation, and SCEPStandard if
    /// it has AES128-CBC and SHA-256.
    ///
    /// What depends on the application is added by [`with`](Self::with): Renewal and GetNextCACert.
    #[must_use]
    pub fn of(crypto: &CryptoProvider) -> Self {
        let mut capabilities: Self = [Capability::PostPkiOperation].into_iter().collect();
        capabilities
            .extend(DIGESTS.into_iter().filter(|(_, digest)| has_digest(crypto, *digest)).map(|(word, _)| word));
        capabilities
            .extend(CIPHERS.into_iter().filter(|(_, cipher)| has_cipher(crypto, *cipher)).map(|(word, _)| word));
        if IMPLIED_BY_STANDARD.into_iter().all(|needed| capabilities.states(needed)) {
            capabilities.insert(Capability::ScepStandard);
        }
        capabilities
    }

    /// The same with `capability`.
    #[must_use]
    pub fn with(mut self, capability: Capability) -> Self {
        self.insert(capability);
        self
    }

    /// The same with a private keyword, which begins with whose it is: an organisation or a domain name, and a hyphen (RFC
    /// 8894 section 6).
    ///
    /// # Errors
    /// [`InvalidKeyword`] for what would be read as something else: an empty word, one with white space or control
    /// characters, or one of [`Capability::ALL`]; or if there are 64 of them already.
    pub fn with_private(mut self, keyword: &str) -> Result<Self, InvalidKeyword> {
        let plain = !keyword.is_empty() && keyword.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || Capability::from_keyword(keyword.as_bytes()).is_some() || self.unknown.len() >= UNKNOWN_KEPT {
            return Err(InvalidKeyword);
        }
        if !self.states_private(keyword) {
            self.unknown.push(keyword.into());
        }
        Ok(self)
    }

    /// The same without `capability`, also where it was only implied: without AES, SCEPStandard goes too.
    #[must_use]
    pub fn without(mut self, capability: Capability) -> Self {
        self.known.retain(|known| !known.implies(capability));
        self
    }

    /// Whether the CA states `capability`, or something that implies it.
    #[must_use]
    pub fn supports(&self, capability: Capability) -> bool {
        self.known.iter().any(|known| known.implies(capability))
    }

    /// Whether the very word is there.
    #[must_use]
    pub fn states(&self, capability: Capability) -> bool {
        self.known.contains(&capability)
    }

    /// Whether this word is there, in any letter case, that is none of [`Capability::ALL`]: a private one, which begins with
    /// whose it is (RFC 8894 section 6). Looked for among the first 64 such words.
    #[must_use]
    pub fn states_private(&self, keyword: &str) -> bool {
        self.unknown().any(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// The known words, each once, in the order of [`Capability::ALL`].
    pub fn known(&self) -> impl Iterator<Item = Capability> {
        self.known.iter().copied()
    }

    /// The first 64 words that are not known, as received; octets that are not UTF-8 are replaced.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(String::as_str)
    }

    /// The digest to use towards this CA: the first of SHA-256, SHA-512, SHA-384 and SHA-1 that it supports and the provider
    /// has. SHA-256 comes first by RFC 8894 section 3.5.2, SHA-1 last.
    ///
    /// A CA that names no digest is taken to know SHA-1 only, as those before GetCACaps did. MD5 is never chosen. `None` if
    /// nothing is left.
    #[must_use]
    pub fn best_digest(&self, crypto: &CryptoProvider) -> Option<DigestAlgorithm> {
        self.digests().find(|digest| has_digest(crypto, *digest))
    }

    /// The content cipher to use towards this CA: AES128-CBC if it supports AES, else triple DES, whichever the provider
    /// has. AES comes first by RFC 8894 section 3.5.2, and with 128 bits, since that is all that the word promises.
    ///
    /// A CA that names no cipher is taken to know triple DES only. Single DES is never chosen. `None` if nothing is left.
    #[must_use]
    pub fn best_cipher(&self, crypto: &CryptoProvider) -> Option<CipherAlgorithm> {
        self.ciphers().find(|cipher| has_cipher(crypto, *cipher))
    }

    /// The digests that the CA has, the best first; at least one.
    pub(crate) fn digests(&self) -> impl Iterator<Item = DigestAlgorithm> {
        let names_one = DIGESTS.into_iter().any(|(word, _)| self.supports(word));
        let has = move |word| if names_one { self.supports(word) } else { word == Capability::Sha1 };
        DIGESTS.into_iter().filter(move |(word, _)| has(*word)).map(|(_, digest)| digest)
    }

    /// The ciphers that the CA has, the best first; at least one.
    pub(crate) fn ciphers(&self) -> impl Iterator<Item = CipherAlgorithm> {
        let names_one = CIPHERS.into_iter().any(|(word, _)| self.supports(word));
        let has = move |word| if names_one { self.supports(word) } else { word == Capability::Des3 };
        CIPHERS.into_iter().filter(move |(word, _)| has(*word)).map(|(_, cipher)| cipher)
    }

    /// The body of a GetCACaps response: one word a line, each line ended by LF.
    #[must_use]
    pub fn encode(&self) -> String {
        let known = self.known().flat_map(|known| [known.keyword(), "\n"]);
        let mut body: String = known.collect();
        body.extend(self.unknown().flat_map(|word| [word, "\n"]));
        body
    }

    fn insert(&mut self, capability: Capability) {
        if let Err(place) = self.known.binary_search(&capability) {
            self.known.insert(place, capability);
        }
    }
}

impl Extend<Capability> for Capabilities {
    fn extend<I: IntoIterator<Item = Capability>>(&mut self, capabilities: I) {
        capabilities.into_iter().for_each(|capability| self.insert(capability));
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        let mut all = Self::default();
        all.extend(capabilities);
        all
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

impl fmt::Display for Capabilities {
    /// On one line, for people; what is not printable is escaped. [`Capabilities::encode`] makes the response.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known().map(|known| known.to_string());
        let unknown = self.unknown().map(|word| word.escape_debug().to_string());
        for (index, word) in known.chain(unknown).enumerate() {
            f.write_str(if index == 0 { "" } else { " " })?;
            f.write_str(&word)?;
        }
        Ok(())
    }
}

impl fmt::Display for InvalidKeyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a private keyword: visible ASCII characters that are no keyword of the RFC's are")
    }
}

impl core::error::Error for InvalidKeyword {}

const fn is_white_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, VERTICAL_TAB | 0)
}

/// What follows the byte order marks.
fn without_marks(mut word: &[u8]) -> &[u8] {
    while let Some(rest) = word.strip_prefix(BYTE_ORDER_MARK) {
        word = rest;
    }
    word
}

fn has_digest(crypto: &CryptoProvider, digest: DigestAlgorithm) -> bool {
    crypto.digest(digest.oid()).is_some()
}

fn has_cipher(crypto: &CryptoProvider, cipher: CipherAlgorithm) -> bool {
    crypto.cipher(cipher.oid()).is_some()
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const VERTICAL_TAB: u8 = 0x0b;
const UNKNOWN_KEPT: usize = 64;

const IMPLIED_BY_STANDARD: [Capability; 3] = [Capability::Aes, Capability::PostPkiOperation, Capability::Sha256];

/// In the order in which we choose.
const DIGESTS: [(Capability, DigestAlgorithm); 4] = [
    (Capability::Sha256, DigestAlgorithm::SHA256),
    (Capability::Sha512, DigestAlgorithm::SHA512),
    (Capability::Sha384, DigestAlgorithm::SHA384),
    (Capability::Sha1, DigestAlgorithm::SHA1),
];

/// In the order in which we choose.
const CIPHERS: [(Capability, CipherAlgorithm); 2] =
    [(Capability::Aes, CipherAlgorithm::AES128_CBC), (Capability::Des3, CipherAlgorithm::DES_EDE3_CBC)];
