//! Who a client certificate stands for.
