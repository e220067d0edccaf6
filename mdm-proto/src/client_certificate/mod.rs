//! The client certificate of a device: what the service puts into it, first and at renewal.
