//! Profiles: what a device is to have, whatever its platform.
