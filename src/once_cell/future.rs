#![forbid(unsafe_code)]
//! The futures of a [`OnceCell`].

use core::convert::Infallible;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::OnceCell;
use super::raw::{AwaitTurn, AwaitValue, Start};
use super::value::Turn;
use crate::diagnostics::{HoldMode, Site};
use crate::wait::future::Wait;
use crate::wait::named::{blocking_methods, fused_future, wait_future};
use crate::wait::source::Source;

pin_project! {
    /// The future of [`OnceCell::wait`].
    ///
    /// # Cancel safety
    ///
    /// See [`OnceCell::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct OnceCellWait<'a, T> {
        #[pin]
        wait: Wait<&'a OnceCell<T>, AwaitValue<T>>,
    }
}

impl<'a, T> OnceCellWait<'a, T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(cell: &'a OnceCell<T>) -> Self {
        Self {
            wait: Wait::new(cell, AwaitValue::NEW),
        }
    }
}

wait_future!(
    impl ['a, T] OnceCellWait<'a, T> => &'a T,
    "OnceCellWait", |cell, ()| value_of(cell.keep())
);

/// Returns the value of a cell that is set.
#[inline]
fn value_of<T>(cell: &OnceCell<T>) -> &T {
    match cell.value() {
        Some(value) => value,
        None => unreachable!("aiosync: a wait for a value has ended without one"),
    }
}

/// What an initializer has when its wait for the turn is over.
enum Started<'a, T> {
    Turn(Turn<'a, T>),
    Set(&'a T),
}

impl<'a, T> Started<'a, T> {
    #[inline]
    fn new(source: Source<'_, &'a OnceCell<T>, AwaitTurn<T>>, start: Start) -> Self {
        match start {
            Start::Turn => {
                let (cell, probe) = source.keep_held(HoldMode::Initializer, 1);
                Self::Turn(Turn::new(cell, probe))
            }
            Start::Set => Self::Set(value_of(source.keep())),
        }
    }
}

pin_project! {
    /// An initializer. A value that is set takes only its first poll, and this poll needs neither
    /// a node nor a place for the future of the closure.
    #[project = InitializeProjection]
    #[project_replace = InitializeReplaced]
    enum Initialize<'a, T, F, Fut> {
        Unpolled { cell: &'a OnceCell<T>, f: F, site: Site },
        Polled { #[pin] initializing: Initializing<'a, T, F, Fut> },
        // The first poll has returned the value.
        Done,
    }
}

impl<'a, T, F, Fut> Initialize<'a, T, F, Fut> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn new(cell: &'a OnceCell<T>, f: F) -> Self {
        let site = Site::here();
        Self::Unpolled { cell, f, site }
    }

    /// Polls the initializer. `into_result` turns the output of its future into the value, or
    /// into an error.
    ///
    /// The path of a value that is set is inlined, and has no calls.
    #[inline(always)]
    fn poll<E>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into_result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future,
    {
        if let InitializeProjection::Unpolled { cell, .. } = self.as_mut().project() {
            let cell: &'a OnceCell<T> = cell;
            if let Some(value) = cell.value() {
                self.set(Self::Done);
                return Poll::Ready(Ok(value));
            }
        }
        self.poll_unset(context, into_result)
    }

    /// Polls an initializer, unless its first poll has found the value.
    #[inline(never)]
    fn poll_unset<E>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into_result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future,
    {
        if let InitializeProjection::Unpolled { .. } = self.as_mut().project() {
            if let InitializeReplaced::Unpolled { cell, f, site } =
                self.as_mut().project_replace(Self::Done)
            {
                let initializing = Initializing::new(site, cell, f);
                self.set(Self::Polled { initializing });
            }
        }
        match self.project() {
            InitializeProjection::Polled { initializing } => {
                initializing.poll(context, into_result)
            }
            _ => panic!("aiosync: a future was polled after it had completed"),
        }
    }

    /// Returns whether another poll would panic.
    #[cfg(feature = "stream")]
    fn is_terminated(&self) -> bool {
        match self {
            Self::Unpolled { .. } => false,
            Self::Polled { initializing } => initializing.is_terminated(),
            Self::Done => true,
        }
    }

    /// Gives up. Returns the value if the wait for the turn has ended with it.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    fn give_up(self: Pin<&mut Self>) -> Option<&'a T> {
        match self.project() {
            InitializeProjection::Polled { initializing } => initializing.give_up(),
            _ => None,
        }
    }
}

impl<T, F, Fut> fmt::Debug for Initialize<'_, T, F, Fut> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpolled { .. } => formatter.write_str("unpolled"),
            Self::Polled { initializing } => initializing.fmt(formatter),
            Self::Done => formatter.write_str("done"),
        }
    }
}

