#![forbid(unsafe_code)]
//! What stands in for `traced.rs` without the feature `tracing`: nothing.

use super::wait::WaitRecord;

pub(super) struct ResourceTrace;

impl ResourceTrace {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn close(&self) {}
}

pub(super) struct WaitTrace;

impl WaitTrace {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn begin(&self, _wait: &WaitRecord) {}

    pub(super) fn poll(&self) {}

    pub(super) fn end(&self, _is_granted: bool) {}
}
