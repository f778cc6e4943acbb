#![forbid(unsafe_code)]
//! The futures of a queue.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use pin_project_lite::pin_project;

use super::close::{WhenClosed, WhenFinished};
use super::error::{GetError, PutError, PutManyError, ReserveError};
use super::get::{GetOne, GetSome};
use super::order::Order;
use super::put::{PutOne, PutSome, ReserveOne};
use super::{OrderedQueue, OwnedSlot, Slot};
use crate::diagnostics::{QueueEnd, Site};
use crate::sync::Arc;
use crate::wait::completion::CompletionWait;
use crate::wait::future::Wait;
use crate::wait::named::{blocking_methods, fused_future, wait_future};
use crate::wait::operation::Operation;
use crate::wait::source::{PrimitiveRef, Source};

/// Records a put, if it was successful.
#[inline(always)]
fn noted_put<S, O, R, E>(queue: &Source<'_, S, O>, put: Result<R, E>) -> Result<R, E>
where
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    if put.is_ok() {
        queue.note_transfer(QueueEnd::Put);
    }
    put
}

/// Records a get, if it was successful.
#[inline(always)]
pub(super) fn noted_get<S, O, R, E>(queue: &Source<'_, S, O>, got: Result<R, E>) -> Result<R, E>
where
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    if got.is_ok() {
        queue.note_transfer(QueueEnd::Get);
    }
    got
}

pin_project! {
    /// The future returned by [`put`](OrderedQueue::put).
    ///
    /// # Cancel safety
    ///
    /// See [`put`](OrderedQueue::put).
    #[must_use = "futures do nothing unless polled"]
    pub struct Put<'a, T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<&'a OrderedQueue<T, O>, PutOne<T, O>>,
    }
}

impl<'a, T, O: Order<T>> Put<'a, T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>, item: T) -> Self {
        Self {
            wait: Wait::new(queue, PutOne::new(item)),
        }
    }

    /// Takes the item of a wait that was given up.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(super) fn take_item(self: Pin<&mut Self>) -> Option<T> {
        self.project().wait.operation().item.take()
    }
}

wait_future!(
    impl ['a, T, O: Order<T>] Put<'a, T, O> => Result<(), PutError<T>>,
    "Put", |queue, put| noted_put(&queue, put)
);

pin_project! {
    /// The future returned by [`put_owned`](OrderedQueue::put_owned).
    ///
    /// # Cancel safety
    ///
    /// See [`put`](OrderedQueue::put).
    #[must_use = "futures do nothing unless polled"]
    pub struct PutOwned<T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<Arc<OrderedQueue<T, O>>, PutOne<T, O>>,
    }
}

impl<T, O: Order<T>> PutOwned<T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>, item: T) -> Self {
        Self {
            wait: Wait::new(queue, PutOne::new(item)),
        }
    }
}

wait_future!(
    impl [T, O: Order<T>] PutOwned<T, O> => Result<(), PutError<T>>,
    "PutOwned", |queue, put| noted_put(&queue, put)
);

pin_project! {
    /// The future returned by [`get`](OrderedQueue::get).
    ///
    /// # Cancel safety
    ///
    /// See [`get`](OrderedQueue::get).
    #[must_use = "futures do nothing unless polled"]
    pub struct Get<'a, T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<&'a OrderedQueue<T, O>, GetOne<T, O>>,
    }
}

impl<'a, T, O: Order<T>> Get<'a, T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: Wait::new(queue, GetOne::new()),
        }
    }
}

wait_future!(
    impl ['a, T, O: Order<T>] Get<'a, T, O> => Result<T, GetError>,
    "Get", |queue, item| noted_get(&queue, item)
);

pin_project! {
    /// The future returned by [`get_owned`](OrderedQueue::get_owned).
    ///
    /// # Cancel safety
    ///
    /// See [`get`](OrderedQueue::get).
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOwned<T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<Arc<OrderedQueue<T, O>>, GetOne<T, O>>,
    }
}

impl<T, O: Order<T>> GetOwned<T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>) -> Self {
        Self {
            wait: Wait::new(queue, GetOne::new()),
        }
    }
}

wait_future!(
    impl [T, O: Order<T>] GetOwned<T, O> => Result<T, GetError>,
    "GetOwned", |queue, item| noted_get(&queue, item)
);

pin_project! {
    /// The future returned by [`get_many`](OrderedQueue::get_many).
    ///
    /// # Cancel safety
    ///
    /// See [`get_many`](OrderedQueue::get_many).
    #[must_use = "futures do nothing unless polled"]
    pub struct GetMany<'a, T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<&'a OrderedQueue<T, O>, GetSome<'a, T, O>>,
    }
}

impl<'a, T, O: Order<T>> GetMany<'a, T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>, into: &'a mut Vec<T>, most: usize) -> Self {
        Self {
            wait: Wait::new(queue, GetSome::new(into, most)),
        }
    }
}

