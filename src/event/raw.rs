#![forbid(unsafe_code)]
//! An event without a public face: the word, the wait queue and the generations.
//!
//! # State
//!
//! The bits of the word are in [`word`](super::word). The mutex guards the wait queue and a
//! generation. Each waiter stores the generation in which it was registered, and each `set`
//! that finds a registered waiter begins a new generation.
//!
//! | generation of a waiter | state |
//! |---|---|
//! | the current one | *registered*: waits for the next `set` |
//! | an older one | *released*: a `set` will unlink it; it is in front of all registered waiters |
//!
//! `QUEUED` is set while there are registered waiters. It stays set after they have left or
//! were released, until a `set` finds none. So the next waiter finds it set.
//!
//! # Protocol
//!
//! 1. Wait: one load of the word, if the flag is set.
//! 2. Otherwise take the mutex and look again. If the flag is clear, set `QUEUED` and link the
//!    node at the back.
//! 3. Set: one compare-exchange, if `QUEUED` is clear.
//! 4. If that fails, take the mutex, *then* set the flag. If there are registered waiters,
//!    begin a new generation and grant the released waiters in batches: unlock, wake, lock
//!    again, and look at the front again. No node is remembered while the mutex is free.
//! 5. A `set` that a waker calls during step 4 only releases. The outer one wakes, so wakes
//!    stay in order.
//! 6. A released waiter that is polled or dropped before step 4 reaches it compares the
//!    generations and unlinks itself.
//!
//! # Why no wakeup is lost
//!
//! Steps 2 and 3 change the same word. If the flag is set first, step 2 sees it. If `QUEUED` is
//! set first, step 3 fails and step 4 waits for the mutex, which is released when the node is
//! linked.
//!
//! # Pulses
//!
//! A waiter is released by the generation, not by the flag: a `clear` right after the `set`
//! takes nothing back. A waiter that is woken and waits again during the same `set` is
//! registered in the new generation, behind the released ones, and is not released again.
//!
//! # Cancellation
//!
//! A waiter that is dropped unlinks itself. It leaves the word as it is, and releases nobody.
//!
//! # Fairness
//!
//! Waiters are woken in the order in which they were registered.

use core::fmt;

use super::Event;
use super::word::EventWord;
use crate::diagnostics::Probe;
use crate::sync::{Mutex, ThreadToken, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// The number of calls of `set` that have released waiters.
///
/// It would wrap after 2^64 calls: at one per nanosecond, that takes 580 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl Generation {
    fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// The data under the mutex.
pub(crate) struct EventQueue {
    waiters: WaitList<Generation>,
    generation: Generation,
    /// The number of waiters of this generation. The others in the list are released.
    registered: usize,
    /// The thread that runs step 4 and has not woken its last batch yet.
    releasing: ThreadToken,
}

/// See the [module](self).
pub(super) struct RawEvent {
    word: EventWord,
    queue: Mutex<EventQueue>,
}

impl RawEvent {
    const_unless_loom! {
        pub(super) const fn new(set: bool) -> Self {
            Self {
                word: EventWord::new(set),
                queue: Mutex::new(EventQueue {
                    waiters: WaitList::new(),
                    generation: Generation(0),
                    registered: 0,
                    releasing: ThreadToken::UNKNOWN,
                }),
            }
        }
    }

    #[inline]
    pub(super) fn is_set(&self) -> bool {
        self.word.is_set()
    }

    #[inline]
    pub(super) fn set(&self) {
        if !self.word.try_set() {
            self.set_queued();
        }
    }

    /// Releases and wakes all registered waiters (step 4).
    #[cold]
    fn set_queued(&self) {
        let mut queue = self.queue.lock();
        let releases = queue.registered > 0;
        self.word.set_locked(releases);
        if !releases {
            // Another set has released the waiters that are in the list, and wakes them.
            return;
        }
        queue.generation = queue.generation.next();
        queue.registered = 0;
        let me = ThreadToken::current();
        if queue.releasing.is_current() {
            return;
        }
        queue.releasing = me;
        serve(&self.queue, queue, None, |queue, batch| {
            let more = self.grant_released(queue, batch);
            // While several wakers run, waiters that a nested set releases have to wait for
            // their turn.
            let again = more || batch.is_several();
            if !again && queue.releasing == me {
                queue.releasing = ThreadToken::UNKNOWN;
            }
            again
        });
    }

    /// Grants the released waiters. Returns `true` if the batch is full and some are left.
    fn grant_released(&self, queue: &mut EventQueue, batch: &mut WakeBatch) -> bool {
        while let Some(registered) = queue.waiters.front_data() {
            if registered == queue.generation {
                return false;
            }
            if batch.is_full() {
                return true;
            }
            batch.push(queue.waiters.grant_front().flatten());
        }
        false
    }

    pub(super) fn clear(&self) {
        self.word.clear();
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().registered
    }

    /// Adds the state to a `Debug` line.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let queue = self.queue.lock();
        let (waiters, linked) = (queue.registered, queue.waiters.len());
        drop(queue);
        fields
            .field("set", &self.is_set())
            .field("waiters", &waiters)
            .field("released_not_woken", &(linked - waiters));
    }
}

/// The operation of waiting for the flag.
pub(crate) struct AwaitEvent;

impl Operation for AwaitEvent {
    type Primitive = Event;
    type Shared = EventQueue;
    type WaiterData = Generation;
    type Output = ();

    const NAME: &'static str = "wait";

    /// A waiter that leaves changes nothing for the others.
    const SETTLES: bool = false;
    const RELEASES_EARLY: bool = true;

    fn probe(event: &Event) -> &Probe {
        &event.probe
    }

    fn mutex(event: &Event) -> &Mutex<EventQueue> {
        &event.raw.queue
    }

    fn waiters(queue: &mut EventQueue) -> &mut WaitList<Generation> {
        &mut queue.waiters
    }

    #[inline(always)]
    fn try_inline(&mut self, event: &Event) -> Option<()> {
        event.raw.is_set().then_some(())
    }

    fn try_locked(&mut self, event: &Event, queue: &mut EventQueue) -> Attempt<(), Generation> {
        if event.raw.word.is_set_or_queue() {
            Attempt::Ready(())
        } else {
            queue.registered += 1;
            Attempt::Wait(queue.generation)
        }
    }

    fn settle(_event: &Event, _queue: &mut EventQueue, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn take_grant(&mut self, _event: &Event, _registered: Generation) {}

    /// There is nothing to hand on: every waiter was released.
    fn return_grant(&mut self, _event: &Event, _registered: Generation) {}

    fn is_released(queue: &EventQueue, registered: Generation) -> bool {
        registered != queue.generation
    }

    fn withdraw(queue: &mut EventQueue) {
        queue.registered -= 1;
    }
}
