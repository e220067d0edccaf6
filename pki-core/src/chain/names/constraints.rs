//! Whether a certificate keeps to the name constraints of a CA above it (RFC 5280 sections 4.2.1.10, 6.1.3 (b) and (c)).

use super::{
    ConstrainedName, NameForm, NamePlace, NameRefused, NameWork,
    presented::{Presented, Problem, Side},
};
use crate::{
    cert::{
        Certificate,
        extension::{GeneralSubtree, NameConstraints},
    },
    der::SequenceOf,
    name::GeneralName,
    oid::{self, Oid},
};

/// Whether `constraints`, those of one certificate, allow all names of `certificate`, which is somewhere below it.
///
/// Names are what RFC 5280 section 4.2.1.10 says: the subject if it is not empty, each name in subjectAltName, and, if no
/// rfc822Name is there, each emailAddress in the subject.
///
/// - A certificate has to satisfy the constraints of each CA above it: asking for each is the intersection of what is
///   permitted and the union of what is excluded, as section 6.1.4 (g) has it.
/// - That most self-issued certificates are exempt (6.1.3) is the caller's business.
/// - A form without permitted subtrees is not restricted to any. Each type of otherName is a form of its own; mailboxes in
///   `SmtpUTF8Mailbox` are of the same form as rfc822Name (RFC 9598 section 6).
/// - What cannot be judged is refused: constraints that are not processed or malformed and malformed names, but all of them
///   only if a name of their form is there.
///
/// # Errors
/// - [`NameRefused::TooMuchWork`] ends the search for paths; the others refuse this certificate below these constraints.
pub(crate) fn check(
    constraints: &NameConstraints<'_>,
    certificate: &Certificate,
    work: &mut NameWork,
) -> Result<(), NameRefused> {
    let mut check = Check { constraints, kinds: constrained_kinds(constraints, work)?, work };
    let subject = certificate.subject();
    if !subject.is_empty() {
        check.name(NamePlace::Subject, &GeneralName::DirectoryName(subject))?;
    }
    let mut has_mailbox = false;
    if let Some(names) = certificate.subject_alt_name().map_err(NameRefused::Undecodable)? {
        for (index, name) in names.iter().enumerate() {
            has_mailbox |= matches!(name, GeneralName::Rfc822Name(_));
            check.name(NamePlace::SubjectAltName { index }, &name)?;
        }
    }
    if has_mailbox || !check.constrains(Kind::Mail) {
        return Ok(());
    }
    let mut addresses = subject.attributes().filter(|attribute| attribute.oid == oid::EMAIL_ADDRESS);
    addresses.try_for_each(|address| {
        let text = address.to_text().unwrap_or_default();
        check.name(NamePlace::EmailAddress, &GeneralName::Rfc822Name(&text))
    })
}

struct Check<'c, 'w> {
    constraints: &'c NameConstraints<'c>,
    kinds: u16,
    work: &'w mut NameWork,
}

impl Check<'_, '_> {
    fn constrains(&self, kind: Kind<'_>) -> bool {
        self.kinds & kind.bit() != 0
    }

    fn name(&mut self, place: NamePlace, name: &GeneralName<'_>) -> Result<(), NameRefused> {
        self.work.spend(1)?;
        let kind = Kind::of(name);
        if !self.constrains(kind) {
            return Ok(());
        }
        let at = ConstrainedName { place, form: NameForm::of(name) };
        let presented = Presented::new(name).ok_or(NameRefused::MalformedName(at))?;
        let NameConstraints { permitted, excluded } = *self.constraints;
        if self.lies_in(excluded, Side::Excluded, kind, &presented, at)? == Some(true) {
            return Err(NameRefused::Excluded(at));
        }
        if self.lies_in(permitted, Side::Permitted, kind, &presented, at)? == Some(false) {
            return Err(NameRefused::NotPermitted(at));
        }
        Ok(())
    }

    /// Whether the name lies in one of the subtrees of its kind; `None` if there is none of that kind. Looks at all, so that
    /// their order has no meaning.
    fn lies_in(
        &mut self,
        subtrees: Option<SequenceOf<'_, GeneralSubtree<'_>>>,
        side: Side,
        kind: Kind<'_>,
        presented: &Presented<'_>,
        at: ConstrainedName,
    ) -> Result<Option<bool>, NameRefused> {
        let mut found = None;
        for subtree in subtrees.into_iter().flat_map(SequenceOf::iter) {
            self.work.spend(1)?;
            if Kind::of(&subtree.base) != kind {
                continue;
            }
            if subtree.minimum != 0 || subtree.maximum.is_some() {
                return Err(NameRefused::NotProcessed(at));
            }
            self.work.spend(presented.cost(&subtree.base))?;
            let inside = presented.lies_in(&subtree.base, side).map_err(|problem| match problem {
                Problem::Malformed => NameRefused::MalformedConstraint(at),
                Problem::Unknown => NameRefused::NotProcessed(at),
            })?;
            found = Some(found == Some(true) || inside);
        }
        Ok(found)
    }
}

/// What has to be the same in a name and a subtree for the one to restrict the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    Address,
    Directory,
    Dns,
    EdiParty,
    Mail,
    Other(Oid<'a>),
    RegisteredId,
    Upn,
    Uri,
    X400,
}

impl<'a> Kind<'a> {
    const fn of(name: &GeneralName<'a>) -> Self {
        match *name {
            GeneralName::OtherName { type_id, .. } => Self::of_other_name(type_id),
            GeneralName::Rfc822Name(_) => Self::Mail,
            GeneralName::DnsName(_) => Self::Dns,
            GeneralName::X400Address(_) => Self::X400,
            GeneralName::DirectoryName(_) => Self::Directory,
            GeneralName::EdiPartyName(_) => Self::EdiParty,
            GeneralName::Uri(_) => Self::Uri,
            GeneralName::IpAddress(_) => Self::Address,
            GeneralName::RegisteredId(_) => Self::RegisteredId,
        }
    }

    const fn of_other_name(type_id: Oid<'a>) -> Self {
        match type_id {
            oid::SMTP_UTF8_MAILBOX => Self::Mail,
            oid::UPN => Self::Upn,
            _ => Self::Other(type_id),
        }
    }

    /// One bit of its own, but for the unknown types of otherName, which share one.
    const fn bit(self) -> u16 {
        match self {
            Self::Address => 1,
            Self::Directory => 1 << 1,
            Self::Dns => 1 << 2,
            Self::EdiParty => 1 << 3,
            Self::Mail => 1 << 4,
            Self::Other(_) => 1 << 5,
            Self::RegisteredId => 1 << 6,
            Self::Upn => 1 << 7,
            Self::Uri => 1 << 8,
            Self::X400 => 1 << 9,
        }
    }
}

/// The bits of all kinds that there are constraints on.
fn constrained_kinds(constraints: &NameConstraints<'_>, work: &mut NameWork) -> Result<u16, NameRefused> {
    let lists = [constraints.permitted, constraints.excluded].into_iter().flatten();
    lists.flat_map(SequenceOf::iter).try_fold(0, |kinds, subtree| {
        work.spend(1)?;
        Ok(kinds | Kind::of(&subtree.base).bit())
    })
}
