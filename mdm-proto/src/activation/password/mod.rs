//! By password: SPAKE2+ (RFC 9383).
