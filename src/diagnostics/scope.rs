#![forbid(unsafe_code)]
//! Names for tasks.

use crate::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::arm::TaskScope;

pin_project! {
    /// A future with the name of its task.
    ///
    /// Returned by [`scope`](super::scope).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the inner future.
    #[must_use = "futures do nothing unless polled"]
    pub struct Scope<F> {
        scope: TaskScope,
        #[pin]
        future: F,
    }
}

impl<F> Scope<F> {
    pub(super) fn new(name: impl Into<Arc<str>>, future: F) -> Self {
        Self {
            scope: TaskScope::new(name),
            future,
        }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.scope.run(|| this.future.poll(context))
    }
}

impl<F: fmt::Debug> fmt::Debug for Scope<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Scope").field(&self.future).finish()
    }
}
