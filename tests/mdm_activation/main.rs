//! Activation by password: SPAKE2+ and the dialogue on top of it.
