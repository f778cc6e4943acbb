#![forbid(unsafe_code)]
//! What a public, named future has beside the wait inside it: `Future`, `Debug`, and the
//! blocking twins.

/// Gives a public future its `Future`, its blocking twins and its `Debug`, as a
/// newtype of a [`Wait`] (a pinned field `wait`), and a way to make its output.
macro_rules! wait_future {
    (
        impl [$($generics:tt)*] $future:ty => $output:ty,
        $name:literal, $finish:expr
    ) => {
        impl<$($generics)*> ::std::future::Future for $future {
            type Output = $output;

            #[inline]
            fn poll(
                self: ::std::pin::Pin<&mut Self>,
                context: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<$output> {
                self.project().wait.poll(context, $finish)
            }
        }

        impl<$($generics)*> ::std::fmt::Debug for $future {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.debug_tuple($name).field(&self.wait).finish()
            }
        }

        #[cfg(not(target_family = "wasm"))]
        impl<$($generics)*> $future {
            /// Gives up the wait, unless it is over: then it completes.
            pub(crate) fn give_up(self: ::std::pin::Pin<&mut Self>) -> Option<$output> {
                self.project().wait.give_up($finish)
            }
        }

        $crate::wait::named::blocking_twins!(
            [$($generics)*] $future => $output, or else |future| future.give_up()
        );
    };
}
pub(crate) use wait_future;

/// Gives a public future its blocking twins. `$late` gives the pinned future up when the
/// time is over, and answers if it is over too.
macro_rules! blocking_twins {
    (
        [$($generics:tt)*] $future:ty => $output:ty, or else $late:expr
        $(, where $($bounds:tt)*)?
    ) => {
        #[cfg(not(target_family = "wasm"))]
        impl<$($generics)*> $future $(where $($bounds)*)? {
            /// Drives this future on the current thread, in the same line as
            /// everybody else, parking while it waits.
            ///
            /// # Blocking
            ///
            /// Blocks the thread. On a thread that runs async tasks, those tasks
            /// stand still meanwhile.
            pub fn block(self) -> $output {
                $crate::wait::park::block_on(::std::pin::pin!(self))
            }

            /// Like [`block`](Self::block), for `timeout` at the longest. `None`
            /// if the time was over first; then nothing has happened, as after a
            /// drop.
            ///
            /// # Blocking
            ///
            /// Blocks the thread. On a thread that runs async tasks, those tasks
            /// stand still meanwhile.
            pub fn block_timeout(self, timeout: ::std::time::Duration) -> Option<$output> {
                let mut future = ::std::pin::pin!(self);
                let late: fn(::std::pin::Pin<&mut Self>) -> Option<$output> = $late;
                $crate::wait::park::block_on_timeout(future.as_mut(), timeout)
                    .or_else(|| late(future))
            }
        }
    };
}
pub(crate) use blocking_twins;
