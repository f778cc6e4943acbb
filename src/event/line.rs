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
use crate::raw::event::{EventWord, Queueing};
use crate::sync::{Mutex, const_unless_loom, thread};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::{GRANTED, Outcome, WaitList};
use crate::wait::operation::{Attempt, Operation};

/// What the mutex guards.
pub(crate) struct Queue {
    waiting: WaitList,
    /// Wraps; no node can outlive a turn, since each `set` releases all.
    generation: usize,
    /// Nodes of this generation. Older ones stand in the list until `set` comes to
    /// them, and do not count.
    registered: usize,
    /// The thread that releases nodes now, by its token; else 0.
    releasing: usize,
}

/// See the [module](self).
pub(super) struct Line {
    word: EventWord,
    queue: Mutex<Queue>,
}

impl Line {
    const_unless_loom! {
        pub(super) const fn new(set: bool) -> Self {
            Self {
                word: EventWord::new(set),
                queue: Mutex::new(Queue {
                    waiting: WaitList::new(),
                    generation: 0,
                    registered: 0,
                    releasing: 0,
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
        queue.generation = queue.generation.wrapping_add(1);
        queue.registered = 0;
        let me = thread::token();
        if me != 0 && queue.releasing == me {
            return;
        }
        queue.releasing = me;
        serve(&self.queue, queue, None, |queue, batch| {
            let more = self.release_older(queue, batch);
            // While several are woken in order, whom another `set` releases has to wait
            // for its turn.
            let go_on = more || batch.is_several();
            if !go_on && queue.releasing == me {
                queue.releasing = 0;
            }
            go_on
        });
    }

    /// Grants the nodes at the head that are older than the current generation, as
    /// many as the batch holds. Answers whether some are left.
    fn release_older(&self, queue: &mut Queue, batch: &mut WakeBatch) -> bool {
        while let Some(registered) = queue.waiting.front_mark() {
            if registered == queue.generation {
                return false;
            }
            if batch.is_full() {
                return true;
            }
            batch.push(queue.waiting.grant_front(GRANTED).flatten());
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
pub(crate) struct Await;

impl Operation for Await {
    type Primitive = Event;
    type Shared = Queue;
    type Output = Outcome;

    /// Who leaves changes nothing for the others; the next `set` finds so.
    const SETTLES: bool = false;
    const RELEASES_AHEAD: bool = true;

    fn mutex(event: &Event) -> &Mutex<Queue> {
        &event.line.queue
    }

    fn list(queue: &mut Queue) -> &mut WaitList {
        &mut queue.waiting
    }

    #[inline(always)]
    fn fast(&mut self, event: &Event) -> Option<Outcome> {
        event.line.is_set().then_some(GRANTED)
    }

    fn attempt(&mut self, event: &Event, queue: &mut Queue) -> Attempt<Outcome> {
        match event.line.word.check_or_queue() {
            Queueing::Set => Attempt::Ready(GRANTED),
            Queueing::MustWait => {
                queue.registered += 1;
                Attempt::Wait {
                    mark: queue.generation,
                }
            }
        }
    }

    fn settle(_event: &Event, _queue: &mut Queue, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn granted(&mut self, _event: &Event, outcome: Outcome) -> Outcome {
        outcome
    }

    /// Nothing was handed over: dropping a released waiter releases nobody.
    fn give_back(&mut self, _event: &Event, _outcome: Outcome) {}

    fn released(queue: &Queue, registered: usize) -> Option<Outcome> {
        (registered != queue.generation).then_some(GRANTED)
    }

    fn withdrawn(queue: &mut Queue) {
        queue.registered -= 1;
    }
}