wait_future!(
    impl ['a, T, O: Order<T>] GetMany<'a, T, O> => Result<usize, GetError>,
    "GetMany", |queue, count| noted_get(&queue, count)
);

pin_project! {
    /// The future returned by [`reserve`](OrderedQueue::reserve).
    ///
    /// # Cancel safety
    ///
    /// See [`reserve`](OrderedQueue::reserve).
    #[must_use = "futures do nothing unless polled"]
    pub struct Reserve<'a, T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<&'a OrderedQueue<T, O>, ReserveOne<T, O>>,
    }
}

impl<'a, T, O: Order<T>> Reserve<'a, T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: Wait::new(queue, ReserveOne::new()),
        }
    }

    /// Like [`new`](Self::new), for a sink that `site` created.
    #[cfg(feature = "sink")]
    pub(super) fn created_at(site: Site, queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: Wait::created_at(site, queue, ReserveOne::new()),
        }
    }
}

wait_future!(
    impl ['a, T, O: Order<T>] Reserve<'a, T, O> => Result<Slot<'a, T, O>, ReserveError>,
    "Reserve", |queue, reserved| reserved.map(|()| Slot::new(queue.keep()))
);

pin_project! {
    /// The future returned by [`reserve_owned`](OrderedQueue::reserve_owned).
    ///
    /// # Cancel safety
    ///
    /// See [`reserve`](OrderedQueue::reserve).
    #[must_use = "futures do nothing unless polled"]
    pub struct ReserveOwned<T, O>
    where
        O: Order<T>,
    {
        #[pin]
        wait: Wait<Arc<OrderedQueue<T, O>>, ReserveOne<T, O>>,
    }
}

impl<T, O: Order<T>> ReserveOwned<T, O> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>) -> Self {
        Self {
            wait: Wait::new(queue, ReserveOne::new()),
        }
    }
}

wait_future!(
    impl [T, O: Order<T>] ReserveOwned<T, O> => Result<OwnedSlot<T, O>, ReserveError>,
    "ReserveOwned", |queue, reserved| reserved.map(|()| OwnedSlot::new(queue.keep()))
);

pin_project! {
    /// The future returned by [`put_many`](OrderedQueue::put_many).
    ///
    /// # Cancel safety
    ///
    /// See [`put_many`](OrderedQueue::put_many).
    #[must_use = "futures do nothing unless polled"]
    pub struct PutMany<'a, T, O, I>
    where
        O: Order<T>,
    {
        // The wait of the fetched items, if there are any.
        #[pin]
        wait: Option<Wait<&'a OrderedQueue<T, O>, PutSome<T, O>>>,
        queue: &'a OrderedQueue<T, O>,
        // `Some` until the future is done.
        rest: Option<I>,
        // Whether the iterator has returned `None`. It is not called again then.
        ended: bool,
        site: Site,
    }
}

impl<'a, T, O: Order<T>, I> PutMany<'a, T, O, I> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>, items: I) -> Self {
        Self {
            wait: None,
            queue,
            rest: Some(items),
            ended: false,
            site: Site::here(),
        }
    }
}

impl<T, O: Order<T>, I: Iterator<Item = T>> Future for PutMany<'_, T, O, I> {
    type Output = Result<(), PutManyError<I>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        if this.wait.is_none() && this.rest.is_some() {
            let Some(left) = put_fetched(*this.queue, this.rest, this.ended, None, *this.site)
            else {
                return Poll::Ready(Ok(()));
            };
            let wait = Wait::created_at(*this.site, *this.queue, PutSome::new(left));
            this.wait.set(Some(wait));
        }
        self.poll_waiting(context)
    }
}

impl<T, O: Order<T>, I: Iterator<Item = T>> PutMany<'_, T, O, I> {
    /// Polls the wait of the fetched items, and then puts the rest of the items.
    #[inline(never)]
    fn poll_waiting(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PutManyError<I>>> {
        let mut this = self.project();
        // The items that are left after the wait.
        let mut left = None;
        loop {
            if let Some(wait) = this.wait.as_mut().as_pin_mut() {
                let some = ready!(wait.poll(context, |queue, some| {
                    queue.note_transfer(QueueEnd::Put);
                    some
                }));
                this.wait.set(None);
                if some.closed {
                    return Poll::Ready(match this.rest.take() {
                        Some(rest) => Err(PutManyError {
                            fetched: some.left,
                            rest: (!*this.ended).then_some(rest),
                        }),
                        None => unreachable!("aiosync: a `put_many` without items was waiting"),
                    });
                }
                left = Some(some.left);
            }
            if left.as_ref().is_none_or(VecDeque::is_empty) {
                // The memory is used again.
                let memory = left.as_mut();
                left = put_fetched(*this.queue, this.rest, this.ended, memory, *this.site);
            }
            let Some(left) = left.take() else {
                return Poll::Ready(Ok(()));
            };
            let wait = Wait::created_at(*this.site, *this.queue, PutSome::new(left));
            this.wait.set(Some(wait));
        }
    }
}

