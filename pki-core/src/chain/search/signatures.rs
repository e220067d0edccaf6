//! [`Signatures`]: what is known of who signed what.

use alloc::collections::BTreeMap;

use crate::{
    cert::Certificate,
    chain::limits::Budget,
    crypto::{CryptoProvider, VerifyError},
    key::PublicKeyRef,
};

/// Whose key: the number of the CA, and the parameters, which it may have from above.
pub(super) type Signatory<'a> = (usize, Option<&'a [u8]>);

/// Keys and what they have, or have not, signed.
#[derive(Default)]
pub(super) struct Signatures<'a> {
    /// By key and certificate.
    pub(super) known: BTreeMap<(Signatory<'a>, usize), Result<(), VerifyError>>,
    /// Whether some don't hold.
    pub(super) any_bad: bool,
}

impl<'a> Signatures<'a> {
    /// Whether `vertex` is signed by `key`, which is that of `signatory`, checked once; `None` if no check is left.
    pub(super) fn check(
        &mut self,
        signatory: Signatory<'a>,
        key: PublicKeyRef<'a>,
        vertex: (usize, &Certificate),
        crypto: &CryptoProvider,
        budget: &mut Budget,
    ) -> Option<Result<(), VerifyError>> {
        let (vertex, certificate) = vertex;
        if let Some(known) = self.known.get(&(signatory, vertex)) {
            return Some(*known);
        }
        if !budget.signature() {
            return None;
        }
        let result = certificate.verify_signature(key, crypto);
        self.known.insert((signatory, vertex), result);
        self.any_bad |= result.is_err();
        Some(result)
    }

    pub(super) fn is_bad(&self, signatory: Signatory<'a>, vertex: usize) -> bool {
        self.known.get(&(signatory, vertex)).is_some_and(Result::is_err)
    }
}
