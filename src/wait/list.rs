//! The wait queue: nodes that live inside pinned futures, in the order in which
//! they came.
//!
//! # State
//!
//! A node's `state` is the one word that is read without the lock:
//!
//! | value | meaning | who writes it |
//! |---|---|---|
//! | [`WAITING`] | linked in the list it joined (or about to be) | its owner, before it is linked |
//! | `CARRIED` | linked in another list, which it was moved to | whoever moved it, holding the locks of both |
//! | anything else | granted, and what was granted ([`Outcome`]) | the granter, as its last touch of the node |
//!
//! All other fields are guarded by the mutex that guards the list.
//!
//! # Protocol
//!
//! 1. The owner, under the lock, writes the node and links it at the tail.
//! 2. A granter, under the lock, unlinks the head, takes its waker out, and then
//!    publishes the outcome with Release. From that moment the node may be gone:
//!    its owner may free it at once, without the lock.
//! 3. The owner reads the state with Acquire, at any time and without the lock.
//!    If it is granted, the node is its own again and in no list.
//! 4. A node that is not granted is unlinked by its owner, under the lock,
//!    before its memory goes.
//!
//! The list keeps no pointer into the primitive, nor does a node: a waiter that
//! is forgotten (`mem::forget`) survives a move of the primitive. Nothing here
//! allocates, and each operation takes constant time.
//!
//! The list is circular backwards only (`head.prev` is the tail), and packed, which
//! keeps a `Lock<()>` within 32 bytes.

use std::marker::PhantomPinned;
use std::ptr::NonNull;
use std::task::Waker;

use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU32, Ordering};

/// What a granted waiter got. Neither [`WAITING`] nor `CARRIED`.
pub(crate) type Outcome = u32;

/// The state of a node that has not been granted.
const WAITING: u32 = 0;

/// The state of a node that was moved to another list, and has not been granted.
const CARRIED: u32 = u32::MAX;

/// The outcome of primitives that grant one thing only.
pub(crate) const GRANTED: Outcome = 1;

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In the list that it joined.
    Waiting,
    /// In the list that it was moved to.
    Carried,
    /// In none; it was granted this.
    Granted(Outcome),
}

/// One waiter. See the [module](self).
pub(crate) struct Node {
    state: AtomicU32,
    /// Tells apart what marks may confuse. Never changes.
    serial: u32,
    guarded: UnsafeCell<Guarded>,
    /// Other threads reach the node through the list while its owner holds
    /// `&mut` to the future around it: that must not promise uniqueness.
    _pinned: PhantomPinned,
}

/// The fields that the list's lock guards.
struct Guarded {
    next: Option<NonNull<Node>>,
    /// Of the head: the tail.
    prev: Option<NonNull<Node>>,
    waker: Option<Waker>,
    /// The primitive's own note on the waiter.
    mark: usize,
}

// SAFETY: a node's fields are atomic or touched only under the lock of the list
// it stands in (rules 1, 2 and 4 of the module), and wakers are `Send + Sync`.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

impl Node {
    /// A node that stands in no list.
    pub(crate) fn new(waker: Option<Waker>, mark: usize, serial: u32) -> Self {
        Self {
            state: AtomicU32::new(WAITING),
            serial,
            guarded: UnsafeCell::new(Guarded {
                next: None,
                prev: None,
                waker,
                mark,
            }),
            _pinned: PhantomPinned,
        }
    }

    /// What was granted, if it was. Needs no lock.
    #[inline]
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self.standing() {
            Standing::Waiting | Standing::Carried => None,
            Standing::Granted(outcome) => Some(outcome),
        }
    }

    /// Where the node stands. Needs no lock; until it is granted, the answer may
    /// be old by the time it is read.
    #[inline]
    pub(crate) fn standing(&self) -> Standing {
        // ORDERING: Acquire pairs with the Release of `publish`: all that the
        // granter did before is visible to the owner, and the granter is done
        // with this node. It pairs with the Release of `mark_carried` too.
        match self.state.load(Ordering::Acquire) {
            WAITING => Standing::Waiting,
            CARRIED => Standing::Carried,
            outcome => Standing::Granted(outcome),
        }
    }
}

/// A list of waiting nodes, first come first. Lives inside the mutex that guards
/// it and its nodes.
#[repr(C, packed(4))]
pub(crate) struct WaitList {
    head: Option<NonNull<Node>>,
    /// Each node takes far more than a byte: there can be no more than 2^32.
    len: u32,
}

// SAFETY: the nodes behind the pointers are `Send + Sync`, and are reached with
// `&mut WaitList` only.
unsafe impl Send for WaitList {}

/// Runs `f` on the guarded fields of a node.
///
/// # Safety
///
/// `node` is linked in (or being linked into, or unlinked from) a list whose lock
/// this thread holds, and `f` touches no other node through this function while
/// it runs.
#[inline]
unsafe fn guarded<R>(node: NonNull<Node>, f: impl FnOnce(&mut Guarded) -> R) -> R {
    // SAFETY: a linked node is alive, by the contract of `WaitList::push_back`.
    let node: &Node = unsafe { node.as_ref() };
    // SAFETY: the lock is held and the closure does not come back to this node,
    // so this is the only reference.
    node.guarded.with_mut(|fields| f(unsafe { &mut *fields }))
}

