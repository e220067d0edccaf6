//! Installation, identities, client certificates, trust and the keystore, with real keys; OpenSSL as the oracle.

mod authenticate;
mod crash;
mod device;
mod issue;
mod model;
mod openssl;
mod profiles;
mod renewal;
mod rollover;
mod schedule;
mod server;
mod trust;
mod world;
