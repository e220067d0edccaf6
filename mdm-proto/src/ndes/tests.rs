//! Pages, addresses, the cache.
