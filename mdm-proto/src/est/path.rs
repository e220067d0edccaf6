//! [`Function`] and [`Label`]: what stands in the path (RFC 7030 section 3.2.2).

use alloc::{format, string::String};
use core::fmt;

use scep::http::Method;

/// What the last segment of the path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7030 section 3.2.2 has these six")]
pub enum Function {
    /// `/cacerts`: the CA's certificates (section 4.1).
    CaCerts,
    /// `/csrattrs`: what CSRs should have (section 4.5).
    CsrAttrs,
    /// `/fullcmc`: Full CMC (section 4.3). Not done here.
    FullCmc,
    /// `/serverkeygen`: a key made by the server (section 4.4). Not done here.
    ServerKeyGen,
    /// `/simpleenroll`: a certificate (section 4.2.1).
    SimpleEnroll,
    /// `/simplereenroll`: a certificate in place of another (section 4.2.2).
    SimpleReenroll,
}

/// A CA's name in the path, for servers with several CAs: one segment of letters, digits, `-`, `.`, `_` and `~` (the
/// unreserved characters of RFC 3986), 64 at most, and not the name of a [`Function`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Not a [`Label`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidLabel;

/// Why a path is none of EST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// The segment before the function is no label.
    Label,
    /// It does not begin with `/.well-known/est/`.
    NotEst,
    /// The last segment names no function.
    UnknownFunction,
}

impl Function {
    const ALL: [Self; 6] =
        [Self::CaCerts, Self::CsrAttrs, Self::FullCmc, Self::ServerKeyGen, Self::SimpleEnroll, Self::SimpleReenroll];

    /// The segment.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaCerts => "cacerts",
            Self::CsrAttrs => "csrattrs",
            Self::FullCmc => "fullcmc",
            Self::ServerKeyGen => "serverkeygen",
            Self::SimpleEnroll => "simpleenroll",
            Self::SimpleReenroll => "simplereenroll",
        }
    }

    /// From the segment, in the letter case of the RFC.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// How it is asked for.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::CaCerts | Self::CsrAttrs => Method::Get,
            Self::FullCmc | Self::ServerKeyGen | Self::SimpleEnroll | Self::SimpleReenroll => Method::Post,
        }
    }

    /// The path of the request: `/.well-known/est/cacerts`, or with a label `/.well-known/est/label/cacerts`.
    #[must_use]
    pub fn path(self, label: Option<&Label>) -> String {
        match label {
            Some(label) => format!("{PREFIX}{label}/{}", self.name()),
            None => format!("{PREFIX}{}", self.name()),
        }
    }

    /// From a path as it stands in the request line; a query behind it does not count.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn from_path(path: &str) -> Result<(Self, Option<Label>), PathError> {
        let path = path.split_once('?').map_or(path, |(path, _query)| path);
        let rest = path.strip_prefix(PREFIX).ok_or(PathError::NotEst)?;
        let (label, name) = match rest.split_once('/') {
            Some((label, name)) => (Some(label), name),
            None => (None, rest),
        };
        let function = Self::from_name(name).ok_or(PathError::UnknownFunction)?;
        let label = label.map(Label::new).transpose().map_err(|InvalidLabel| PathError::Label)?;
        Ok((function, label))
    }
}

impl Label {
    /// Most characters.
    pub const MAX_LENGTH: usize = 64;

    /// From its text.
    ///
    /// # Errors
    /// [`InvalidLabel`] for what is none.
    pub fn new(text: &str) -> Result<Self, InvalidLabel> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let dots = text.bytes().all(|byte| byte == b'.');
        let valid = !dots && text.len() <= Self::MAX_LENGTH && text.bytes().all(unreserved);
        if valid && Function::from_name(text).is_none() { Ok(Self(text.into())) } else { Err(InvalidLabel) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a CA label: one path segment of 1 to 64 unreserved characters that names no function is")
    }
}

impl core::error::Error for InvalidLabel {}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.name())
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Label => "the path has something that is no CA label",
            Self::NotEst => "the path is not below /.well-known/est/",
            Self::UnknownFunction => "the path names no function of EST",
        })
    }
}

impl core::error::Error for PathError {}

const PREFIX: &str = "/.well-known/est/";

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn rfc7030_s3_2_2_paths_with_and_without_a_label() {
        let label = Label::new("arbitraryLabel1").unwrap();
        assert_eq!(Function::CaCerts.path(None), "/.well-known/est/cacerts");
        assert_eq!(Function::CaCerts.path(Some(&label)), "/.well-known/est/arbitraryLabel1/cacerts");
        for function in Function::ALL {
            for label in [None, Some(label.clone())] {
                assert_eq!(Function::from_path(&function.path(label.as_ref())), Ok((function, label)));
            }
        }
        assert_eq!(Function::from_path("/.well-known/est/cacerts?x=1"), Ok((Function::CaCerts, None)));
    }

    #[test]
    fn rfc7030_s3_2_2_a_label_is_no_function() {
        for text in ["cacerts", "simpleenroll", "", ".", "..", "a/b", "a b", "a%20b", "ä", &"a".repeat(65)] {
            assert_eq!(Label::new(text), Err(InvalidLabel), "{text:?}");
        }
        assert!(InvalidLabel.to_string().contains("label"));
        assert_eq!(Label::new("CaCerts").unwrap().as_str(), "CaCerts");
    }

    #[test]
    fn other_paths_are_refused_by_what_is_wrong() {
        for (path, error) in [
            ("/cacerts", PathError::NotEst),
            ("/.well-known/est", PathError::NotEst),
            ("/.well-known/estcacerts", PathError::NotEst),
            ("/.well-known/est/", PathError::UnknownFunction),
            ("/.well-known/est/CACERTS", PathError::UnknownFunction),
            ("/.well-known/est/a/b/cacerts", PathError::UnknownFunction),
            ("/.well-known/est//cacerts", PathError::Label),
            ("/.well-known/est/../cacerts", PathError::Label),
            ("/.well-known/est/cacerts/cacerts", PathError::Label),
        ] {
            assert_eq!(Function::from_path(path), Err(error), "{path}");
            assert!(!error.to_string().is_empty());
        }
    }
}
