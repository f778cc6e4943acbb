//! The blocking methods, for builds without the feature `std`, which have none. So the same tests
//! run there. The futures are driven by `block_on` of futures-lite, and by a loop of its own where
//! there is a timeout.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use aiosync::*;
use futures_lite::future::block_on;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// `block` and `block_timeout` of every future.
pub(crate) trait Block: Future + Sized {
    fn block(self) -> Self::Output {
        block_on(self)
    }

    fn block_timeout(self, timeout: Duration) -> Option<Self::Output> {
        let deadline = Instant::now() + timeout;
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(self);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Some(output);
            }
            let now = Instant::now();
            if now >= deadline {
                return None;
            }
            thread::park_timeout(deadline - now);
        }
    }
}

impl<F: Future> Block for F {}

macro_rules! blocking_methods {
    ($($trait:ident: [$($generic:ident)?] $type:ty {
        $($name:ident($($argument:ident: usize)?) -> $output:ty = $future:ident;)*
    } timeouts {
        $($name_timeout:ident -> $output_timeout:ty = $future_timeout:ident;)*
    })*) => {$(
        pub(crate) trait $trait$(<$generic>)? {
            $(fn $name(&self $(, $argument: usize)?) -> $output;)*
            $(fn $name_timeout(&self, timeout: Duration) -> Option<$output_timeout>;)*
        }

        impl$(<$generic>)? $trait$(<$generic>)? for $type {
            $(fn $name(&self $(, $argument: usize)?) -> $output {
                self.$future($($argument)?).block()
            })*
            $(fn $name_timeout(&self, timeout: Duration) -> Option<$output_timeout> {
                self.$future_timeout().block_timeout(timeout)
            })*
        }
    )*};
}

blocking_methods! {
    BlockingLock: [T] Lock<T> {
        lock_blocking() -> LockGuard<'_, T> = lock;
    } timeouts {
        lock_blocking_timeout -> LockGuard<'_, T> = lock;
    }
    BlockingRwLock: [T] RwLock<T> {
        read_blocking() -> RwLockReadGuard<'_, T> = read;
        write_blocking() -> RwLockWriteGuard<'_, T> = write;
    } timeouts {
        read_blocking_timeout -> RwLockReadGuard<'_, T> = read;
        write_blocking_timeout -> RwLockWriteGuard<'_, T> = write;
    }
    BlockingSemaphore: [] Semaphore {
        acquire_blocking() -> Permit<'_> = acquire;
        acquire_many_blocking(count: usize) -> Permit<'_> = acquire_many;
    } timeouts {
        acquire_blocking_timeout -> Permit<'_> = acquire;
    }
    BlockingBarrier: [] Barrier {
        wait_blocking() -> Result<BarrierWaitResult, BrokenBarrier> = wait;
    } timeouts {
        wait_blocking_timeout -> Result<BarrierWaitResult, BrokenBarrier> = wait;
    }
    BlockingOnceCell: [T] OnceCell<T> {
        wait_blocking() -> &T = wait;
    } timeouts {
        wait_blocking_timeout -> &T = wait;
    }
}

pub(crate) trait BlockingEvent {
    fn wait_blocking(&self);
    fn wait_blocking_timeout(&self, timeout: Duration) -> bool;
}

impl BlockingEvent for Event {
    fn wait_blocking(&self) {
        self.wait().block();
    }

    fn wait_blocking_timeout(&self, timeout: Duration) -> bool {
        self.wait().block_timeout(timeout).is_some()
    }
}

pub(crate) trait BlockingCondition {
    fn wait_blocking<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> LockGuard<'a, T>;
}

impl BlockingCondition for Condition {
    fn wait_blocking<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> LockGuard<'a, T> {
        self.wait(guard).block()
    }
}

pub(crate) trait BlockingQueue<T> {
    fn put_blocking(&self, item: T) -> Result<(), PutError<T>>;
    fn put_blocking_timeout(&self, item: T, timeout: Duration) -> Result<(), PutTimeoutError<T>>;
    fn get_blocking(&self) -> Result<T, GetError>;
    fn get_blocking_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError>;
    fn join_blocking(&self);
}

impl<T, O: Order<T>> BlockingQueue<T> for OrderedQueue<T, O> {
    fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        self.put(item).block()
    }

    fn put_blocking_timeout(&self, item: T, timeout: Duration) -> Result<(), PutTimeoutError<T>> {
        match self.reserve().block_timeout(timeout) {
            Some(Ok(slot)) => {
                (slot.put(item)).map_err(|refused| PutTimeoutError::Closed(refused.into_inner()))
            }
            Some(Err(ReserveError)) => Err(PutTimeoutError::Closed(item)),
            None => Err(PutTimeoutError::Timeout(item)),
        }
    }

    fn get_blocking(&self) -> Result<T, GetError> {
        self.get().block()
    }

    fn get_blocking_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError> {
        match self.get().block_timeout(timeout) {
            Some(got) => got.map_err(|_| GetTimeoutError::Closed),
            None => Err(GetTimeoutError::Timeout),
        }
    }

    fn join_blocking(&self) {
        self.join().block();
    }
}
