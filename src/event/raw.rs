#![forbid(unsafe_code)]
//! The line of those who wait for an event.
//!
//! # State
//!
//! A flag and `QUEUED` in the word; under the mutex the wait list and a
//! generation. A node's mark is the generation in which it was registered. Each
//! `set` that finds somebody registered begins a new generation; nodes of an older one
//! are *released*, and stand at the head of the list until `set` comes to them.
//! `QUEUED` stands while there are nodes of this generation, and from then on until a `set`
//! finds none, whether they were released or have left.
//!
//! # Protocol
//!
//! 1. Wait: a load of the word. If the flag is clear: under the mutex look again,
//!    else set `QUEUED` and join the tail.
//! 2. Set, `QUEUED` being clear: one compare-exchange.
//! 3. Set, `QUEUED` being set: take the mutex, *then* set the flag, begin a new
//!    generation, and grant the nodes of older ones, in batches: unlock, wake, lock
//!    again, and look at the head anew. No node is remembered over the unlock.
//!    A set that a waker calls inside this one leaves the releasing to it: so wakes
//!    come in order, also then. `QUEUED` is cleared only if nobody was registered:
//!    where one has waited, the next to wait finds it set.
//! 4. A released node may be polled or dropped before `set` comes to it: it sees
//!    so from the generation, and takes itself out.
//!
//! # Why no wakeup is lost
//!
//! Set and wait meet on the word. If the flag comes first, 1 sees it when it looks
//! again. If `QUEUED` comes first, set takes the mutex after the link.
//!
//! # Pulses
//!
//! A node is released by a generation, not by the flag: `clear` right after `set`
//! takes nothing back. Who waits again inside the same `set` is registered in the
//! new generation, behind those that are being released, and is not released
//! twice.

use std::fmt;

use super::Event;
use crate::event::word::{EventWord, Queueing};
use crate::sync::{Mutex, ThreadToken, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// Counts the calls of `set` that released somebody.
///
/// It wraps after 2^64 of them: at one a nanosecond that takes 580 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl Generation {
    fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// What the mutex guards.
pub(crate) struct EventQueue {
    waiting: WaitList<Generation>,
    /// Wraps; no node can outlive a turn, since each `set` releases all.
    generation: Generation,
    /// Nodes of this generation. Older ones stand in the list until `set` comes to
    /// them, and do not count.
    registered: usize,
    /// The thread that releases nodes now.
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
                    waiting: WaitList::new(),
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

    /// Step 3 of the protocol.
    #[cold]
    fn set_queued(&self) {
        let mut queue = self.queue.lock();
        let waited_for = queue.registered > 0;
        self.word.set_locked(waited_for);
        if !waited_for {
            // Those who are still in the list are released already, by another set.
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
            let more = self.release_older(queue, batch);
            // While several are woken in order, whom another `set` releases has to wait
            // for its turn.
            let go_on = more || batch.is_several();
            if !go_on && queue.releasing == me {
                queue.releasing = ThreadToken::UNKNOWN;
            }
            go_on
        });
    }

    /// Grants the nodes at the head that are older than the current generation, as
    /// many as the batch holds. Answers whether some are left.
    fn release_older(&self, queue: &mut EventQueue, batch: &mut WakeBatch) -> bool {
        while let Some(registered) = queue.waiting.front_data() {
            if registered == queue.generation {
                return false;
            }
            if batch.is_full() {
                return true;
            }
            batch.push(queue.waiting.grant_front().flatten());
        }
        false
    }

    pub(super) fn clear(&self) {
        self.word.clear();
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().registered
    }

    /// The state, for `Debug`.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let queue = self.queue.lock();
        let (waiters, linked) = (queue.registered, queue.waiting.len());
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

    /// Who leaves changes nothing for the others; the next `set` finds so.
    const SETTLES: bool = false;
    const RELEASES_EARLY: bool = true;

    fn mutex(event: &Event) -> &Mutex<EventQueue> {
        &event.raw.queue
    }

    fn waiters(queue: &mut EventQueue) -> &mut WaitList<Generation> {
        &mut queue.waiting
    }

    #[inline(always)]
    fn try_inline(&mut self, event: &Event) -> Option<()> {
        event.raw.is_set().then_some(())
    }

    fn try_locked(&mut self, event: &Event, queue: &mut EventQueue) -> Attempt<(), Generation> {
        match event.raw.word.check_or_queue() {
            Queueing::Set => Attempt::Ready(()),
            Queueing::MustWait => {
                queue.registered += 1;
                Attempt::Wait(queue.generation)
            }
        }
    }

    fn settle(_event: &Event, _queue: &mut EventQueue, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn take_grant(&mut self, _event: &Event, _registered: Generation) {}

    /// Nothing was handed over: dropping a released waiter releases nobody.
    fn return_grant(&mut self, _event: &Event, _registered: Generation) {}

    fn is_released(queue: &EventQueue, registered: Generation) -> bool {
        registered != queue.generation
    }

    fn withdraw(queue: &mut EventQueue) {
        queue.registered -= 1;
    }
}
