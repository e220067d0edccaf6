//! Routes, what passes, tokens.
