//! A subscriber of `tracing` that writes down the spans and events of this crate.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What happened, one line each. A span or an event has the spans that it is in, from the outermost.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    spans: HashMap<u64, Span>,
    entered: Vec<u64>,
}

struct Span {
    name: &'static str,
    references: usize,
}

impl Log {
    /// Runs `inside` with this subscriber.
    pub(crate) fn record<R>(&self, inside: impl FnOnce() -> R) -> R {
        self.record_and(|| {}, || {}, inside)
    }

    /// Runs `inside` with this subscriber, which calls `call` for each span and event, and `close`
    /// at the end of each span.
    pub(crate) fn record_and<R>(&self, call: fn(), close: fn(), inside: impl FnOnce() -> R) -> R {
        let log = self.clone();
        tracing::subscriber::with_default(Recorder { log, call, close }, inside)
    }

    /// Returns the lines since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.lines))
    }

    fn with<R>(&self, use_state: impl FnOnce(&mut State) -> R) -> R {
        use_state(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Returns the names of the spans that were entered.
    fn place(&self) -> String {
        let names = self.entered.iter().map(|id| self.spans[id].name);
        let names: Vec<&str> = names.collect();
        format!("[{}]", names.join(" > "))
    }
}

struct Recorder {
    log: Log,
    call: fn(),
    close: fn(),
}

/// The fields of a span or an event.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // The lines and the columns of this file change.
        let value = match field.name() {
            "loc.line" | "loc.col" => "_".to_owned(),
            _ => format!("{value:?}"),
        };
        write!(self.0, " {}={value}", field.name()).expect("a string takes all");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name().starts_with("runtime.") || metadata.target().starts_with("runtime::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        (self.call)();
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.log.with(|state| {
            let id = state.spans.len() as u64 + 1;
            let place = if span.is_root() {
                "[]".to_owned()
            } else {
                state.place()
            };
            let name = span.metadata().name();
            state.lines.push(format!("new {name}{} {place}", fields.0));
            let references = 1;
            state.spans.insert(id, Span { name, references });
            Id::from_u64(id)
        })
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        (self.call)();
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.log.with(|state| {
            let (target, place) = (event.metadata().target(), state.place());
            state.lines.push(format!("{target}{} {place}", fields.0));
        });
    }

    fn enter(&self, span: &Id) {
        self.log.with(|state| state.entered.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        self.log.with(|state| {
            let left = state.entered.pop();
            assert_eq!(left, Some(span.into_u64()));
        });
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.log.with(|state| {
            let span = state.spans.get_mut(&id.into_u64()).expect("a span");
            span.references += 1;
        });
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let is_closed = self.log.with(|state| {
            let span = state.spans.get_mut(&id.into_u64()).expect("a span");
            span.references -= 1;
            if span.references > 0 {
                return false;
            }
            let line = format!("close {}", span.name);
            state.lines.push(line);
            true
        });
        if is_closed {
            (self.close)();
        }
        is_closed
    }
}
