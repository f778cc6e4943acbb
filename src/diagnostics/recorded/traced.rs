#![forbid(unsafe_code)]
//! The spans and events that tokio-console reads. The names and the fields are those of tokio.
//!
//! | span or event | begins, or is sent |
//! |---|---|
//! | span `runtime.resource` | at the first wait for a primitive, until the primitive is dropped |
//! | span `runtime.resource.async_op` | at the first poll of a wait that has to wait, until the wait ends |
//! | span `runtime.resource.async_op.poll` | the same |
//! | event `runtime::resource::poll_op` | at each poll, and at the end of a wait that was granted |
//! | event `runtime::resource::state_update` | when the number of waiters changes |
//! | event `runtime::resource::async_op::state_update` | at the start: the number of permits or items |
//!
//! A primitive has no span before its first wait, so statics need no constructor that runs.
//!
//! # Rules
//!
//! 1. A subscriber is user code. It is called where the crate also clones or drops wakers, while no
//!    mutex is held, and a panic in it is caught.
//! 2. Only the owner of a primitive or of a wait drops spans. A report and a granter may drop the
//!    last reference to a record, so the owner has emptied it before.
//! 3. The mutexes here are held for a few instructions, and no subscriber is called meanwhile.

use alloc::format;

use tracing::{Span, trace, trace_span};

use super::primitive::PrimitiveRecord;
use super::user_code::call_user_code;
use super::wait::WaitRecord;
use crate::diagnostics::report::PrimitiveKind;
use crate::sync::{Arc, Mutex};

/// The span of a primitive.
pub(super) struct ResourceTrace(Mutex<Option<Arc<Span>>>);

impl ResourceTrace {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns the span, and creates it if there is none. `None` if no subscriber wants it.
    fn span(&self, primitive: &PrimitiveRecord) -> Option<Arc<Span>> {
        if let Some(span) = &*self.0.lock() {
            return Some(Arc::clone(span));
        }
        let (kind, name, created) = primitive.origin();
        let span = trace_span!(
            parent: None,
            "runtime.resource",
            concrete_type = concrete_type(kind),
            kind = "Sync",
            name,
            loc.file = created.file,
            loc.line = created.line,
            loc.col = created.column,
        );
        if span.is_disabled() {
            return None;
        }
        let own = Arc::new(span);
        // If another thread was first, its span is used, and this one is dropped by the caller.
        let used = Arc::clone(self.0.lock().get_or_insert_with(|| Arc::clone(&own)));
        Some(used)
    }

    /// Ends the span. The owner of the primitive calls it, without a mutex.
    #[cold]
    pub(super) fn close(&self) {
        let span = self.0.lock().take();
        if span.is_some() {
            call_user_code(|| drop(span));
        }
    }
}

/// The spans of a wait.
struct WaitSpans {
    poll: Span,
    operation: Span,
    resource: Arc<Span>,
    method: &'static str,
}

impl WaitSpans {
    /// Calls `inside` in the three spans.
    fn in_scope(&self, inside: impl FnOnce()) {
        let in_operation = || self.operation.in_scope(|| self.poll.in_scope(inside));
        self.resource.in_scope(in_operation);
    }

    fn polled(&self, is_ready: bool) {
        self.in_scope(|| {
            trace!(target: "runtime::resource::poll_op", op_name = self.method, is_ready);
        });
    }
}

/// The trace of a wait.
pub(super) struct WaitTrace(Mutex<Option<Arc<WaitSpans>>>);

impl WaitTrace {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Creates the spans. The owner of the wait calls it, without a mutex.
    pub(super) fn begin(&self, wait: &WaitRecord) {
        let spans = call_user_code(|| WaitSpans::new(wait)).flatten();
        if let Some(spans) = spans {
            *self.0.lock() = Some(Arc::new(spans));
            self.poll();
        }
    }

    /// Sends the event of a poll that is pending. The owner of the wait calls it, without a mutex.
    pub(super) fn poll(&self) {
        let spans = self.0.lock().clone();
        if let Some(spans) = spans {
            call_user_code(move || spans.polled(false));
        }
    }

    /// Ends the spans. The owner of the wait calls it, without a mutex.
    pub(super) fn end(&self, is_granted: bool) {
        let spans = self.0.lock().take();
        let Some(spans) = spans else { return };
        call_user_code(|| {
            if is_granted {
                spans.polled(true);
            }
            spans.resource.in_scope(|| {
                trace!(
                    target: "runtime::resource::state_update",
                    waiters = 1_u64,
                    waiters.op = "sub",
                );
            });
        });
        // One call for each span: a second panic in one call would abort the process.
        if let Some(spans) = Arc::into_inner(spans) {
            let WaitSpans {
                poll, operation, ..
            } = spans;
            call_user_code(|| drop(poll));
            call_user_code(|| drop(operation));
            call_user_code(|| drop(spans.resource));
        }
    }
}

impl WaitSpans {
    fn new(wait: &WaitRecord) -> Option<Self> {
        let primitive = wait.primitive();
        let resource = primitive.trace.span(primitive)?;
        let (kind, _, _) = primitive.origin();
        let (facts, site) = (wait.facts(), wait.site().call());
        let source = format!("{}::{}", concrete_type(kind), facts.operation);
        let in_resource = || {
            trace!(
                target: "runtime::resource::state_update",
                waiters = 1_u64,
                waiters.op = "add",
            );
            let operation = trace_span!(
                "runtime.resource.async_op",
                source = source.as_str(),
                inherits_child_attrs = false,
                loc.file = site.file,
                loc.line = site.line,
                loc.col = site.column,
            );
            let poll = operation.in_scope(|| {
                trace!(
                    target: "runtime::resource::async_op::state_update",
                    amount = facts.amount as u64,
                    amount.op = "override",
                );
                trace_span!("runtime.resource.async_op.poll")
            });
            (operation, poll)
        };
        let (operation, poll) = resource.in_scope(in_resource);
        Some(Self {
            poll,
            operation,
            resource,
            method: facts.operation,
        })
    }
}

/// Returns the name of a primitive's type.
fn concrete_type(kind: PrimitiveKind) -> &'static str {
    match kind {
        PrimitiveKind::Lock => "Lock",
        PrimitiveKind::RwLock => "RwLock",
        PrimitiveKind::Semaphore => "Semaphore",
        PrimitiveKind::Event => "Event",
        PrimitiveKind::Barrier => "Barrier",
        PrimitiveKind::Condition => "Condition",
        PrimitiveKind::Queue => "Queue",
        PrimitiveKind::OnceCell => "OnceCell",
    }
}
