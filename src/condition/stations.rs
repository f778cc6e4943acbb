//! The lists of a condition: who waits, and who was notified and is to be carried
//! into the line of their lock.
//!
//! # State
//!
//! Both lists are under the condition's mutex, C. A node's mark is the address of
//! the line of the lock that its waiter came with (compared, never followed), with
//! flags in the three lowest bits:
//!
//! | flag | meaning |
//! |---|---|
//! | `NOTIFIED` | stands in `notified`, else in `waiting` |
//! | `CONDUCTOR` | was woken to carry its run, and has not been polled since |
//! | `FORWARD` | notified by number: if it gives up, the notification goes on |
//!
//! Once a node is carried, its lock's mutex guards it, and of the flags `FORWARD`
//! stays.
//!
//! # The train
//!
//! 1. `notify` moves nodes from `waiting` to `notified`, in order. A *run* is a
//!    stretch of nodes with one key. The first node of a run, and each
//!    [`STRIDE`]-th after it, becomes a conductor, and is woken. No lock is touched:
//!    a forgotten waiter may leave the address of a lock that is gone.
//! 2. Whoever of the notified is polled first carries the nodes of its key into the
//!    line of its lock, from the first on, up to [`CARRY`] at a time: its own borrow
//!    proves that lock alive. If some are left behind, the first of them is made a
//!    conductor.
//! 3. The lock goes from one to the next by its own protocol, and wakes each when it
//!    owns the lock.
//! 4. A conductor that is dropped makes the next of its run one.
//!
//! # Why nobody is left behind
//!
//! Among the notified nodes of a key there is always one that was woken and has not
//! been polled or dropped since: 1 sees to it when nodes come, 2 and 4 when it goes.
//!
//! The order of the mutexes is C, then the line's.

use std::ptr::NonNull;
use std::task::Waker;

use crate::lock::line::Line;
use crate::raw::lock::{Queueing, UNKNOWN};
use crate::wait::batch::WakeBatch;
use crate::wait::list::{GRANTED, Node, WaitList, moving, owner};

/// A conductor for so many nodes of a run.
const STRIDE: usize = if cfg!(loom) { 2 } else { 16 };
/// So many nodes are carried at a time, at the most.
const CARRY: usize = if cfg!(loom) { 2 } else { 32 };

const FORWARD: usize = 1;
const NOTIFIED: usize = 1 << 1;
const CONDUCTOR: usize = 1 << 2;
const FLAGS: usize = FORWARD | NOTIFIED | CONDUCTOR;

/// What tells the waiters of one lock from those of another.
pub(super) fn key(line: &Line) -> usize {
    std::ptr::from_ref(line).addr()
}

/// Whether a carried or granted waiter passes its notification on if it gives up.
pub(super) fn forwards(mark: usize) -> bool {
    mark & FORWARD != 0
}

/// What a poll of a notified waiter came to.
pub(super) enum Carried {
    /// The waiter owns the lock; its node stands as granted. Its waker is to be
    /// dropped after the mutex.
    Owner(Option<Waker>),
    /// It stands in the lock's line, with the waker it had.
    InLine,
    /// Others went first, and the waiter is still here.
    LeftBehind,
}

/// The lists. See the [module](self).
pub(crate) struct Stations {
    waiting: WaitList,
    notified: WaitList,
    /// Nodes at the tail of `notified` since the last conductor.
    stride: usize,
}

impl Stations {
    pub(super) const EMPTY: Self = Self {
        waiting: WaitList::new(),
        notified: WaitList::new(),
        stride: 0,
    };

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn notified(&self) -> usize {
        self.notified.len()
    }

    /// Registers a new waiter.
    ///
    /// # Safety
    ///
    /// As for [`WaitList::push_back`], with C for the mutex; the node's mark is a
    /// [`key`].
    pub(super) unsafe fn register(&mut self, node: NonNull<Node>) {
        // SAFETY: the caller's contract.
        unsafe { self.waiting.push_back(node) }
    }

    /// Notifies the first waiter, and puts the waker of a conductor into the batch.
    /// `false` if nobody waits.
    pub(super) fn notify_first(&mut self, forward: bool, batch: &mut WakeBatch) -> bool {
        let Some(node) = self.waiting.front() else {
            return false;
        };
        // SAFETY: the node is linked in `waiting`, and `&mut self` stands for C.
        let mark = unsafe { owner::mark(node) };
        let same_run = (self.notified.back_mark()).is_some_and(|last| last & !FLAGS == mark);
        let conducts = !same_run || self.stride >= STRIDE;
        self.stride = if conducts { 1 } else { self.stride + 1 };
        let mark = mark
            | NOTIFIED
            | if conducts { CONDUCTOR } else { 0 }
            | if forward { FORWARD } else { 0 };
        // SAFETY: the node is linked in `waiting`.
        unsafe { self.waiting.unlink(node) };
        // SAFETY: unlinked just now, under C.
        unsafe { moving::set_mark(node, mark) };
        // SAFETY: the node is in no list and stays under C. Its owner finds the list
        // by the mark.
        unsafe { self.notified.push_back(node) };
        if conducts {
            // SAFETY: the node is linked, under C.
            batch.push(unsafe { moving::take_waker(node) });
        }
        true
    }

