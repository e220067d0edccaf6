//! Device management.
#![no_std]