impl WaitList {
    pub(crate) const fn new() -> Self {
        Self { head: None, len: 0 }
    }

    /// How many wait here, none of them granted.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        let head = self.head;
        head.is_none()
    }

    /// Puts a node at the tail.
    ///
    /// # Safety
    ///
    /// The node stands in no list. It stays where it is, alive, until it was
    /// granted or [`unlink`](Self::unlink)ed, and nobody forms a `&mut Node` to
    /// it until then. This list is guarded by one mutex as long as it is not
    /// empty, which the caller holds.
    #[inline]
    pub(crate) unsafe fn push_back(&mut self, node: NonNull<Node>) {
        self.len += 1;
        let tail = match self.head {
            None => {
                self.head = Some(node);
                node
            }
            Some(head) => {
                // SAFETY: the head is linked here, and `&mut self` stands for the lock.
                let tail = unsafe { guarded(head, |fields| fields.prev.replace(node)) };
                let tail = tail.unwrap_or(head);
                // SAFETY: the tail is linked here.
                unsafe { guarded(tail, |fields| fields.next = Some(node)) };
                tail
            }
        };
        // SAFETY: the caller vouches for the node.
        unsafe {
            guarded(node, |fields| {
                debug_assert!(fields.next.is_none(), "a node stands in two lists");
                fields.prev = Some(tail);
            });
        }
    }

    /// Takes a node out, wherever it stands.
    ///
    /// # Safety
    ///
    /// The node is linked in this very list, whose mutex the caller holds.
    pub(crate) unsafe fn unlink(&mut self, node: NonNull<Node>) {
        self.len -= 1;
        // SAFETY: the caller vouches for the node.
        let (next, prev) =
            unsafe { guarded(node, |fields| (fields.next.take(), fields.prev.take())) };
        let head = self.head;
        if head == Some(node) {
            self.head = next;
        } else if let Some(prev) = prev {
            // SAFETY: the neighbour is linked here.
            unsafe { guarded(prev, |fields| fields.next = next) };
        }
        // The node behind inherits the way back. Behind the last one comes the
        // head, which keeps the way to the tail.
        if let Some(heir) = next.or(self.head) {
            // SAFETY: the neighbour is linked here.
            unsafe { guarded(heir, |fields| fields.prev = prev) };
        }
    }

    /// The mark of the first waiter.
    #[inline]
    pub(crate) fn front_mark(&self) -> Option<usize> {
        let head = self.head?;
        // SAFETY: the head is linked here, and the list is reached under its lock.
        Some(unsafe { guarded(head, |fields| fields.mark) })
    }

    /// Unlinks the first waiter, grants it `outcome` and answers its waker.
    /// `None` if nobody waits.
    ///
    /// The caller wakes after it has given the lock back.
    #[inline]
    pub(crate) fn grant_front(&mut self, outcome: Outcome) -> Option<Option<Waker>> {
        let head = self.head?;
        self.len -= 1;
        // SAFETY: the head is linked in this list, reached under its lock.
        let (next, tail, waker) = unsafe {
            guarded(head, |fields| {
                (fields.next, fields.prev, fields.waker.take())
            })
        };
        self.head = next;
        if let Some(next) = next {
            // SAFETY: the neighbour is linked here, and is the head now.
            unsafe { guarded(next, |fields| fields.prev = tail) };
        }
        // SAFETY: the node is alive: it was linked, and not granted. This is the last touch.
        unsafe { publish(head, outcome) };
        Some(waker)
    }

    /// The last waiter.
    pub(crate) fn back(&self) -> Option<NonNull<Node>> {
        let head = self.head?;
        // SAFETY: the head is linked here, and the list is reached under its lock.
        unsafe { guarded(head, |fields| fields.prev) }
    }

    /// The first waiter, for a walk with [`moving`].
    pub(crate) fn front(&self) -> Option<NonNull<Node>> {
        self.head
    }

    /// The waiter before a linked one.
    ///
    /// # Safety
    ///
    /// The node is linked in this list, whose mutex the caller holds.
    pub(crate) unsafe fn before(&self, node: NonNull<Node>) -> Option<NonNull<Node>> {
        let head = self.head;
        if head == Some(node) {
            return None;
        }
        // SAFETY: the caller's contract.
        unsafe { guarded(node, |fields| fields.prev) }
    }

    /// Walks from the first to the last; `f` gets each waiter's mark, to change.
    pub(crate) fn for_each(&mut self, mut f: impl FnMut(&mut usize)) {
        let mut cursor = self.head;
        while let Some(node) = cursor {
            // SAFETY: the node is linked here, and the list is reached under its
            // lock; `f` gets no way to another node.
            cursor = unsafe {
                guarded(node, |fields| {
                    f(&mut fields.mark);
                    fields.next
                })
            };
        }
    }
}

