//! [`PeerName`]: who is expected at the other end.

use core::{fmt, net::IpAddr};

use super::{
    dns::{self, DnsPattern},
    mail::Mailbox,
    uri::Uri,
};
use crate::{
    cert::Certificate,
    error::DecodeError,
    name::{GeneralName, GeneralNames},
    oid,
};

/// A name that the peer's certificate has to have: a reference identifier of [RFC 9525].
///
/// It is looked for in subjectAltName alone. The subject's commonName is a text for people and never a name of a host
/// ([RFC 9525 section 2]).
///
/// # DNS names
/// [`PeerName::Dns`], by [RFC 9525 section 6.3] and [RFC 6125 section 6.4.3]:
/// - ASCII without regard to case; internationalised labels in their `xn--` form on both sides.
/// - A certificate may have `*` as the whole first label. It stands for exactly one label, and two labels at least have to
///   follow it. Which suffixes are public is not known here.
/// - One dot at the end of the name that is looked for is dropped. A dNSName with one matches nothing, and so does what is no
///   name of a host: labels of letters, digits and hyphens. What ends in a number is an address and no name.
///
/// # Addresses
/// [`PeerName::Ip`]: the octets of an iPAddress are the same. An IPv4 address and its form in IPv6 are different names.
///
/// # Mailboxes
/// [`PeerName::Email`]: an rfc822Name, or a `SmtpUTF8Mailbox` ([RFC 9598 section 5]). Case matters before the `@` and not
/// behind it ([RFC 5280 section 7.5]).
///
/// # URIs
/// [`PeerName::Uri`], by [RFC 6125 section 6.5]:
/// - A scheme and a domain name, like `https://www.example.com`, match every URI with this scheme and host.
/// - A scheme and a domain name without slashes, like `sip:example.com`, match just that.
/// - With anything more, like a port or a path (`spiffe://example.com/payments`), the whole URI has to be the same, but for
///   the case of its scheme.
///
/// # User principal names
/// [`PeerName::Upn`]: an otherName of Microsoft's, without regard to the case of ASCII letters.
///
/// ```
/// # fn example(certificate: &pki_core::Certificate) -> Result<(), pki_core::DecodeError> {
/// use pki_core::chain::PeerName;
///
/// let is_mail_server = PeerName::Dns("mail.example.com").matches(certificate)?;
/// let is_jane = PeerName::Upn("jane@corp.example.com").matches(certificate)?;
/// # Ok(())
/// # }
/// ```
///
/// [RFC 5280 section 7.5]: https://www.rfc-editor.org/rfc/rfc5280#section-7.5
/// [RFC 6125 section 6.4.3]: https://www.rfc-editor.org/rfc/rfc6125#section-6.4.3
/// [RFC 6125 section 6.5]: https://www.rfc-editor.org/rfc/rfc6125#section-6.5
/// [RFC 9525]: https://www.rfc-editor.org/rfc/rfc9525
/// [RFC 9525 section 2]: https://www.rfc-editor.org/rfc/rfc9525#section-2
/// [RFC 9525 section 6.3]: https://www.rfc-editor.org/rfc/rfc9525#section-6.3
/// [RFC 9598 section 5]: https://www.rfc-editor.org/rfc/rfc9598#section-5
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PeerName<'a> {
    /// A host by its DNS name.
    Dns(&'a str),
    /// A mailbox.
    Email(&'a str),
    /// A host by its address.
    Ip(IpAddr),
    /// A user principal name.
    Upn(&'a str),
    /// A service, or a URI.
    Uri(&'a str),
}

impl PeerName<'_> {
    /// Whether `certificate` has this name. That somebody trustworthy says so is for the rest of validation to find out.
    ///
    /// # Errors
    /// If subjectAltName can't be decoded.
    pub fn matches(self, certificate: &Certificate) -> Result<bool, DecodeError> {
        Ok(certificate.subject_alt_name()?.is_some_and(|names| self.is_in(names)))
    }

    fn is_in(self, names: GeneralNames<'_>) -> bool {
        let mut names = names.iter();
        match self {
            Self::Dns(text) => {
                let host = text.strip_suffix('.').unwrap_or(text);
                dns::is_host_name(host)
                    && !dns::ends_in_number(host)
                    && names.any(|name| matches!(name, GeneralName::DnsName(text) if stands_for(text, host)))
            }
            Self::Email(text) => Mailbox::new(text)
                .is_some_and(|wanted| names.any(|name| mailbox(&name).is_some_and(|mailbox| mailbox.is(wanted)))),
            Self::Ip(address) => names.any(|name| name.ip_address() == Some(address)),
            Self::Upn(wanted) => names.any(|name| name.upn().is_some_and(|upn| upn.eq_ignore_ascii_case(wanted))),
            Self::Uri(text) => Uri::new(text).is_some_and(|wanted| {
                names.any(|name| matches!(name, GeneralName::Uri(text) if is_accepted(text, wanted)))
            }),
        }
    }
}

/// What is the same as a name of a host is one; other patterns have to be understood.
fn stands_for(presented: &str, host: &str) -> bool {
    presented.eq_ignore_ascii_case(host) || DnsPattern::new(presented).is_some_and(|pattern| pattern.stands_for(host))
}

fn is_accepted(presented: &str, wanted: Uri<'_>) -> bool {
    Uri::new(presented).is_some_and(|presented| wanted.accepts(presented))
}

fn mailbox<'a>(name: &GeneralName<'a>) -> Option<Mailbox<'a>> {
    match *name {
        GeneralName::Rfc822Name(text) => Mailbox::new(text),
        GeneralName::OtherName { type_id: oid::SMTP_UTF8_MAILBOX, value } => Mailbox::from_utf8_string(value),
        _ => None,
    }
}

impl fmt::Display for PeerName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "the DNS name {name}"),
            Self::Ip(address) => write!(f, "the IP address {address}"),
            Self::Email(mailbox) => write!(f, "the mailbox {mailbox}"),
            Self::Uri(uri) => write!(f, "the URI {uri}"),
            Self::Upn(name) => write!(f, "the user principal name {name}"),
        }
    }
}
