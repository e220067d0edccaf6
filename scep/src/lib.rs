//! SCEP (RFC 8894).
#![no_std]
