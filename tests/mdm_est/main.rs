//! EST bodies, and activation by token.
