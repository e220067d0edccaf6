//! [`Presented`]: a name of a certificate, understood once and then compared with many subtrees.

use super::{address::AddressRange, dns::DnsPattern, mail, upn, uri};
use crate::{
    der::Element,
    name::{GeneralName, NameRef},
    oid,
};

/// A name of a certificate.
#[derive(Debug)]
pub(super) enum Presented<'a> {
    Address(&'a [u8]),
    Directory(NameRef<'a>),
    Dns(DnsPattern<'a>),
    Host(&'a str),
    Mailbox(mail::Mailbox<'a>),
    Principal(upn::Principal<'a>),
    /// Of a form that is not looked into.
    Unknown,
}

/// What a subtree is for. Matters to a name that stands for many, as a wildcard does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Nothing may lie inside.
    Excluded,
    /// Everything has to lie inside.
    Permitted,
}

/// Why a subtree can't be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Its base is none of its form.
    Malformed,
    /// Its form is not processed.
    Unknown,
}

/// Whether `base` can be the base of a `GeneralSubtree`. Forms that are not processed can.
pub(crate) fn is_subtree_base(base: &GeneralName<'_>) -> bool {
    match *base {
        GeneralName::DnsName(text) => DnsPattern::is_subtree(text),
        GeneralName::IpAddress(octets) => AddressRange::new(octets).is_some(),
        GeneralName::OtherName { value, .. } => Element::from_der(value).is_ok(),
        GeneralName::Rfc822Name(text) => text.is_ascii() && mail::Subtree::new(text).is_some(),
        GeneralName::Uri(text) => uri::Subtree::new(text).is_some(),
        GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::X400Address(_) => true,
    }
}

impl<'a> Presented<'a> {
    /// `None` if it is malformed.
    pub(super) fn new(name: &GeneralName<'a>) -> Option<Self> {
        match *name {
            GeneralName::DirectoryName(name) => Some(Self::Directory(name)),
            GeneralName::DnsName(text) => DnsPattern::new(text).map(Self::Dns),
            GeneralName::IpAddress(octets) => Some(Self::Address(octets)),
            GeneralName::Rfc822Name(text) => mail::Mailbox::new(text).map(Self::Mailbox),
            GeneralName::Uri(text) => uri::Uri::new(text)?.domain_name().map(Self::Host),
            GeneralName::OtherName { type_id, value } if type_id == oid::SMTP_UTF8_MAILBOX => {
                mail::Mailbox::from_utf8_string(value).map(Self::Mailbox)
            }
            GeneralName::OtherName { type_id, .. } if type_id == oid::UPN => {
                upn::Principal::new(name.upn()?).map(Self::Principal)
            }
            GeneralName::EdiPartyName(_)
            | GeneralName::OtherName { .. }
            | GeneralName::RegisteredId(_)
            | GeneralName::X400Address(_) => Some(Self::Unknown),
        }
    }

    /// What comparing with `base` costs beyond the look at it. Directory names are the only long ones, and each of their
    /// attributes may be compared with several.
    pub(super) fn cost(&self, base: &GeneralName<'_>) -> usize {
        match (self, base) {
            (Self::Directory(name), GeneralName::DirectoryName(base)) => name.as_der().len().min(base.as_der().len()),
            _ => 1,
        }
    }

    /// Whether it lies in the subtree; what stands for many names lies in an excluded one if any does, and in a permitted one
    /// if all do.
    pub(super) fn lies_in(&self, base: &GeneralName<'_>, side: Side) -> Result<bool, Problem> {
        let inside = match (self, *base) {
            (Self::Address(address), GeneralName::IpAddress(octets)) => {
                AddressRange::new(octets).map(|range| range.contains(address))
            }
            (Self::Directory(name), GeneralName::DirectoryName(base)) => Some(name.lies_below(base)),
            (Self::Dns(pattern), GeneralName::DnsName(text)) => {
                DnsPattern::is_subtree(text).then(|| pattern.lies_in(text, side))
            }
            (Self::Host(host), GeneralName::Uri(text)) => uri::Subtree::new(text).map(|subtree| subtree.contains(host)),
            (Self::Mailbox(mailbox), GeneralName::Rfc822Name(text)) => {
                mail::Subtree::new(text).map(|subtree| subtree.contains(*mailbox))
            }
            (Self::Principal(principal), GeneralName::OtherName { .. }) => {
                return match base.upn() {
                    None => Err(Problem::Malformed),
                    Some(text) => {
                        upn::Subtree::new(&text).map(|subtree| subtree.contains(principal)).ok_or(Problem::Unknown)
                    }
                };
            }
            _ => return Err(Problem::Unknown),
        };
        inside.ok_or(Problem::Malformed)
    }
}
