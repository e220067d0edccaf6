//! The bodies of the fuzz targets: plain functions of bytes that panic where something is wrong.
//!
//! `targets/` has a binary for each, and the package `conformance` includes this file to replay the corpus with the stable
//! compiler. A parser's target asserts more than that it returns: what was read and is written again is the same, twice
//! the same, and no longer than what came in. A dialogue's target decodes its input into operations, some of which answer
//! as a right peer would, some nearly so, and some with the raw bytes; its assertions are the promises that the
//! documentation makes.
//!
//! All cryptography is [`fake`], so that signatures and envelopes keep nobody out.

mod activation;
mod broker;
mod chain;
mod client;
mod cms;
mod codec;
mod est;
mod fake;
mod fixture;
mod graph;
mod http;
mod message;
mod names;
mod ndes;
mod operations;
mod plist;
mod profile_json;
mod sealed_challenge;
mod server;
mod status;
mod syncml;
mod x509;

pub use activation::{activation_device, activation_service};
pub use broker::broker;
pub use chain::{chain, chain_bytes};
pub use client::{client_dialogue, pending_record};
pub use cms::cms;
pub use codec::{ber_reader, pem};
pub use est::est;
pub use http::{capabilities, http_request};
pub use message::scep_message;
pub use names::name_constraints;
pub use ndes::mscep_admin;
pub use plist::plist;
pub use profile_json::profile_json;
pub use sealed_challenge::sealed_challenge;
pub use server::server_dialogue;
pub use status::{crl, ocsp};
pub use syncml::syncml;
pub use x509::{certificate, csr, extension, name};

/// The body of a target.
pub type Body = fn(&[u8]);

/// Every target, by name.
pub const TARGETS: &[(&str, Body)] = &[
    ("ber_reader", ber_reader),
    ("capabilities", capabilities),
    ("certificate", certificate),
    ("chain", chain),
    ("chain_bytes", chain_bytes),
    ("client_dialogue", client_dialogue),
    ("cms", cms),
    ("crl", crl),
    ("csr", csr),
    ("extension", extension),
    ("http_request", http_request),
    ("name", name),
    ("name_constraints", name_constraints),
    ("ocsp", ocsp),
    ("pem", pem),
    ("pending_record", pending_record),
    ("scep_message", scep_message),
    ("server_dialogue", server_dialogue),
    ("activation_device", activation_device),
    ("activation_service", activation_service),
    ("broker", broker),
    ("est", est),
    ("mscep_admin", mscep_admin),
    ("plist", plist),
    ("profile_json", profile_json),
    ("sealed_challenge", sealed_challenge),
    ("syncml", syncml),
];
