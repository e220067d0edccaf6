//! [`skipped`]: tests that can't run here say so.

use std::io::Write;

/// Says, also where the output of tests that pass is hidden, that a test did nothing, and why.
pub fn skipped(reason: &str) {
    // The macros are captured with the output of the test; this is not. Where nobody listens there is nobody to tell.
    writeln!(std::io::stderr(), "*** SKIPPED: {reason}").ok();
}
