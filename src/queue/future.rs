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
use crate::sync::Arc;
use crate::wait::completion::CompletionWait;
use crate::wait::future::Wait;
use crate::wait::named::{blocking_methods, fused_future, wait_future};

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
    "Put", |_, put| put
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
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>, item: T) -> Self {
        Self {
            wait: Wait::new(queue, PutOne::new(item)),
        }
    }
}

wait_future!(
    impl [T, O: Order<T>] PutOwned<T, O> => Result<(), PutError<T>>,
    "PutOwned", |_, put| put
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
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: Wait::new(queue, GetOne::new()),
        }
    }
}

wait_future!(
    impl ['a, T, O: Order<T>] Get<'a, T, O> => Result<T, GetError>,
    "Get", |_, item| item
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
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>) -> Self {
        Self {
            wait: Wait::new(queue, GetOne::new()),
        }
    }
}

wait_future!(
    impl [T, O: Order<T>] GetOwned<T, O> => Result<T, GetError>,
    "GetOwned", |_, item| item
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
    pub(super) fn new(queue: &'a OrderedQueue<T, O>, into: &'a mut Vec<T>, most: usize) -> Self {
        Self {
            wait: Wait::new(queue, GetSome::new(into, most)),
        }
    }
}

wait_future!(
    impl ['a, T, O: Order<T>] GetMany<'a, T, O> => Result<usize, GetError>,
    "GetMany", |_, count| count
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
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: Wait::new(queue, ReserveOne::new()),
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
    }
}

impl<'a, T, O: Order<T>, I> PutMany<'a, T, O, I> {
    #[inline]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>, items: I) -> Self {
        Self {
            wait: None,
            queue,
            rest: Some(items),
            ended: false,
        }
    }
}

impl<T, O: Order<T>, I: Iterator<Item = T>> Future for PutMany<'_, T, O, I> {
    type Output = Result<(), PutManyError<I>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        if let (None, Some(rest)) = (&*this.wait, this.rest.as_mut()) {
            let Some(left) = this.queue.put_fetched(rest, this.ended, None) else {
                *this.rest = None;
                return Poll::Ready(Ok(()));
            };
            let wait = Wait::new(*this.queue, PutSome::new(left));
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
                let some = ready!(wait.poll(context, |_, some| some));
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
                let Some(rest) = this.rest.as_mut() else {
                    panic!("aiosync: a future was polled after it had completed");
                };
                // The memory is used again.
                left = this.queue.put_fetched(rest, this.ended, left.as_mut());
            }
            let Some(left) = left.take() else {
                *this.rest = None;
                return Poll::Ready(Ok(()));
            };
            let wait = Wait::new(*this.queue, PutSome::new(left));
            this.wait.set(Some(wait));
        }
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
