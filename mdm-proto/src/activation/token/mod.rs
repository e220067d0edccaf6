//! By a one-time token over TLS, with the bodies of EST.