/// Puts items of `rest`, and drops it at its end. Returns the items that have to wait, if there are
/// any.
///
/// # Panics
///
/// If the future has completed before.
#[inline(always)]
fn put_fetched<T, O: Order<T>, I: Iterator<Item = T>>(
    queue: &OrderedQueue<T, O>,
    rest: &mut Option<I>,
    ended: &mut bool,
    memory: Option<&mut VecDeque<T>>,
    site: Site,
) -> Option<VecDeque<T>> {
    let end = EndOnPanic(rest);
    let Some(rest) = end.0.as_mut() else {
        panic!("aiosync: a future was polled after it had completed");
    };
    let left = queue.put_fetched(rest, ended, memory, site);
    if left.is_none() {
        *end.0 = None;
    }
    core::mem::forget(end);
    left
}

/// Ends a [`PutMany`] if it is dropped, which only happens if the iterator panics. The items that
/// were fetched before the panic are gone, so a later poll must not continue behind them.
struct EndOnPanic<'a, I>(&'a mut Option<I>);

impl<I> Drop for EndOnPanic<'_, I> {
    #[cold]
    fn drop(&mut self) {
        *self.0 = None;
    }
}

impl<T, O: Order<T>, I> fmt::Debug for PutMany<'_, T, O, I> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = formatter.debug_tuple("PutMany");
        match (&self.wait, &self.rest) {
            (Some(wait), _) => tuple.field(wait),
            (None, Some(_)) => tuple.field(&format_args!("unpolled")),
            (None, None) => tuple.field(&format_args!("done")),
        };
        tuple.finish()
    }
}

fused_future!(
    ['a, T, O: Order<T>, I: Iterator<Item = T>] PutMany<'a, T, O, I>,
    |future| match &future.wait {
        Some(wait) => wait.is_terminated(),
        None => future.rest.is_none(),
    }
);

blocking_methods!(
    ['a, T, O: Order<T>, I: Iterator<Item = T>] PutMany<'a, T, O, I> => Result<(), PutManyError<I>>,
    or else |_| None
);

/// Defines a future of a [`CompletionWait`] for `$end`. `$source` is the reference to the queue.
macro_rules! completion_future {
    ([$($lifetime:lifetime)?] $future:ident, $source:ty, $end:ident, $method:literal) => {
        #[doc = concat!("The future returned by [`", $method, "`](OrderedQueue::", $method, ").")]
        ///
        /// # Cancel safety
        ///
        /// Dropping the future affects no other waiter.
        #[must_use = "futures do nothing unless polled"]
        pub struct $future<$($lifetime,)? T, O: Order<T>> {
            wait: CompletionWait<$source, $end<T, O>>,
        }

        impl<$($lifetime,)? T, O: Order<T>> $future<$($lifetime,)? T, O> {
            #[inline]
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub(super) fn new(queue: $source) -> Self {
                Self {
                    wait: CompletionWait::new(queue),
                }
            }
        }

        impl<$($lifetime,)? T, O: Order<T>> Future for $future<$($lifetime,)? T, O> {
            type Output = ();

            fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
                self.wait.poll(context)
            }
        }

        fused_future!(
            [$($lifetime,)? T, O: Order<T>] $future<$($lifetime,)? T, O>, |future| future.wait.is_terminated()
        );

        impl<$($lifetime,)? T, O: Order<T>> fmt::Debug for $future<$($lifetime,)? T, O> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .debug_tuple(stringify!($future))
                    .field(&self.wait)
                    .finish()
            }
        }

        #[cfg(all(feature = "std", not(target_family = "wasm")))]
        impl<$($lifetime,)? T, O: Order<T>> $future<$($lifetime,)? T, O> {
            /// Blocks the current thread until the wait is over.
            ///
            /// # Blocking
            ///
            /// Blocks the thread. If the thread runs async tasks, they make no progress until this
            /// returns.
            pub fn block(mut self) {
                self.wait.block_until(None);
            }

            /// Blocks the current thread until the wait is over, for at most `timeout`. Returns
            /// `None` after a timeout.
            ///
            /// # Blocking
            ///
            /// Blocks the thread. If the thread runs async tasks, they make no progress until this
            /// returns.
            pub fn block_timeout(mut self, timeout: Duration) -> Option<()> {
                self.wait.block_timeout(timeout).then_some(())
            }
        }
    };
}

completion_future!(['a] Join, &'a OrderedQueue<T, O>, WhenFinished, "join");
completion_future!([] JoinOwned, Arc<OrderedQueue<T, O>>, WhenFinished, "join_owned");
completion_future!(['a] Closed, &'a OrderedQueue<T, O>, WhenClosed, "closed");
completion_future!([] ClosedOwned, Arc<OrderedQueue<T, O>>, WhenClosed, "closed_owned");
