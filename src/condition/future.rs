#![forbid(unsafe_code)]
//! The futures of a [`Condition`](super::Condition).

use core::fmt;
use core::future::Future;
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Condition;
use super::wait::{ConditionWaiter, ReleasableGuard};
use crate::diagnostics::{HoldProbe, Site};
use crate::lock::{Lock, LockGuard, OwnedLockGuard};
use crate::sync::Arc;
use crate::wait::named::{blocking_methods, fused_future};

impl<'a, T: ?Sized> ReleasableGuard for LockGuard<'a, T> {
    type Source = &'a Lock<T>;

    fn source(&self) -> &'a Lock<T> {
        LockGuard::source(self)
    }

    fn from_held(source: &'a Lock<T>, probe: HoldProbe) -> Self {
        LockGuard::new(source, probe)
    }
}

impl<T: ?Sized> ReleasableGuard for OwnedLockGuard<T> {
    type Source = Arc<Lock<T>>;

    fn source(&self) -> Arc<Lock<T>> {
        self.shared()
    }

    fn from_held(source: Arc<Lock<T>>, probe: HoldProbe) -> Self {
        OwnedLockGuard::new(source, probe)
    }
}

pin_project! {
    /// Tests the data with the lock held, waits if the test says so, and tests again.
    pub(super) struct Cycle<'c, H, F>
    where
        H: ReleasableGuard,
    {
        condition: &'c Condition,
        // `Some` between two tests.
        #[pin]
        waiter: Option<ConditionWaiter<'c, H>>,
        // `Some` between two waits.
        guard: Option<H>,
        test: F,
        site: Site,
    }
}

impl<'c, H: ReleasableGuard, F> Cycle<'c, H, F> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(condition: &'c Condition, guard: H, test: F) -> Self {
        Self {
            condition,
            waiter: None,
            guard: Some(guard),
            test,
            site: Site::here(),
        }
    }

    /// Polls until `check`, which calls the test with the data, returns `Some`.
    fn poll_with<R>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut check: impl FnMut(&mut F, &mut H::Target) -> Option<R>,
    ) -> Poll<(H, R)>
    where
        H: DerefMut,
    {
        let mut this = self.project();
        loop {
            if let Some(waiter) = this.waiter.as_mut().as_pin_mut() {
                let guard = ready!(waiter.poll(context));
                this.waiter.set(None);
                *this.guard = Some(guard);
            }
            let Some(mut guard) = this.guard.take() else {
                panic!("aiosync: a future was polled after it had completed");
            };
            // User code. If it panics, the guard is dropped.
            if let Some(result) = check(this.test, &mut guard) {
                return Poll::Ready((guard, result));
            }
            let waiter = ConditionWaiter::new(this.condition, guard, *this.site);
            this.waiter.set(Some(waiter));
        }
    }

    /// Returns whether another poll would panic.
    #[cfg(feature = "stream")]
    fn is_terminated(&self) -> bool {
        match &self.waiter {
            Some(waiter) => waiter.is_terminated(),
            None => self.guard.is_none(),
        }
    }

    fn describe(&self) -> &'static str {
        match (&self.waiter, &self.guard) {
            (Some(waiter), _) => waiter.describe(),
            (None, Some(_)) => "unpolled, holding the lock",
            (None, None) => "done",
        }
    }
}

/// Implements `Debug` for a future, with its state.
macro_rules! describe {
    ([$($generics:tt)*] $future:ty, $name:literal, $field:ident) => {
        impl<$($generics)*> fmt::Debug for $future {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let state = self.$field.describe();
                formatter.debug_tuple($name).field(&format_args!("{state}")).finish()
            }
        }
    };
}

pin_project! {
    /// The future returned by [`Condition::wait`](crate::Condition::wait).
    ///
    /// # Cancel safety
    ///
    /// See [`Condition::wait`](crate::Condition::wait).
    #[must_use = "futures do nothing unless polled"]
    pub struct ConditionWait<'c, 'a, T: ?Sized> {
        #[pin]
        waiter: ConditionWaiter<'c, LockGuard<'a, T>>,
    }
}

impl<'c, 'a, T: ?Sized> ConditionWait<'c, 'a, T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(condition: &'c Condition, guard: LockGuard<'a, T>) -> Self {
        Self {
            waiter: ConditionWaiter::new(condition, guard, Site::here()),
        }
    }

    /// Gives up the wait, unless it is notified. Returns whether it has given up.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(super) fn give_up(self: Pin<&mut Self>) -> bool {
        self.project().waiter.give_up()
    }
}

impl<'a, T: ?Sized> Future for ConditionWait<'_, 'a, T> {
    type Output = LockGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().waiter.poll(context)
    }
}

