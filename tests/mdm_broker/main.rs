//! The broker of challenge passwords.