pin_project! {
    /// Waits for the turn, and then runs the closure and its future.
    struct Initializing<'a, T, F, Fut> {
        // `Some` until it is called. It is dropped before `wait` returns a granted turn, so that
        // the next initializer begins when this one is gone.
        f: Option<F>,
        // `Some` while it runs, and after it has panicked. It is dropped before `turn`, so that
        // the next initializer begins when this one is gone.
        #[pin]
        running: Option<Fut>,
        // `Some` while `running` is suspended.
        turn: Option<Turn<'a, T>>,
        // `Some` after a waker has panicked while the value was set.
        kept: Option<&'a OnceCell<T>>,
        #[pin]
        wait: Wait<&'a OnceCell<T>, AwaitTurn<T>>,
    }
}

impl<'a, T, F, Fut> Initializing<'a, T, F, Fut> {
    #[inline]
    fn new(site: Site, cell: &'a OnceCell<T>, f: F) -> Self {
        Self {
            f: Some(f),
            running: None,
            turn: None,
            kept: None,
            wait: Wait::created_at(site, cell, AwaitTurn::NEW),
        }
    }

    /// Polls the initializer. `into_result` turns the output of its future into the value, or
    /// into an error.
    #[inline]
    fn poll<E>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into_result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future,
    {
        let this = self.as_mut().project();
        if this.turn.is_some() || this.kept.is_some() {
            return self.poll_again(context, into_result);
        }
        let started = (this.wait).poll(context, Started::new);
        match ready!(started) {
            Started::Set(value) => Poll::Ready(Ok(value)),
            Started::Turn(turn) => self.begin(turn, context, into_result),
        }
    }

    /// Polls an initializer that runs, or that has set the value.
    #[inline(never)]
    fn poll_again<E>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into_result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>>
    where
        Fut: Future,
    {
        let this = self.as_mut().project();
        match this.turn.take() {
            Some(turn) => self.run(turn, context, into_result),
            None => match this.kept.take() {
                Some(cell) => Poll::Ready(Ok(value_of(cell))),
                None => unreachable!("aiosync: an initializer neither runs nor has a value"),
            },
        }
    }

    /// Calls the closure, and polls its future for the first time.
    #[inline]
    fn begin<E>(
        mut self: Pin<&mut Self>,
        turn: Turn<'a, T>,
        context: &mut Context<'_>,
        into_result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future,
    {
        let mut this = self.as_mut().project();
        let Some(f) = this.f.take() else {
            unreachable!("aiosync: an initializer was called twice")
        };
        // If the closure panics, `turn` is dropped, and passes to the next initializer.
        this.running.set(Some(f()));
        self.run(turn, context, into_result)
    }

    /// Polls the future of the initializer, which has the turn.
    #[inline]
    fn run<E>(
        self: Pin<&mut Self>,
        turn: Turn<'a, T>,
        context: &mut Context<'_>,
        into_result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>>
    where
        Fut: Future,
    {
        let mut this = self.project();
        let Some(running) = this.running.as_mut().as_pin_mut() else {
            unreachable!("aiosync: an initializer has the turn and does not run")
        };
        // If the future panics, here or when it is dropped, `turn` is dropped too.
        let Poll::Ready(output) = running.poll(context) else {
            *this.turn = Some(turn);
            return Poll::Pending;
        };
        this.running.set(None);
        match into_result(output) {
            Ok(value) => {
                // The next poll returns the value, if a waker panics here.
                *this.kept = Some(turn.cell());
                let value = turn.set(value);
                *this.kept = None;
                Poll::Ready(Ok(value))
            }
            Err(error) => {
                drop(turn);
                Poll::Ready(Err(error))
            }
        }
    }

    /// Returns whether another poll would panic.
    #[cfg(feature = "stream")]
    fn is_terminated(&self) -> bool {
        self.turn.is_none() && self.kept.is_none() && self.wait.is_terminated()
    }

    /// Gives up. Returns the value if the wait for the turn has ended with it.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    fn give_up(self: Pin<&mut Self>) -> Option<&'a T> {
        let this = self.project();
        match this.wait.give_up(Started::new)? {
            Started::Set(value) => Some(value),
            // The turn passes to the next initializer, which begins when this one is gone.
            Started::Turn(turn) => {
                *this.f = None;
                drop(turn);
                None
            }
        }
    }
}

impl<T, F, Fut> fmt::Debug for Initializing<'_, T, F, Fut> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.turn.is_some() {
            formatter.write_str("running")
        } else if self.kept.is_some() {
            formatter.write_str("set, not yet returned")
        } else if (self.wait.granted_by()).is_some_and(|cell| cell.get().is_some()) {
            // No turn is granted or taken while there is a value.
            formatter.write_str("released, not yet taken")
        } else {
            self.wait.fmt(formatter)
        }
    }
}

