//! SyncML, for Windows.
