//! One waiter of a condition, from its registration to the lock.
//!
//! # State
//!
//! | the node's standing | it is guarded by | the waiter |
//! |---|---|---|
//! | `Waiting` | the condition's mutex, C | waits, or was notified |
//! | `Carried` | the mutex of its lock's line, L | stands in the line |
//! | `Granted` | its owner | owns the lock |
//!
//! The owner reads the standing without a mutex, takes the one that it names, and
//! looks again: a node moves on, never back.
//!
//! # Cancellation
//!
//! | dropped | the notification | the lock |
//! |---|---|---|
//! | before the first poll | – | the guard is dropped |
//! | waiting | – | not held |
//! | notified, not carried | goes on, if it was by number | not held |
//! | in the line | goes on, if it was by number | not held |
//! | granted | goes on first, if it was by number | then to the next in line |

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use super::stations::{Carried, Key, Stations, forwards};
use crate::lock::LineRef;
use crate::lock::line::Line;
use crate::sync::Mutex;
use crate::wait::batch::{Retired, retire, serve};
use crate::wait::list::{Node, Standing, owner};

/// A guard of a lock, and the way back to it.
pub(super) trait Hold: Sized {
    /// A way to the lock that outlives the guard.
    type Source: LineRef;

    /// The way to the lock.
    fn source(&self) -> Self::Source;

    /// The guard of a lock that the caller holds.
    fn of_held(source: Self::Source) -> Self;
}

/// How far the waiter has come.
enum Stage<H: Hold> {
    /// Registered nowhere, still holding the lock.
    Holding(H),
    /// The node is made, and linked or granted.
    Queued(H::Source),
    /// Owns the guard again, or gave up.
    Done,
}

/// The wait. See the [module](self).
pub(super) struct Passenger<'c, H: Hold> {
    stations: &'c Mutex<Stations>,
    stage: Stage<H>,
    /// Initialised in the stage `Queued`.
    node: MaybeUninit<Node>,
}

/// What a look under a mutex came to.
enum Look<T> {
    /// The node has moved on: look at its standing again.
    Moved,
    Done(T),
}

impl<'c, H: Hold> Passenger<'c, H> {
    pub(super) fn new(stations: &'c Mutex<Stations>, guard: H) -> Self {
        Self {
            stations,
            stage: Stage::Holding(guard),
            node: MaybeUninit::uninit(),
        }
    }