/// Publishes a grant: the granter's last touch of the node.
///
/// # Safety
///
/// The node is alive and was unlinked by the caller, who still holds the lock
/// under which it was linked, or reached it by other exclusive right.
#[inline]
unsafe fn publish(node: NonNull<Node>, outcome: Outcome) {
    debug_assert!(
        outcome != WAITING && outcome != CARRIED,
        "a grant needs an outcome"
    );
    // SAFETY: the owner frees the node only after it has read an outcome, or
    // after it has unlinked it under the lock.
    let state = unsafe { &node.as_ref().state };
    // ORDERING: Release pairs with the Acquire of `Node::outcome`: what came
    // before the grant, the user's data included, is visible to the owner.
    state.store(outcome, Ordering::Release);
}

/// The way of the owner to its own waiting node, under the lock.
pub(crate) mod owner {
    use super::{Node, NonNull, Waker, guarded};

    /// The mark of a node.
    ///
    /// # Safety
    ///
    /// The node is linked and the caller holds the list's lock, or the caller owns
    /// the node and has found it granted.
    pub(crate) unsafe fn mark(node: NonNull<Node>) -> usize {
        // SAFETY: the caller's contract.
        unsafe { guarded(node, |fields| fields.mark) }
    }

    /// Whether a wake of the node's waker would wake the same task as `waker`.
    ///
    /// # Safety
    ///
    /// The node is linked, and the caller holds the list's lock.
    pub(crate) unsafe fn will_wake(node: NonNull<Node>, waker: &Waker) -> bool {
        // SAFETY: the caller's contract. `will_wake` compares two pointers: no
        // user code runs.
        unsafe {
            guarded(node, |fields| {
                fields
                    .waker
                    .as_ref()
                    .is_some_and(|current| current.will_wake(waker))
            })
        }
    }

    /// Replaces the node's waker and answers the old one, to be dropped after the
    /// lock.
    ///
    /// # Safety
    ///
    /// The node is linked or was unlinked by the caller, who holds the list's lock; or
    /// the caller owns the node and has found it granted.
    pub(crate) unsafe fn replace_waker(node: NonNull<Node>, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: the caller's contract.
        unsafe { guarded(node, |fields| std::mem::replace(&mut fields.waker, waker)) }
    }
}

/// Moving waiters from list to list, under the locks of both.
pub(crate) mod moving {
    use super::{CARRIED, Node, NonNull, Ordering, Outcome, Waker, guarded, publish};

    /// The waiter behind a linked one.
    ///
    /// # Safety
    ///
    /// The node is linked, and the caller holds the list's lock.
    pub(crate) unsafe fn next(node: NonNull<Node>) -> Option<NonNull<Node>> {
        // SAFETY: the caller's contract.
        unsafe { guarded(node, |fields| fields.next) }
    }

    /// The serial of a waiter.
    ///
    /// # Safety
    ///
    /// As for [`next`].
    pub(crate) unsafe fn serial(node: NonNull<Node>) -> u32 {
        // SAFETY: a linked node is alive, and its serial never changes.
        unsafe { node.as_ref().serial }
    }

    /// Sets the mark of a waiter.
    ///
    /// # Safety
    ///
    /// The node is linked or was unlinked by the caller, is not granted, and the
    /// caller holds the list's lock.
    pub(crate) unsafe fn set_mark(node: NonNull<Node>, mark: usize) {
        // SAFETY: the caller's contract.
        unsafe { guarded(node, |fields| fields.mark = mark) }
    }

    /// Takes the waker of a waiter, to be woken after the lock.
    ///
    /// # Safety
    ///
    /// As for [`set_mark`].
    pub(crate) unsafe fn take_waker(node: NonNull<Node>) -> Option<Waker> {
        // SAFETY: the caller's contract.
        unsafe { guarded(node, |fields| fields.waker.take()) }
    }

    /// Tells the owner of a node that the lock of another list guards it now.
    ///
    /// # Safety
    ///
    /// The caller has unlinked the node, is about to link it in the other list, and
    /// holds the locks of both until then.
    pub(crate) unsafe fn mark_carried(node: NonNull<Node>) {
        // SAFETY: an ungranted node is alive as long as the lock is held under
        // which it was unlinked.
        let state = unsafe { &node.as_ref().state };
        // ORDERING: Release pairs with the Acquire of `Node::standing`. The owner
        // looks again under the other list's lock, which publishes the rest.
        state.store(CARRIED, Ordering::Release);
    }

    /// Grants a waiter that the caller has unlinked, and answers its waker.
    ///
    /// # Safety
    ///
    /// The caller has unlinked the node, which is not granted, and still holds the
    /// lock under which it was linked.
    pub(crate) unsafe fn grant(node: NonNull<Node>, outcome: Outcome) -> Option<Waker> {
        // SAFETY: the caller's contract.
        let waker = unsafe { take_waker(node) };
        // SAFETY: the caller's contract; this is the last touch.
        unsafe { publish(node, outcome) };
        waker
    }
}
