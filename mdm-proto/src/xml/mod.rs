//! The part of XML that property lists and SyncML need.
