//! The challenge service, NDES and proxies.
