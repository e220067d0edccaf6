//! [`Step`]: what to do to the real keystore.

use pki_core::Certificate;

use super::{Entry, EntryId, KeyHandle};

/// One thing to do. Doing it again does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers match, and another step would change what they have to do")]
pub enum Step {
    /// Put this entry there, over what has its id.
    Add(Entry),
    /// Delete the entry with this id, without its key.
    Delete(EntryId),
    /// Delete this key: no entry has it.
    DeleteKey(KeyHandle),
    /// Ask the service to revoke this certificate.
    Revoke(Certificate),
}

/// What becomes of the certificates of a profile that is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are the policies that there are")]
pub enum Removal {
    /// They are deleted from the device, and the CA is not told. Apple's and Windows' devices do so.
    Delete,
    /// They are deleted from the device, and revoked.
    DeleteAndRevoke,
    /// They stay, as with BES10. If the profile comes back, they are replaced as if it had not gone.
    #[default]
    Keep,
}
