//! [`RevokedIndex`]: how entries are found without decoding the list.

use alloc::{boxed::Box, vec::Vec};

use super::entry::{Entry, RevokedCertificate, directory_name, directory_names};
use crate::{
    der::{Element, Reader},
    error::DecodeError,
    name::{GeneralNames, NameRef},
    oid::Oid,
    signed::Span,
};

/// Where the entries of a CRL lie, sorted by serial number. Positions count from the start of the signed part.
#[derive(Clone, Debug, Default)]
pub(super) struct RevokedIndex {
    /// The contents of `revokedCertificates`.
    list: Span,
    /// By key, then by serial number, then by place: serial numbers that end alike, by chance or made so, cost no more than
    /// comparisons.
    slots: Box<[Slot]>,
    /// From where on entries belong to another issuer, ascending (RFC 5280 section 5.3.3).
    issuers: Box<[IssuerChange]>,
    /// The type of the first critical extension of an entry that nobody knows.
    unknown_critical: Option<Span>,
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    /// The end of the serial number: where these differ, the serial numbers do.
    key: u32,
    /// Where the entry begins.
    place: u32,
}

/// An entry with a certificateIssuer other than the last.
#[derive(Clone, Copy, Debug)]
struct IssuerChange {
    /// Where the entry begins.
    place: u32,
    /// The contents of the `GeneralNames`.
    names: Span,
}

impl RevokedIndex {
    /// Reads `revokedCertificates`, which lie somewhere in `bytes`, whose first byte has position `base`.
    pub(super) fn read(list: &Element<'_>, bytes: &[u8], base: usize) -> Result<Self, DecodeError> {
        let mut slots = Vec::new();
        let mut issuers: Vec<IssuerChange> = Vec::new();
        let mut unknown_critical = None;
        let mut entries = list.reader();
        while !entries.is_empty() {
            let place = to_u32(entries.position().saturating_sub(base));
            let entry = Entry::read(&mut entries)?;
            slots.push(Slot { key: key_of(entry.serial_number.content()), place });
            if entry.extensions.is_empty() {
                continue;
            }
            let extensions = entry.check_extensions().map_err(DecodeError::within("crlEntryExtensions"))?;
            if let Some(element) = extensions.certificate_issuer {
                let names = Span::of_content(&element, base);
                if issuers.last().is_none_or(|last| last.names.of_bytes(bytes) != element.content()) {
                    issuers.push(IssuerChange { place, names });
                }
            }
            if let Some(oid) = extensions.unknown_critical {
                unknown_critical.get_or_insert_with(|| Span::of_content(&oid, base));
            }
        }
        sort(&mut slots, bytes);
        Ok(Self { list: Span::of_content(list, base), slots: slots.into(), issuers: issuers.into(), unknown_critical })
    }
}

#[cfg(test)]
impl RevokedIndex {
    pub(super) fn slots(&self) -> &[impl Sized] {
        &self.slots
    }
}

/// The list where it lies.
#[derive(Clone, Copy)]
pub(super) struct Revoked<'a> {
    bytes: &'a [u8],
    base: usize,
    crl_issuer: NameRef<'a>,
    index: &'a RevokedIndex,
}

impl<'a> Revoked<'a> {
    /// Over `bytes` that `index` is counted in, which begin at `base` in what errors count in.
    pub(super) const fn new(bytes: &'a [u8], base: usize, crl_issuer: NameRef<'a>, index: &'a RevokedIndex) -> Self {
        Self { bytes, base, crl_issuer, index }
    }

    pub(super) const fn len(self) -> usize {
        self.index.slots.len()
    }

    pub(super) fn unknown_critical(self) -> Option<Oid<'a>> {
        Oid::from_bytes(self.index.unknown_critical?.of_bytes(self.bytes))
    }

    pub(super) const fn has_certificate_issuers(self) -> bool {
        !self.index.issuers.is_empty()
    }

    /// In the order of the encoding.
    pub(super) fn iter(self) -> impl Iterator<Item = RevokedCertificate<'a>> + use<'a> {
        let list = self.index.list;
        let mut entries = Reader::at(list.of_bytes(self.bytes), self.base + list.start());
        let mut changes = self.index.issuers.iter().peekable();
        let mut issuer = self.crl_issuer;
        core::iter::from_fn(move || {
            let place = entries.position() - self.base;
            if let Some(change) = changes.next_if(|change| to_usize(change.place) <= place) {
                issuer = self.issuer_name(Some(change));
            }
            RevokedCertificate::read(&mut entries, issuer)
        })
    }

    /// The first entry in the order of the encoding with this serial number and issuer.
    pub(super) fn find(self, serial: &[u8], certificate_issuer: NameRef<'_>) -> Option<RevokedCertificate<'a>> {
        let key = key_of(serial);
        let slots = &self.index.slots;
        let first =
            slots.partition_point(|slot| slot.key < key || (slot.key == key && serial_at(self.bytes, *slot) < serial));
        let same = slots.get(first..).unwrap_or_default().iter();
        let same = same.take_while(|slot| slot.key == key && serial_at(self.bytes, **slot) == serial);

        // The number of the issuer that was last compared in vain.
        let mut refused = None;
        for slot in same {
            let number = self.index.issuers.partition_point(|change| change.place <= slot.place);
            if refused == Some(number) {
                continue;
            }
            let change = number.checked_sub(1).and_then(|last| self.index.issuers.get(last));
            if self.issuer_matches(change, certificate_issuer) {
                let (_, entries) = self.bytes.split_at_checked(to_usize(slot.place))?;
                let mut entries = Reader::at(entries, self.base + to_usize(slot.place));
                return RevokedCertificate::read(&mut entries, self.issuer_name(change));
            }
            refused = Some(number);
        }
        None
    }

    fn issuer_matches(self, change: Option<&IssuerChange>, wanted: NameRef<'_>) -> bool {
        match self.names(change) {
            None => self.crl_issuer.matches(wanted),
            Some(names) => directory_names(names).any(|name| name.matches(wanted)),
        }
    }

    fn issuer_name(self, change: Option<&IssuerChange>) -> NameRef<'a> {
        self.names(change).and_then(directory_name).unwrap_or(self.crl_issuer)
    }

    fn names(self, change: Option<&IssuerChange>) -> Option<GeneralNames<'a>> {
        GeneralNames::from_contents(Reader::new(change?.names.of_bytes(self.bytes))).ok()
    }
}

/// Equal keys, which only chance or malice makes, are put in order by the serial numbers themselves.
fn sort(slots: &mut [Slot], bytes: &[u8]) {
    slots.sort_unstable();
    for same in slots.chunk_by_mut(|left, right| left.key == right.key) {
        if same.len() > 1 {
            same.sort_by(|left, right| serial_at(bytes, *left).cmp(serial_at(bytes, *right)));
        }
    }
}

/// The serial number of an entry that was checked.
fn serial_at(bytes: &[u8], slot: Slot) -> &[u8] {
    let entry = bytes.get(to_usize(slot.place)..).unwrap_or_default();
    let serial = Reader::new(entry).sequence().and_then(|mut fields| fields.integer());
    serial.unwrap_or_default()
}

const fn key_of(serial: &[u8]) -> u32 {
    match *serial {
        [.., a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
        [a, b, c] => u32::from_be_bytes([0, a, b, c]),
        [a, b] => u32::from_be_bytes([0, 0, a, b]),
        [a] => u32::from_be_bytes([0, 0, 0, a]),
        [] => 0,
    }
}

/// CRLs are bounded well below 32 bits.
fn to_u32(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn to_usize(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
