//! [`MediaType`]: the content types of SCEP.

use core::fmt;

/// A content type that RFC 8894 section 4 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// `application/x-x509-next-ca-cert`: a GetNextCACert response.
    NextCaCert,
    /// `application/x-pki-message`: a pkiMessage, either way.
    PkiMessage,
    /// `text/plain`: a GetCACaps response.
    TextPlain,
    /// `application/x-x509-ca-cert`: the one certificate of a CA.
    X509CaCert,
    /// `application/x-x509-ca-ra-cert`: several certificates of a CA, in a certificates-only SignedData.
    X509CaRaCert,
}

impl MediaType {
    const ALL: [Self; 5] = [Self::NextCaCert, Self::PkiMessage, Self::TextPlain, Self::X509CaCert, Self::X509CaRaCert];

    /// The value of `Content-Type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NextCaCert => "application/x-x509-next-ca-cert",
            Self::PkiMessage => "application/x-pki-message",
            Self::TextPlain => "text/plain",
            Self::X509CaCert => "application/x-x509-ca-cert",
            Self::X509CaRaCert => "application/x-x509-ca-ra-cert",
        }
    }

    /// From the value of `Content-Type`, in any letter case; parameters such as `charset` are ignored (RFC 9110 section
    /// 8.3.1).
    #[must_use]
    pub fn from_content_type(value: &str) -> Option<Self> {
        let essence = value.split_once(';').map_or(value, |(essence, _)| essence).trim();
        Self::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(essence))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
