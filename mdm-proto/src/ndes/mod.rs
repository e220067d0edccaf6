//! Microsoft's NDES: its page of passwords, its addresses.
