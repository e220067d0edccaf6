//! A SCEP proxy before another CA.
