//! Windows: the `ClientCertificateInstall` configuration service provider, as SyncML.
//!
//! [`ScepInstall`] is one request: an Atomic that makes the node, adds the values and, last, runs `Enroll`. Once Windows has
//! taken that, the values are frozen: look at [`ScepInstall::status_query`] before sending others under the same
//! [`UniqueId`]. [`ScepInstall::removal`] takes the certificate away. What the query gives is an [`InstallReport`].
//!
//! Windows does not tell by itself when it is done, so the query is to be repeated.
//!
//! # The subject
//!
//! is written for `CertStrToName`: RDNs in the order of the encoding, with commas between; a value is quoted where it is empty,
//! begins or ends with white space, or has one of `,+="<>#;` or a line feed, and a quotation mark in it is doubled. Nothing is escaped with a
//! backslash, which Intune found to break validation.
//!
//! # What Windows' client leaves no choice about
//!
//! RSA keys of 1024, 2048 or 4096 bits; the cipher; a family of digests and not one of it; the SHA-1 thumbprint of the *root* CA,
//! where others take the CA that answers; waiting in whole minutes. It appends `/pkiclient.exe` to the URL.

mod report;
mod scep;
mod subject;
mod unique_id;

pub use report::{Hresult, InstallReport, InstallStatus, ReportError};
pub use scep::ScepInstall;
pub use unique_id::UniqueId;