    /// How far the waiter has come, in words.
    pub(super) fn describe(&self) -> &'static str {
        match &self.stage {
            Stage::Holding(_) => "unpolled, holding the lock",
            Stage::Queued(_) => match self.node().standing() {
                Standing::Waiting => {
                    let stations = self.stations.lock();
                    // SAFETY: a node that stands as waiting is linked at the stations,
                    // and C is held.
                    let notified = self.node().standing() != Standing::Waiting
                        || unsafe { stations.is_notified(self.node_pointer()) };
                    if notified {
                        "notified"
                    } else {
                        "waiting for a notification"
                    }
                }
                Standing::Carried => "notified, waiting for the lock",
                Standing::Granted(_) => "granted, not yet taken",
            },
            Stage::Done => "done",
        }
    }

    /// See [`std::future::Future::poll`].
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    pub(super) fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<H> {
        let this = self.project();
        match &this.stage {
            Stage::Holding(_) => {
                this.register(context.waker());
                Poll::Pending
            }
            Stage::Queued(_) => this.poll_queued(context.waker()),
            Stage::Done => panic!("aiosync: a future was polled after it had completed"),
        }
    }

    /// Gives up the wait, unless it was notified. Answers whether it did.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn give_up(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        let Stage::Queued(_) = this.stage else {
            return false;
        };
        let stations = this.stations.lock();
        let node = this.node_pointer();
        // SAFETY: a node that stands as waiting is linked at the stations, and C is
        // held.
        let waits =
            this.node().standing() == Standing::Waiting && !unsafe { stations.is_notified(node) };
        if waits {
            // SAFETY: as above.
            let waker = unsafe { owner::replace_waker(node, None) };
            this.stage = Stage::Done;
            serve(this.stations, stations, waker, |stations, batch| {
                // SAFETY: as above.
                unsafe { stations.withdraw(node, batch) };
                false
            });
        }
        waits
    }

    fn project(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: nothing is moved out of the node, which stays in place until it is
        // granted or unlinked; `stage` is not pinned structurally. Other threads
        // reach the node while this reference lives, which is sound because `Node`
        // is `!Unpin`.
        unsafe { self.get_unchecked_mut() }
    }

    /// The node, in the stage `Queued`.
    fn node(&self) -> &Node {
        // SAFETY: initialised before the stage became `Queued`.
        unsafe { self.node.assume_init_ref() }
    }

    fn node_pointer(&self) -> NonNull<Node> {
        NonNull::from(&self.node).cast()
    }

    /// Registers first, gives the lock back second: no notification can fall
    /// between.
    fn register(&mut self, waker: &Waker) {
        // User code: before the mutex.
        let waker = waker.clone();
        let Stage::Holding(guard) = std::mem::replace(&mut self.stage, Stage::Done) else {
            return;
        };
        let source = guard.source();
        let Key { address, serial } = Key::of_line(source.line());
        self.node.write(Node::new(Some(waker), address, serial));
        self.stage = Stage::Queued(source);
        let node = NonNull::from(&mut self.node).cast();
        let mut stations = self.stations.lock();
        // SAFETY: the node was just made and stands in no list. It is pinned with
        // `self`, and neither replaced nor freed before it was found granted or was
        // unlinked. C is held.
        unsafe { stations.register(node) };
        drop(stations);
        drop(guard);
    }

    fn poll_queued(&mut self, waker: &Waker) -> Poll<H> {
        loop {
            let look = match self.node().standing() {
                Standing::Granted(_) => return Poll::Ready(self.take()),
                Standing::Carried => self.look_in_line(waker),
                Standing::Waiting => self.look_at_stations(waker),
            };
            if let Look::Done(progress) = look {
                return progress;
            }
        }
    }

    /// Takes the guard of the lock that the waiter owns.
    fn take(&mut self) -> H {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Queued(source) => {
                source.line().take_grant();
                H::of_held(source)
            }
            Stage::Holding(_) | Stage::Done => unreachable!("aiosync: a grant without a wait"),
        }
    }

    fn line(&self) -> &Line {
        match &self.stage {
            Stage::Queued(source) => source.line(),
            Stage::Holding(_) | Stage::Done => unreachable!("aiosync: a line without a wait"),
        }
    }

    /// Sees to the waker in the lock's line.
    fn look_in_line(&self, waker: &Waker) -> Look<Poll<H>> {
        let queue = self.line().queue();
        if self.node().standing() != Standing::Carried {
            return Look::Moved;
        }
        // SAFETY: a carried node is linked in the line, whose mutex is held.
        if unsafe { owner::will_wake(self.node_pointer(), waker) } {
            return Look::Done(Poll::Pending);
        }
        drop(queue);
        // User code: between two sections.
        self.replace_in_line(Some(waker.clone()))
    }

    /// `fresh` is a parameter, so that whichever waker it holds is dropped after
    /// the mutex.
    fn replace_in_line(&self, mut fresh: Option<Waker>) -> Look<Poll<H>> {
        let queue = self.line().queue();
        if self.node().standing() != Standing::Carried {
            return Look::Moved;
        }
        // SAFETY: as in `look_in_line`.
        fresh = unsafe { owner::replace_waker(self.node_pointer(), fresh.take()) };
        drop(queue);
        drop(fresh);
        Look::Done(Poll::Pending)
    }

    /// Sees to the waker at the stations, and carries the run if the waiter was
    /// notified.
    fn look_at_stations(&mut self, waker: &Waker) -> Look<Poll<H>> {
        let mut stations = self.stations.lock();
        if self.node().standing() != Standing::Waiting {
            return Look::Moved;
        }
        // SAFETY: a waiting node is linked at the stations, and C is held; the waiter came
        // with the lock of the line.
        let taken = unsafe { stations.take_alone(self.node_pointer(), self.line()) };
        if let Some(retired) = taken {
            drop(stations);
            return self.own(retired);
        }
        // SAFETY: a waiting node is linked at the stations, and C is held.
        let newest = unsafe { owner::will_wake(self.node_pointer(), waker) };
        drop(stations);
        // User code: between two sections.
        self.advance(if newest { None } else { Some(waker.clone()) })
    }

    fn advance(&mut self, fresh: Option<Waker>) -> Look<Poll<H>> {
        // Bound before the mutex: dropped after it.
        let mut retired = fresh;
        let mut carried = None;
        let stations = self.stations.lock();
        if self.node().standing() != Standing::Waiting {
            drop(stations);
            return Look::Moved;
        }
        let node = self.node_pointer();
        if retired.is_some() {
            // SAFETY: a waiting node is linked at the stations, and C is held.
            retired = unsafe { owner::replace_waker(node, retired.take()) };
        }
        let line = self.line();
        serve(self.stations, stations, retired, |stations, batch| {
            if self.node().standing() != Standing::Waiting {
                // Another has carried it, between two goes.
                return false;
            }
            // SAFETY: as above; the waiter came with the lock of `line`, and its
            // waker is the newest.
            carried = unsafe { stations.carry(node, line, batch) };
            matches!(carried, Some(Carried::NotYet))
        });
        match carried {
            None | Some(Carried::InLine) => Look::Done(Poll::Pending),
            Some(Carried::NotYet) => Look::Moved,
            Some(Carried::Owner(waker)) => self.own(waker),
        }
    }

    /// The node stands as granted. The waker that it had is not needed any more.
    fn own(&mut self, retired: Retired) -> Look<Poll<H>> {
        // User code, with the lock still the node's: a panic leaves it so, for the drop to
        // hand on.
        drop(retired);
        Look::Done(Poll::Ready(self.take()))
    }

    /// Gives up a queued wait. See the table in the [module](self).
    #[cold]
    fn cancel(&mut self) {
        loop {
            let look = match self.node().standing() {
                Standing::Granted(_) => return self.hand_on(),
                Standing::Carried => self.leave_line(),
                Standing::Waiting => self.leave_stations(),
            };
            if let Look::Done(()) = look {
                return;
            }
        }
    }

    /// Granted: the notification goes on first, then the lock.
    fn hand_on(&mut self) {
        // SAFETY: found granted, so that the node is its owner's.
        let mark = unsafe { owner::mark(self.node_pointer()) };
        // Unlocks when it is dropped, also if a waker panics.
        let _guard = self.take();
        self.pass_on(mark, None);
    }

    /// Passes the notification on, if it was by number, and drops the waker.
    fn pass_on(&self, mark: usize, retired: Option<Waker>) {
        if forwards(mark) {
            serve(
                self.stations,
                self.stations.lock(),
                retired,
                |stations, batch| {
                    stations.notify_first(true, batch);
                    false
                },
            );
        } else {
            retire(retired);
        }
    }

    fn leave_line(&mut self) -> Look<()> {
        let line = self.line();
        let mut queue = line.queue();
        if self.node().standing() != Standing::Carried {
            return Look::Moved;
        }
        let node = self.node_pointer();
        // SAFETY: a carried node is linked in the line, whose mutex is held.
        unsafe { queue.unlink(node) };
        // SAFETY: unlinked just now, under the mutex.
        let mark = unsafe { owner::mark(node) };
        // SAFETY: as above.
        let waker = unsafe { owner::replace_waker(node, None) };
        drop(queue);
        self.stage = Stage::Done;
        self.pass_on(mark, waker);
        Look::Done(())
    }

    fn leave_stations(&mut self) -> Look<()> {
        let stations = self.stations.lock();
        if self.node().standing() != Standing::Waiting {
            return Look::Moved;
        }
        let node = self.node_pointer();
        // SAFETY: a waiting node is linked at the stations, and C is held.
        let waker = unsafe { owner::replace_waker(node, None) };
        self.stage = Stage::Done;
        serve(self.stations, stations, waker, |stations, batch| {
            // SAFETY: as above.
            unsafe { stations.withdraw(node, batch) };
            false
        });
        Look::Done(())
    }
}

impl<H: Hold> Drop for Passenger<'_, H> {
    fn drop(&mut self) {
        if let Stage::Queued(_) = self.stage {
            self.cancel();
        }
    }
}
