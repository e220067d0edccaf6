//! The bodies of the fuzz targets: plain functions of bytes that panic where something is wrong.
//!
//! `targets/` has a binary for each, and the package `conformance` includes this file to replay the corpus with the stable
//! compiler. A parser's target asserts more than that it returns: what was read and is written again is the same, twice
//! the same, and no longer than what came in. A dialogue's target decodes its input into operations, some of which answer
//! as a right peer would, some nearly so, and some with the raw bytes; its assertions are the promises that the
//! documentation makes.
//!
//! All cryptography is [`fake`], so that signatures and envelopes keep nobody out.

mod client;
mod cms;
mod codec;
mod fake;
mod fixture;
mod http;
mod message;
mod server;
mod x509;

pub use client::{client_dialogue, pending_record};
pub use cms::cms;
pub use codec::{ber_reader, pem};
pub use http::{capabilities, http_request};
pub use message::scep_message;
pub use server::server_dialogue;
pub use x509::{certificate, csr, extension, name};

/// The body of a target.
pub type Body = fn(&[u8]);

/// Every target, by name.
pub const TARGETS: &[(&str, Body)] = &[
    ("ber_reader", ber_reader),
    ("capabilities", capabilities),
    ("certificate", certificate),
    ("client_dialogue", client_dialogue),
    ("cms", cms),
    ("csr", csr),
    ("extension", extension),
    ("http_request", http_request),
    ("name", name),
    ("pem", pem),
    ("pending_record", pending_record),
    ("scep_message", scep_message),
    ("server_dialogue", server_dialogue),
];
