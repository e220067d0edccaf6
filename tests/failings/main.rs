//! How SCEP has been broken, one test for each failing on record: CVEs and advisories (`published`), what can be read in the
//! source of other implementations (`in_source`), what RFC 8894 section 7 says of itself (`protocol`), and the attacks that
//! any implementation has to stand (`attacks`). Each is named after the failing.

mod attacks;
mod in_source;
mod protocol;
mod published;