pin_project! {
    /// The future of [`OnceCell::get_or_init`].
    ///
    /// # Cancel safety
    ///
    /// See [`OnceCell::get_or_init`].
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOrInit<'a, T, F, Fut> {
        #[pin]
        initialize: Initialize<'a, T, F, Fut>,
    }
}

impl<'a, T, F, Fut> GetOrInit<'a, T, F, Fut> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(cell: &'a OnceCell<T>, f: F) -> Self {
        Self {
            initialize: Initialize::new(cell, f),
        }
    }
}

impl<'a, T, F, Fut> Future for GetOrInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    type Output = &'a T;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'a T> {
        let initialize = self.project().initialize;
        let result = ready!(initialize.poll(context, Ok::<T, Infallible>));
        let Ok(value) = result;
        Poll::Ready(value)
    }
}

impl<T, F, Fut> fmt::Debug for GetOrInit<'_, T, F, Fut> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = formatter.debug_tuple("GetOrInit");
        tuple.field(&self.initialize).finish()
    }
}

fused_future!(
    ['a, T, F, Fut] GetOrInit<'a, T, F, Fut>, |future| future.initialize.is_terminated(),
    where F: FnOnce() -> Fut, Fut: Future<Output = T>
);

blocking_methods!(
    ['a, T, F, Fut] GetOrInit<'a, T, F, Fut> => &'a T,
    or else |future| future.project().initialize.give_up(),
    where F: FnOnce() -> Fut, Fut: Future<Output = T>
);

pin_project! {
    /// The future of [`OnceCell::get_or_try_init`].
    ///
    /// # Cancel safety
    ///
    /// See [`OnceCell::get_or_try_init`].
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOrTryInit<'a, T, F, Fut> {
        #[pin]
        initialize: Initialize<'a, T, F, Fut>,
    }
}

impl<'a, T, F, Fut> GetOrTryInit<'a, T, F, Fut> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(cell: &'a OnceCell<T>, f: F) -> Self {
        Self {
            initialize: Initialize::new(cell, f),
        }
    }
}

impl<'a, T, E, F, Fut> Future for GetOrTryInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<&'a T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<&'a T, E>> {
        self.project().initialize.poll(context, |result| result)
    }
}

impl<T, F, Fut> fmt::Debug for GetOrTryInit<'_, T, F, Fut> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = formatter.debug_tuple("GetOrTryInit");
        tuple.field(&self.initialize).finish()
    }
}

fused_future!(
    ['a, T, E, F, Fut] GetOrTryInit<'a, T, F, Fut>, |future| future.initialize.is_terminated(),
    where F: FnOnce() -> Fut, Fut: Future<Output = Result<T, E>>
);

blocking_methods!(
    ['a, T, E, F, Fut] GetOrTryInit<'a, T, F, Fut> => Result<&'a T, E>,
    or else |future| future.project().initialize.give_up().map(Ok),
    where F: FnOnce() -> Fut, Fut: Future<Output = Result<T, E>>
);
