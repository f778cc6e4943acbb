#![forbid(unsafe_code)]
//! What every public future has: `Future`, `FusedFuture`, `Debug` and the blocking methods.

/// Implements `Future`, `FusedFuture`, `Debug` and the blocking methods for a public future whose
/// pinned field `wait` is a [`Wait`](super::future::Wait). `$finish` builds the output.
macro_rules! wait_future {
    (
        impl [$($generics:tt)*] $future:ty => $output:ty,
        $name:literal, $finish:expr
    ) => {
        impl<$($generics)*> ::core::future::Future for $future {
            type Output = $output;

            #[inline]
            fn poll(
                self: ::core::pin::Pin<&mut Self>,
                context: &mut ::core::task::Context<'_>,
            ) -> ::core::task::Poll<$output> {
                self.project().wait.poll(context, $finish)
            }
        }

        $crate::wait::named::fused_future!([$($generics)*] $future, |future| future.wait.is_terminated());

        impl<$($generics)*> ::core::fmt::Debug for $future {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_tuple($name).field(&self.wait).finish()
            }
        }

        #[cfg(all(feature = "std", not(target_family = "wasm")))]
        impl<$($generics)*> $future {
            /// Gives up the wait. Returns the output if the wait is over.
            pub(crate) fn give_up(self: ::core::pin::Pin<&mut Self>) -> Option<$output> {
                self.project().wait.give_up($finish)
            }
        }

        $crate::wait::named::blocking_methods!(
            [$($generics)*] $future => $output, or else |future| future.give_up()
        );
    };
}
pub(crate) use wait_future;

/// Implements `FusedFuture` for a public future. `$is_terminated` says whether another poll of
/// `$this` would panic.
macro_rules! fused_future {
    ([$($generics:tt)*] $future:ty, |$this:ident| $is_terminated:expr $(, where $($bounds:tt)*)?) => {
        #[cfg(feature = "stream")]
        impl<$($generics)*> ::futures_core::FusedFuture for $future $(where $($bounds)*)? {
            /// Returns whether another poll would panic. This is the case after the future has
            /// returned its output, and after user code has panicked in a poll.
            fn is_terminated(&self) -> bool {
                let $this = self;
                $is_terminated
            }
        }
    };
}
pub(crate) use fused_future;

/// Implements the blocking methods of a public future. `$give_up` gives up the wait of the pinned
/// future after a timeout, and returns the output if the wait is over.
macro_rules! blocking_methods {
    (
        [$($generics:tt)*] $future:ty => $output:ty, or else $give_up:expr
        $(, where $($bounds:tt)*)?
    ) => {
        #[cfg(all(feature = "std", not(target_family = "wasm")))]
        impl<$($generics)*> $future $(where $($bounds)*)? {
            /// Drives this future on the current thread, and parks the thread while the future
            /// waits. Threads and tasks wait in the same queue.
            ///
            /// # Blocking
            ///
            /// Blocks the thread. If the thread runs async tasks, they make no progress
            /// until this returns.
            pub fn block(self) -> $output {
                $crate::wait::park::block_on(::core::pin::pin!(self))
            }

            /// Drives this future on the current thread, for at most `timeout`. Returns `None`
            /// after a timeout, which cancels the wait as a drop of the future does.
            ///
            /// # Blocking
            ///
            /// Blocks the thread for at most `timeout`. If the thread runs async tasks,
            /// they make no progress until this returns.
            pub fn block_timeout(self, timeout: ::core::time::Duration) -> Option<$output> {
                let mut future = ::core::pin::pin!(self);
                let give_up: fn(::core::pin::Pin<&mut Self>) -> Option<$output> = $give_up;
                $crate::wait::park::block_on_timeout(future.as_mut(), timeout)
                    .or_else(|| give_up(future))
            }
        }
    };
}
pub(crate) use blocking_methods;
