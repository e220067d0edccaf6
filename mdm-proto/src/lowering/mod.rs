//! Profiles in the form that each platform wants.
