#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod algorithm;
pub mod ber;
pub mod cert;
pub mod chain;
pub mod cms;
pub mod crl;
pub mod crypto;
pub mod csr;
pub mod der;
pub mod name;
pub mod ocsp;
pub mod oid;
pub mod pem;

mod build_error;
mod error;
mod key;
mod limits;
mod secret;
mod signed;
mod tbs;
mod time;

pub use algorithm::AlgorithmIdentifier;
pub use build_error::{BuildError, OwnedOid};
pub use cert::{Certificate, CertificateBuilder, Profile, SerialNumber, extension};
pub use crl::{Crl, CrlBuilder};
pub use csr::{Csr, CsrBuilder, CsrDigest, CsrOddity};
pub use error::{DecodeError, DecodeErrorKind};
pub use key::{KeyIdentifier, KeyKind, PublicKey, PublicKeyRef};
pub use limits::Limits;
pub use name::{GeneralName, GeneralNames, GeneralNamesBuilder, Name, NameBuilder, NameRef};
pub use oid::Oid;
pub use secret::Secret;
pub use tbs::ToBeSigned;
pub use time::{UnixTime, Validity};
