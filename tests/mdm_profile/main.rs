//! Profiles, their differences, and the policy for CSRs.
