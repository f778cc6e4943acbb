//! The lists of a condition: who waits, and who was notified and is to be carried
//! into the line of their lock.
//!
//! # State
//!
//! Both lists are under the condition's mutex, C. A node's mark is the address of
//! the line of the lock that its waiter came with (compared, never followed), with
//! a flag and its role in the three lowest bits. Its serial is the lock's: another lock may come to
//! stand at the address of one that is gone, whose waiters were forgotten. Both
//! together are the node's *key*.
//!
//! | bits | meaning |
//! |---|---|
//! | `FORWARD` | notified by number: if it gives up, the notification goes on |
//! | role 0 | stands in `waiting`; else in `notified` |
//! | `NOTIFIED` | was not woken |
//! | `CONDUCTOR` | was woken to carry its run, and has not been polled since |
//!
//! Once a node is carried, its lock's mutex guards it, and of the flags `FORWARD`
//! stays.
//!
//! # The train
//!
//! 1. `notify` moves nodes from `waiting` to `notified`, in order. The first node of a
//!    run, and each [`STRIDE`]-th after it, becomes a conductor, and is woken. No lock
//!    is touched: a forgotten waiter may leave the address of a lock that is gone.
//! 2. Whoever of the notified is polled carries the nodes of its key into the line of
//!    its lock, from the first on: its own borrow proves that lock alive. It carries up
//!    to [`CARRY`] under one hold of the mutexes, and goes on until it has carried
//!    itself, so that none has to be woken twice. If some are left behind, the first of
//!    them becomes a conductor, unless it is one.
//!    (If none but itself was notified and the lock is free, it takes the lock: there is
//!    nobody to carry, and it needs no waker.)
//! 3. The lock goes from one to the next by its own protocol, and wakes each when it
//!    owns the lock.
//! 4. A conductor that is dropped makes the node behind it one, if that is of its run.
//!
//! # Why nobody is left behind
//!
//! A *run* is a stretch of `notified` with one key. The first node of a run is always a
//! conductor: one that was woken and has not been polled or dropped since. 1 sees to it
//! when a run begins, 2 when its head is carried, 4 when its head leaves. Two runs that
//! become one, since what stood between them has gone, keep what they have. So a drop
//! looks at one neighbour only.
//!
//! The order of the mutexes is C, then the line's.

use std::ptr::NonNull;

use crate::lock::line::Line;
use crate::raw::lock::{Queueing, UNKNOWN};
use crate::wait::batch::{Retired, WakeBatch};
use crate::wait::list::{GRANTED, Node, WaitList, moving, owner};

/// A conductor for so many nodes of a run.
const STRIDE: usize = if cfg!(any(loom, shuttle)) { 2 } else { 16 };
/// Nodes that are carried under one hold of the mutexes, at the most.
const CARRY: usize = if cfg!(any(loom, shuttle)) { 2 } else { 32 };

const FORWARD: usize = 1;
const NOTIFIED: usize = 1 << 1;
const CONDUCTOR: usize = 2 << 1;
/// The bits of the role.
const ROLE: usize = 3 << 1;
const FLAGS: usize = FORWARD | ROLE;

/// What tells the waiters of one lock from those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The node's mark, without flags.
    pub(super) address: usize,
    /// The node's serial.
    pub(super) serial: u32,
}

impl Key {
    pub(super) fn of_line(line: &Line) -> Self {
        Self {
            address: std::ptr::from_ref(line).addr(),
            serial: line.serial(),
        }
    }

    /// # Safety
    ///
    /// The node is linked at the stations, and C is held.
    unsafe fn of_node(node: NonNull<Node>) -> Self {
        Self {
            // SAFETY: the caller's contract.
            address: unsafe { owner::mark(node) } & !FLAGS,
            // SAFETY: the caller's contract.
            serial: unsafe { moving::serial(node) },
        }
    }
}

/// Whether a carried or granted waiter passes its notification on if it gives up.
pub(super) fn forwards(mark: usize) -> bool {
    mark & FORWARD != 0
}

/// What has become of a notified waiter that is polled.
pub(super) enum Carried {
    /// It owns the lock; its node stands as granted. Its waker is to be dropped after
    /// the mutex.
    Owner(Retired),
    /// It stands in the lock's line, with the waker it had.
    InLine,
    /// Others went first, and it still stands here: to be gone on with.
    NotYet,
}

/// The lists. See the [module](self).
pub(crate) struct Stations {
    waiting: WaitList,
    notified: WaitList,
    /// Nodes at the tail of `notified`, from its last conductor on; `None` if that is
    /// to be counted anew.
    stride: Option<usize>,
}

