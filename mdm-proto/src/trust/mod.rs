//! CA certificates for a device, by purpose.
