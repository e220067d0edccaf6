//! What the last message holds, unsealed.
//!
//! ```text
//! Content ::= CHOICE {
//!     issued   [0] { certificate Certificate, roots SEQUENCE OF Certificate, chain SEQUENCE OF Certificate, url UTF8String },
//!     refused  [1] { reason INTEGER } }
//! ```

use alloc::{string::String, vec::Vec};

use pki_core::{
    Certificate, DecodeError, DecodeErrorKind,
    der::{Reader, Tag, Writer},
};

use crate::{activation::password::RefusalReason, identity::der};

/// What a service answers a request with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Content {
    Issued(Issued),
    Refused(RefusalReason),
}

/// What a device is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Issued {
    pub(in super::super) certificate: Certificate,
    pub(in super::super) roots: Vec<Certificate>,
    pub(in super::super) chain: Vec<Certificate>,
    pub(in super::super) url: String,
}

impl Content {
    pub(in super::super) fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| match self {
            Self::Issued(issued) => w.constructed(ISSUED, |w| {
                w.raw(issued.certificate.as_der());
                der::write_certificates(w, &issued.roots);
                der::write_certificates(w, &issued.chain);
                der::write_text(w, &issued.url);
            }),
            Self::Refused(reason) => w.constructed(REFUSED, |w| w.small_integer(reason.number())),
        })
    }

    pub(in super::super) fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let (refused, mut fields) = match outer.optional(REFUSED)? {
            Some(refused) => (true, refused.reader()),
            None => (false, outer.nested(ISSUED)?),
        };
        outer.finish()?;
        let content = if refused {
            Self::Refused(RefusalReason::from_number(fields.small_integer()?))
        } else {
            Self::Issued(Issued::decode(&mut fields)?)
        };
        fields.finish()?;
        Ok(content)
    }
}

impl Issued {
    fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let certificate = der::certificate(fields)?;
        let none = fields.error(DecodeErrorKind::Empty);
        let roots = der::certificates(fields, MOST_CERTIFICATES)?;
        if roots.is_empty() {
            return Err(none);
        }
        let chain = der::certificates(fields, MOST_CERTIFICATES)?;
        let not_https = fields.error(DecodeErrorKind::InvalidString);
        let url = der::text(fields)?;
        if is_https(&url) { Ok(Self { certificate, roots, chain, url }) } else { Err(not_https) }
    }
}

/// Whether it is an absolute URL of HTTP over TLS, of printable ASCII.
pub(in super::super) fn is_https(url: &str) -> bool {
    let rest = url.split_at_checked(SCHEME.len()).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME));
    rest.is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with('/'))
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

const SCHEME: &str = "https://";
const ISSUED: Tag = Tag::context_constructed(0);
const REFUSED: Tag = Tag::context_constructed(1);
/// Most roots, and most others.
pub(in super::super) const MOST_CERTIFICATES: usize = 8;
