//! Challenge passwords: one service, four kinds.
