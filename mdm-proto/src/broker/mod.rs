//! A broker that keeps the challenge password from the device.
