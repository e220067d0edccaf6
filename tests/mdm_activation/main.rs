//! Activation by password: SPAKE2+ and the dialogue on top of it.

mod attacker;
mod dialogue;
mod guessing;
mod tampering;
mod world;
