//! Activation by password: SPAKE2+ and the dialogue on top of it.

mod attacker;
mod counting;
mod dialogue;
mod errors;
mod guessing;
mod model;
mod tampering;
mod world;