    /// Carries the notified waiters of `line` into it, for the one at `me`. Not done
    /// if `me` was not notified: the answer is `None`.
    ///
    /// # Safety
    ///
    /// `me` is linked here, its waiter came with the lock of `line`, and its waker is
    /// the newest.
    pub(super) unsafe fn carry(
        &mut self,
        me: NonNull<Node>,
        line: &Line,
        batch: &mut WakeBatch,
    ) -> Option<Carried> {
        // SAFETY: the caller's contract.
        let mine = unsafe { owner::mark(me) };
        if mine & NOTIFIED == 0 {
            return None;
        }
        // This poll uses up its wake: if it is left behind, another has to be woken, or
        // it again.
        // SAFETY: the caller's contract.
        unsafe { moving::set_mark(me, mine & !CONDUCTOR) };
        let mut queue = line.queue();
        let mut outcome = Carried::LeftBehind;
        let mut room = CARRY;
        let mut cursor = self.notified.front();
        while let Some(node) = cursor {
            // SAFETY: the node is linked in `notified`, under C.
            cursor = unsafe { moving::next(node) };
            // SAFETY: as above.
            let mark = unsafe { owner::mark(node) };
            if mark & !FLAGS != key(line) {
                continue;
            }
            if room == 0 {
                // SAFETY: as above.
                unsafe { promote(node, mark, batch) };
                break;
            }
            room -= 1;
            // SAFETY: as above.
            unsafe { self.notified.unlink(node) };
            // SAFETY: unlinked just now, under C.
            unsafe { moving::set_mark(node, (UNKNOWN as usize) | (mark & FORWARD)) };
            match line.lock_or_queue() {
                Queueing::Locked => {
                    // SAFETY: unlinked just now, under C, and not granted.
                    let waker = unsafe { moving::grant(node, GRANTED) };
                    if node == me {
                        outcome = Carried::Owner(waker);
                    } else {
                        batch.push(waker);
                    }
                }
                Queueing::MustWait => {
                    // SAFETY: unlinked just now, and linked below; C and the line's
                    // mutex are held.
                    unsafe { moving::mark_carried(node) };
                    // SAFETY: the node is in no list. Its owner learns by its
                    // standing that the line's mutex guards it now.
                    unsafe { queue.push_back(node) };
                    if node == me {
                        outcome = Carried::InLine;
                    }
                }
            }
        }
        Some(outcome)
    }

    /// Whether a waiter was notified.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    #[cfg(not(target_family = "wasm"))]
    pub(super) unsafe fn is_notified(&self, node: NonNull<Node>) -> bool {
        // SAFETY: the caller's contract.
        unsafe { owner::mark(node) & NOTIFIED != 0 }
    }

    /// Takes a waiter out that gives up, and sees to its duties.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn withdraw(&mut self, node: NonNull<Node>, batch: &mut WakeBatch) {
        // SAFETY: the caller's contract.
        let mark = unsafe { owner::mark(node) };
        if mark & NOTIFIED == 0 {
            // SAFETY: without the flag it stands in `waiting`.
            unsafe { self.waiting.unlink(node) };
            return;
        }
        // SAFETY: the caller's contract.
        let next = unsafe { moving::next(node) };
        // SAFETY: with the flag it stands in `notified`.
        unsafe { self.notified.unlink(node) };
        if let (Some(next), true) = (next, mark & CONDUCTOR != 0) {
            // SAFETY: the neighbour is linked in `notified`, under C.
            let next_mark = unsafe { owner::mark(next) };
            if next_mark & !FLAGS == mark & !FLAGS {
                // SAFETY: as above.
                unsafe { promote(next, next_mark, batch) };
            }
        }
        if forwards(mark) {
            self.notify_first(true, batch);
        }
    }
}

/// Makes a notified waiter a conductor, if it is none yet.
///
/// # Safety
///
/// The node is linked in `notified`, `mark` is its mark, and C is held.
unsafe fn promote(node: NonNull<Node>, mark: usize, batch: &mut WakeBatch) {
    if mark & CONDUCTOR == 0 {
        // SAFETY: the caller's contract.
        unsafe { moving::set_mark(node, mark | CONDUCTOR) };
        // SAFETY: the caller's contract.
        let waker: Option<Waker> = unsafe { moving::take_waker(node) };
        batch.push(waker);
    }
}
