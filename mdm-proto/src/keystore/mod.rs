//! The work keystore, as values.
