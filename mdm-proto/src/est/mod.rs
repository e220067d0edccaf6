//! Enrolment over Secure Transport: the bodies of RFC 7030.
