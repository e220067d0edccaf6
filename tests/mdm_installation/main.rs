//! Installation, identities, trust and the keystore.
