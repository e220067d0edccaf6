//! [`AddressRange`]: iPAddress in constraints.

/// A range of addresses of one IP version, in the style of CIDR (RFC 4632).
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressRange<'a> {
    base: &'a [u8],
    mask: &'a [u8],
}

impl<'a> AddressRange<'a> {
    /// From address and mask (RFC 5280 section 4.2.1.10). `None` for other lengths than 8 and 32, and for masks that have a
    /// one behind a zero.
    pub(super) fn new(octets: &'a [u8]) -> Option<Self> {
        let (base, mask) = octets.split_at_checked(octets.len() / 2)?;
        let mut ended = false;
        let is_prefix = mask.iter().all(|byte| {
            let fits = byte.leading_ones() == byte.count_ones() && (*byte == 0 || !ended);
            ended |= *byte != 0xff;
            fits
        });
        (matches!(octets.len(), 8 | 32) && is_prefix).then_some(Self { base, mask })
    }

    /// Whether the address is of this version and in the range.
    pub(super) fn contains(self, address: &[u8]) -> bool {
        let mut octets = address.iter().zip(self.base).zip(self.mask);
        address.len() == self.base.len() && octets.all(|((address, base), mask)| (address ^ base) & mask == 0)
    }
}
