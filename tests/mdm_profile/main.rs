//! Profiles, their differences, and the policy for CSRs.

mod diff;
mod enrolment;
mod names;
mod openssl;
