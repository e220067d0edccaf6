//! Decisions about the lives of certificates, against a simple model.
