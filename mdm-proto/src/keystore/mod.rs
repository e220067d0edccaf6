//! The work keystore of a device, as values.

mod key_handle;

pub use self::key_handle::KeyHandle;
