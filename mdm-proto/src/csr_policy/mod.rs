//! A CSR beside what it should be.