impl Stations {
    pub(super) const EMPTY: Self = Self {
        waiting: WaitList::new(),
        notified: WaitList::new(),
        stride: None,
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
    /// As for [`WaitList::push_back`], with C for the mutex; the node's mark and serial
    /// are those of a [`Key`].
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
        // SAFETY: as above.
        let key = unsafe { Key::of_node(node) };
        let stride = self.tail_stride(key);
        let conducts = stride == 0 || stride >= STRIDE;
        self.stride = Some(if conducts { 1 } else { stride + 1 });
        let role = if conducts { CONDUCTOR } else { NOTIFIED };
        let mark = mark | role | if forward { FORWARD } else { 0 };
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

    /// Counts the nodes at the tail of `notified` that have this key, up to the last
    /// conductor or to [`STRIDE`].
    fn tail_stride(&self, key: Key) -> usize {
        let mut cursor = self.notified.back();
        let mut count = 0;
        while let Some(node) = cursor {
            // SAFETY: the node is linked in `notified`, under C.
            if unsafe { Key::of_node(node) } != key {
                break;
            }
            match self.stride {
                Some(stride) => return stride,
                None => count += 1,
            }
            // SAFETY: as above.
            if count == STRIDE || unsafe { owner::mark(node) } & ROLE == CONDUCTOR {
                break;
            }
            // SAFETY: as above.
            cursor = unsafe { self.notified.before(node) };
        }
        count
    }

    /// The first notified node of this key, from `cursor` on.
    fn find(&self, mut cursor: Option<NonNull<Node>>, key: Key) -> Option<NonNull<Node>> {
        while let Some(node) = cursor {
            // SAFETY: the callers start at a node of `notified`, under C.
            if unsafe { Key::of_node(node) } == key {
                break;
            }
            // SAFETY: as above.
            cursor = unsafe { moving::next(node) };
        }
        cursor
    }

    /// Takes the lock of `line` for the waiter at `me`, if it was notified, no other that was
    /// came with the same lock, and the lock is free: then there is nobody to carry. Its node
    /// stands as granted, and its waker is to be dropped after the mutex.
    ///
    /// # Safety
    ///
    /// `me` is linked here, and its waiter came with the lock of `line`.
    pub(super) unsafe fn take_alone(&mut self, me: NonNull<Node>, line: &Line) -> Option<Retired> {
        // SAFETY: the caller's contract.
        let mark = unsafe { owner::mark(me) };
        if mark & ROLE == 0 {
            return None;
        }
        let key = Key::of_line(line);
        // SAFETY: with a role it stands in `notified`.
        let behind = unsafe { moving::next(me) };
        let is_alone =
            self.find(self.notified.front(), key) == Some(me) && self.find(behind, key).is_none();
        if !is_alone || !line.try_lock() {
            return None;
        }
        // SAFETY: as above.
        unsafe { self.leave_notified(me) };
        // SAFETY: unlinked just now, under C.
        unsafe { moving::set_mark(me, (UNKNOWN as usize) | (mark & FORWARD)) };
        // SAFETY: as above, and not granted.
        Some(Retired(unsafe { moving::grant(me, GRANTED) }))
    }

    /// Carries notified waiters of `line` into it, for the one at `me`. Not done if `me`
    /// was not notified: the answer is `None`.
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
        if !unsafe { self.is_notified(me) } {
            return None;
        }
        let mut queue = line.queue();
        let key = Key::of_line(line);
        let mut outcome = Carried::NotYet;
        let mut first = self.find(self.notified.front(), key);
        for _ in 0..CARRY {
            let Some(node) = first else { break };
            // SAFETY: the node is linked in `notified`, under C.
            let mark = unsafe { owner::mark(node) };
            // SAFETY: as above.
            let behind = unsafe { moving::next(node) };
            first = self.find(behind, key);
            // SAFETY: as above.
            unsafe { self.leave_notified(node) };
            // SAFETY: unlinked just now, under C.
            unsafe { moving::set_mark(node, (UNKNOWN as usize) | (mark & FORWARD)) };
            match line.lock_or_queue() {
                Queueing::Locked => {
                    // SAFETY: unlinked just now, under C, and not granted.
                    let waker = unsafe { moving::grant(node, GRANTED) };
                    if node == me {
                        outcome = Carried::Owner(Retired(waker));
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
        drop(queue);
        if !matches!(outcome, Carried::NotYet) {
            if let Some(first) = first {
                // SAFETY: the node is linked in `notified`, under C.
                unsafe { conduct(first, batch) };
            }
        }
        Some(outcome)
    }

    /// Whether a waiter was notified.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn is_notified(&self, node: NonNull<Node>) -> bool {
        // SAFETY: the caller's contract.
        unsafe { owner::mark(node) & ROLE != 0 }
    }

    /// Unlinks a notified waiter.
    ///
    /// # Safety
    ///
    /// The node is linked in `notified`.
    unsafe fn leave_notified(&mut self, node: NonNull<Node>) {
        self.stride = None;
        // SAFETY: the caller's contract.
        unsafe { self.notified.unlink(node) };
    }

    /// Takes a waiter out that gives up, and sees to its duties.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn withdraw(&mut self, node: NonNull<Node>, batch: &mut WakeBatch) {
        // SAFETY: the caller's contract.
        let mark = unsafe { owner::mark(node) };
        if mark & ROLE == 0 {
            // SAFETY: without a role it stands in `waiting`.
            unsafe { self.waiting.unlink(node) };
            return;
        }
        // SAFETY: the caller's contract.
        let key = unsafe { Key::of_node(node) };
        // SAFETY: the caller's contract.
        let next = unsafe { moving::next(node) };
        // SAFETY: with a role it stands in `notified`.
        unsafe { self.leave_notified(node) };
        if mark & ROLE == CONDUCTOR {
            // SAFETY: the node is linked in `notified`, under C.
            if let Some(heir) = next.filter(|&next| unsafe { Key::of_node(next) } == key) {
                // SAFETY: as above.
                unsafe { conduct(heir, batch) };
            }
        }
        if forwards(mark) {
            self.notify_first(true, batch);
        }
    }
}

/// Makes a notified waiter a conductor, if it is none.
///
/// # Safety
///
/// The node is linked in `notified`, and C is held.
unsafe fn conduct(node: NonNull<Node>, batch: &mut WakeBatch) {
    // SAFETY: the caller's contract.
    let mark = unsafe { owner::mark(node) };
    if mark & ROLE != CONDUCTOR {
        // SAFETY: the caller's contract.
        unsafe { moving::set_mark(node, (mark & !ROLE) | CONDUCTOR) };
        // SAFETY: the caller's contract.
        batch.push(unsafe { moving::take_waker(node) });
    }
}
