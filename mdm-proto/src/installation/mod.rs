//! What a service makes when it is installed.
