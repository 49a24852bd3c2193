//! Not yet.

/// Seconds.
pub(super) fn quarantine() -> i64 {
    900
}
