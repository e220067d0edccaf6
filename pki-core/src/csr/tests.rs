//! CSRs.