describe!(['c, 'a, T: ?Sized] ConditionWait<'c, 'a, T>, "ConditionWait", waiter);
fused_future!(['c, 'a, T: ?Sized] ConditionWait<'c, 'a, T>, |future| future.waiter.is_terminated());
blocking_methods!(['c, 'a, T: ?Sized] ConditionWait<'c, 'a, T> => LockGuard<'a, T>, or else |_| None);

pin_project! {
    /// The future returned by [`Condition::wait_owned`](crate::Condition::wait_owned).
    ///
    /// # Cancel safety
    ///
    /// See [`Condition::wait`](crate::Condition::wait).
    #[must_use = "futures do nothing unless polled"]
    pub struct ConditionWaitOwned<'c, T: ?Sized> {
        #[pin]
        waiter: ConditionWaiter<'c, OwnedLockGuard<T>>,
    }
}

impl<'c, T: ?Sized> ConditionWaitOwned<'c, T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(condition: &'c Condition, guard: OwnedLockGuard<T>) -> Self {
        Self {
            waiter: ConditionWaiter::new(condition, guard, Site::here()),
        }
    }
}

impl<T: ?Sized> Future for ConditionWaitOwned<'_, T> {
    type Output = OwnedLockGuard<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().waiter.poll(context)
    }
}

describe!(['c, T: ?Sized] ConditionWaitOwned<'c, T>, "ConditionWaitOwned", waiter);
fused_future!(['c, T: ?Sized] ConditionWaitOwned<'c, T>, |future| future.waiter.is_terminated());
blocking_methods!(['c, T: ?Sized] ConditionWaitOwned<'c, T> => OwnedLockGuard<T>, or else |_| None);

/// Defines a future around a [`Cycle`].
macro_rules! cycle_future {
    (
        $(#[$meta:meta])*
        $future:ident [$($lifetime:lifetime),*] $name:literal, $guard:ty,
        test [$($extra:ident)?] $bound:ty => $output:ty,
        $check:expr, $finish:expr
    ) => {
        pin_project! {
            $(#[$meta])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $future<$($lifetime,)* T: ?Sized, F> {
                #[pin]
                cycle: Cycle<'c, $guard, F>,
            }
        }

        impl<$($lifetime,)* T: ?Sized, F> $future<$($lifetime,)* T, F> {
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub(super) fn new(condition: &'c Condition, guard: $guard, test: F) -> Self {
                Self {
                    cycle: Cycle::new(condition, guard, test),
                }
            }
        }

        impl<$($lifetime,)* T: ?Sized, F, $($extra)?> Future for $future<$($lifetime,)* T, F>
        where
            F: FnMut(&mut T) -> $bound,
        {
            type Output = $output;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<$output> {
                self.project().cycle.poll_with(context, $check).map($finish)
            }
        }

        describe!([$($lifetime,)* T: ?Sized, F] $future<$($lifetime,)* T, F>, $name, cycle);
        fused_future!(
            [$($lifetime,)* T: ?Sized, F, $($extra)?] $future<$($lifetime,)* T, F>,
            |future| future.cycle.is_terminated(),
            where F: FnMut(&mut T) -> $bound
        );
        blocking_methods!(
            [$($lifetime,)* T: ?Sized, F, $($extra)?] $future<$($lifetime,)* T, F> => $output,
            or else |_| None,
            where F: FnMut(&mut T) -> $bound
        );
    };
}

cycle_future!(
    /// The future returned by [`Condition::wait_while`](crate::Condition::wait_while).
    ///
    /// # Cancel safety
    ///
    /// See [`Condition::wait`](crate::Condition::wait).
    ConditionWaitWhile ['c, 'a] "ConditionWaitWhile", LockGuard<'a, T>,
    test [] bool => LockGuard<'a, T>,
    |test, data| (!test(data)).then_some(()), |(guard, ())| guard
);

cycle_future!(
    /// The future returned by [`Condition::wait_while_owned`](crate::Condition::wait_while_owned).
    ///
    /// # Cancel safety
    ///
    /// See [`Condition::wait`](crate::Condition::wait).
    ConditionWaitWhileOwned ['c] "ConditionWaitWhileOwned", OwnedLockGuard<T>,
    test [] bool => OwnedLockGuard<T>,
    |test, data| (!test(data)).then_some(()), |(guard, ())| guard
);

cycle_future!(
    /// The future returned by [`Condition::wait_for`](crate::Condition::wait_for).
    ///
    /// # Cancel safety
    ///
    /// See [`Condition::wait`](crate::Condition::wait).
    ConditionWaitFor ['c, 'a] "ConditionWaitFor", LockGuard<'a, T>,
    test [R] Option<R> => (LockGuard<'a, T>, R),
    |test, data| test(data), |both| both
);

cycle_future!(
    /// The future returned by [`Condition::wait_for_owned`](crate::Condition::wait_for_owned).
    ///
    /// # Cancel safety
    ///
    /// See [`Condition::wait`](crate::Condition::wait).
    ConditionWaitForOwned ['c] "ConditionWaitForOwned", OwnedLockGuard<T>,
    test [R] Option<R> => (OwnedLockGuard<T>, R),
    |test, data| test(data), |both| both
);
