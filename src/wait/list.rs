//! The wait queue: an intrusive FIFO list of waiters.
//!
//! A node is part of the waiter's pinned future, so a wait allocates nothing. Every
//! operation takes constant time, except [`WaitList::for_each`].
//!
//! # State
//!
//! The `state` of a node is the only field that is read without the mutex:
//!
//! | value | meaning | written by |
//! |---|---|---|
//! | `WAITING` | linked in the list where its owner pushed it, or about to be | the owner, before it links the node |
//! | `REQUEUED` | linked in another list | the thread that moved it, with both mutexes held |
//! | `GRANTED` | in no list; the owner has its grant | the granter, as its last access to the node |
//!
//! # Rules
//!
//! 1. *A linked node is alive.* Its owner keeps it pinned until it reads `GRANTED` or
//!    unlinks the node itself.
//! 2. *One mutex guards a list and the nodes linked in it.* `&mut WaitList` proves that
//!    this thread holds the mutex.
//! 3. *A grant is the last access.* The granter unlinks the node, takes its waker, and
//!    publishes `GRANTED` with Release. The owner reads it with Acquire, without the mutex.
//!    From then on the node belongs to the owner alone.
//! 4. *A requeued node changes its mutex.* It moves with both mutexes held, and `REQUEUED`
//!    tells the owner which of the two to take from then on.
//!
//! Neither the list nor a node points into the primitive. A forgotten waiter
//! (`mem::forget`) therefore survives a move of the primitive.
//!
//! The list stores only its head. `head.prev` is the tail, which keeps `Lock<()>` within
//! 32 bytes.

use core::marker::PhantomPinned;
use core::ptr::NonNull;
use core::task::Waker;

use crate::diagnostics::GranterProbe;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU32, Ordering};

const WAITING: u32 = 0;
const REQUEUED: u32 = 1;
const GRANTED: u32 = 2;

/// Where a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeState {
    /// In the list where its owner pushed it.
    Waiting,
    /// In the list that it was moved to.
    Requeued,
    /// In no list: its owner has its grant.
    Granted,
}

/// One waiter, with the data `D` that its primitive keeps about it.
pub(crate) struct Node<D> {
    state: AtomicU32,
    fields: UnsafeCell<Fields<D>>,
    /// Other threads reach the node through the list while its owner has `&mut` to the
    /// surrounding future. A type that is not `Unpin` allows that.
    _pinned: PhantomPinned,
}

/// The fields that the list's mutex guards (rule 2), or that belong to the owner alone (rule 3).
struct Fields<D> {
    next: Option<NonNull<Node<D>>>,
    /// The tail, if this node is the head.
    prev: Option<NonNull<Node<D>>>,
    waker: Option<Waker>,
    data: D,
    /// The record of the wait. A granter stores into it before it publishes the grant (rule 3).
    record: GranterProbe,
}

// SAFETY: the fields may be sent to another thread: the pointers are followed only as list rules
// 1 to 4 permit, a `Waker` is `Send`, and so is `D`.
unsafe impl<D: Send> Send for Node<D> {}
// SAFETY: one thread at a time has access to the fields. While the node is linked, that is the
// thread that holds its mutex (list rules 2 and 4), afterwards its owner (list rule 3). The
// state is atomic.
unsafe impl<D: Send> Sync for Node<D> {}

impl<D> Node<D> {
    /// Creates a node that is in no list.
    pub(crate) fn new(waker: Option<Waker>, data: D, record: GranterProbe) -> Self {
        Self {
            state: AtomicU32::new(WAITING),
            fields: UnsafeCell::new(Fields {
                next: None,
                prev: None,
                waker,
                data,
                record,
            }),
            _pinned: PhantomPinned,
        }
    }

    /// Returns where the node is, without the mutex. Any state but `Granted` may be
    /// outdated when the caller gets it.
    #[inline]
    pub(crate) fn state(&self) -> NodeState {
        // ORDERING: Acquire pairs with the Release in `publish` (what the granter did before is
        // visible, and it no longer touches this node) and in `requeue_front`.
        match self.state.load(Ordering::Acquire) {
            WAITING => NodeState::Waiting,
            REQUEUED => NodeState::Requeued,
            _ => NodeState::Granted,
        }
    }

    #[inline]
    pub(crate) fn is_granted(&self) -> bool {
        self.state() == NodeState::Granted
    }
}

/// Runs `f` on the fields of a node.
///
/// # Safety
///
/// The node is alive, and no other reference to its fields exists while `f` runs: the
/// caller holds the mutex of the list that the node is linked in (or is being linked into,
/// or was just unlinked from), or owns the node; and `f` reaches no node.
#[inline]
unsafe fn with_fields<D, R>(node: NonNull<Node<D>>, f: impl FnOnce(&mut Fields<D>) -> R) -> R {
    // SAFETY: the node is alive, by this function's contract.
    let node: &Node<D> = unsafe { node.as_ref() };
    // SAFETY: this is the only reference to the fields, by this function's contract.
    node.fields.with_mut(|fields| f(unsafe { &mut *fields }))
}

/// Publishes a grant (rule 3).
///
/// # Safety
///
/// The caller has unlinked the node, which was not granted, and still holds the mutex.
#[inline]
unsafe fn publish<D>(node: NonNull<Node<D>>) {
    // SAFETY: list rule 1: the owner has neither read a grant nor unlinked the node.
    let state = unsafe { &node.as_ref().state };
    // ORDERING: Release pairs with the Acquire in `Node::state`: it publishes what
    // happened before the grant, including the user's data.
    state.store(GRANTED, Ordering::Release);
}

/// A list of waiters in FIFO order. It lives inside the mutex that guards it.
pub(crate) struct WaitList<D> {
    head: Option<NonNull<Node<D>>>,
    /// Cannot overflow: each linked node takes more than one byte of memory.
    len: usize,
}

// SAFETY: the linked nodes are alive on any thread (list rule 1), a granted node is no longer
// reached (list rule 3), and the thread with `&mut WaitList` is the only one with access to them
// (list rules 2 and 4). What it reaches, wakers and `D`, is `Send`.
unsafe impl<D: Send> Send for WaitList<D> {}

impl<D> WaitList<D> {
    pub(crate) const fn new() -> Self {
        Self { head: None, len: 0 }
    }

    /// Returns the number of waiters. None of them has been granted.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    #[inline]
    pub(crate) fn is_front(&self, node: NonNull<Node<D>>) -> bool {
        self.head == Some(node)
    }

    /// Appends a node.
    ///
    /// # Safety
    ///
    /// The node is in no list and was not granted. Its owner keeps rule 1, and creates no
    /// `&mut Node` before it reads `GRANTED` or unlinks the node. The mutex that guards
    /// this list stays the same as long as the list is not empty.
    #[inline]
    pub(crate) unsafe fn push_back(&mut self, node: NonNull<Node<D>>) {
        self.len += 1;
        let tail = match self.head {
            None => {
                self.head = Some(node);
                node
            }
            Some(head) => {
                // SAFETY: list rules 1 and 2: the head is linked here.
                let tail = unsafe { with_fields(head, |fields| fields.prev.replace(node)) };
                let tail = tail.unwrap_or(head);
                // SAFETY: list rules 1 and 2: the tail is linked here.
                unsafe { with_fields(tail, |fields| fields.next = Some(node)) };
                tail
            }
        };
        // SAFETY: the node is alive and in no other list, by this function's contract.
        unsafe {
            with_fields(node, |fields| {
                debug_assert!(fields.next.is_none(), "a node is in two lists");
                fields.prev = Some(tail);
            });
        }
    }

    /// Unlinks a node at any position.
    ///
    /// # Safety
    ///
    /// The node is linked in this list.
    pub(crate) unsafe fn unlink(&mut self, node: NonNull<Node<D>>) {
        self.len -= 1;
        // SAFETY: list rules 1 and 2: the node is linked here.
        let (next, prev) =
            unsafe { with_fields(node, |fields| (fields.next.take(), fields.prev.take())) };
        if self.head == Some(node) {
            self.head = next;
        } else if let Some(prev) = prev {
            // SAFETY: list rules 1 and 2: a neighbour is linked here.
            unsafe { with_fields(prev, |fields| fields.next = next) };
        }
        // The next node gets this node's `prev`. If the node was the last one, the head gets it,
        // because the `prev` of the head is the tail.
        if let Some(heir) = next.or(self.head) {
            // SAFETY: list rules 1 and 2: a neighbour is linked here.
            unsafe { with_fields(heir, |fields| fields.prev = prev) };
        }
    }

    /// Returns the data of the first waiter.
    #[inline]
    pub(crate) fn front_data(&self) -> Option<D>
    where
        D: Copy,
    {
        // SAFETY: list rules 1 and 2: the head is linked here.
        Some(unsafe { with_fields(self.head?, |fields| fields.data) })
    }

    /// Takes the waker of the first waiter, for the caller to wake without the mutex.
    /// `None` if the list is empty, or if the waker was taken before.
    pub(crate) fn take_front_waker(&mut self) -> Option<Waker> {
        // SAFETY: list rules 1 and 2: the head is linked here.
        unsafe {
            with_fields(self.head?, |fields| {
                if fields.waker.is_some() {
                    fields.record.note_wake();
                }
                fields.waker.take()
            })
        }
    }

    /// Unlinks the first waiter, grants it and returns its waker, for the caller to wake
    /// without the mutex. `None` if the list is empty.
    #[inline]
    pub(crate) fn grant_front(&mut self) -> Option<Option<Waker>> {
        self.grant_front_with(|_| {})
    }

    /// Like [`grant_front`](Self::grant_front), after `change` has changed the waiter's
    /// data.
    #[inline]
    pub(crate) fn grant_front_with(
        &mut self,
        change: impl FnOnce(&mut D),
    ) -> Option<Option<Waker>> {
        let head = self.head?;
        self.len -= 1;
        // SAFETY: list rules 1 and 2: the head is linked here.
        let (next, tail, waker) = unsafe {
            with_fields(head, |fields| {
                change(&mut fields.data);
                fields.record.take().note_grant(fields.waker.is_some());
                (fields.next, fields.prev, fields.waker.take())
            })
        };
        self.head = next;
        if let Some(next) = next {
            // SAFETY: list rules 1 and 2: the new head is linked here.
            unsafe { with_fields(next, |fields| fields.prev = tail) };
        }
        // SAFETY: list rule 3: the node is unlinked, and this is the last access.
        unsafe { publish(head) };
        Some(waker)
    }

    /// Moves the first waiter to the back of `to`, after `change` has changed its data.
    /// Returns `false` if this list is empty.
    ///
    /// # Safety
    ///
    /// The mutex that guards this list also guards `to`.
    pub(crate) unsafe fn move_front(&mut self, to: &mut Self, change: impl FnOnce(&mut D)) -> bool {
        let Some(node) = self.head else { return false };
        // SAFETY: the head is linked here.
        unsafe { self.unlink(node) };
        // SAFETY: list rules 1 and 2: the node was linked here, and its mutex is held.
        unsafe { with_fields(node, |fields| change(&mut fields.data)) };
        // SAFETY: the node is in no list. Its owner keeps the contract with which it pushed
        // the node here, under the same mutex.
        unsafe { to.push_back(node) };
        true
    }

    /// Moves the first waiter to the back of `to`, which another mutex guards (rule 4).
    /// Returns `false` if this list is empty.
    ///
    /// # Safety
    ///
    /// The owner of each node in this list takes the mutex of `to` once it reads
    /// `REQUEUED`.
    pub(crate) unsafe fn requeue_front(&mut self, to: &mut Self) -> bool {
        let Some(node) = self.head else { return false };
        // SAFETY: the head is linked here.
        unsafe { self.unlink(node) };
        // SAFETY: list rules 1 and 2: the node was linked here, and its mutex is held.
        unsafe { with_fields(node, |fields| fields.record.note_requeue()) };
        // SAFETY: list rule 1: the node was neither granted nor unlinked by its owner.
        let state = unsafe { &node.as_ref().state };
        // ORDERING: Release pairs with the Acquire in `Node::state`. The owner then takes
        // the mutex of `to`, which publishes the rest.
        state.store(REQUEUED, Ordering::Release);
        // SAFETY: the node is in no list, and its owner keeps the contract with which it
        // pushed the node here; list rule 4 says which mutex it takes.
        unsafe { to.push_back(node) };
        true
    }

    /// Runs `change` on the data of each waiter, in order.
    pub(crate) fn for_each(&mut self, mut change: impl FnMut(&mut D)) {
        let mut cursor = self.head;
        while let Some(node) = cursor {
            // SAFETY: list rules 1 and 2: the node is linked here.
            cursor = unsafe {
                with_fields(node, |fields| {
                    change(&mut fields.data);
                    fields.next
                })
            };
        }
    }

    /// Returns the data of a waiter.
    ///
    /// # Safety
    ///
    /// The node is linked in this list, or in another list that the same mutex guards.
    pub(crate) unsafe fn data(&self, node: NonNull<Node<D>>) -> D
    where
        D: Copy,
    {
        // SAFETY: list rules 1 and 2: the node is linked, and its mutex is held.
        unsafe { with_fields(node, |fields| fields.data) }
    }

    /// Returns whether the node's waker wakes the same task as `waker`.
    ///
    /// # Safety
    ///
    /// The node is linked in this list.
    pub(crate) unsafe fn will_wake(&self, node: NonNull<Node<D>>, waker: &Waker) -> bool {
        // SAFETY: list rules 1 and 2: the node is linked here. `will_wake` runs no user
        // code: it compares two pointers.
        unsafe {
            with_fields(node, |fields| {
                let current = fields.waker.as_ref();
                current.is_some_and(|current| current.will_wake(waker))
            })
        }
    }

    /// Takes the waker of a waiter that the caller, who is its owner, has just unlinked. Also drops
    /// the node's reference to the record of the wait.
    ///
    /// # Safety
    ///
    /// The caller has just unlinked the node from this list.
    pub(crate) unsafe fn take_unlinked(&mut self, node: NonNull<Node<D>>) -> Option<Waker> {
        // SAFETY: list rules 1 and 2: the caller has just unlinked the node.
        unsafe {
            with_fields(node, |fields| {
                let _record = fields.record.take();
                fields.waker.take()
            })
        }
    }

    /// Replaces the waker of a waiter and returns the old one, for the caller to drop
    /// without the mutex.
    ///
    /// # Safety
    ///
    /// The node is linked in this list.
    pub(crate) unsafe fn replace_waker(
        &mut self,
        node: NonNull<Node<D>>,
        waker: Option<Waker>,
    ) -> Option<Waker> {
        // SAFETY: list rules 1 and 2: the node is linked here.
        unsafe { with_fields(node, |fields| core::mem::replace(&mut fields.waker, waker)) }
    }
}

/// Returns the data of a node that belongs to its owner. In debug builds, asserts that it has
/// no waker.
///
/// # Safety
///
/// The caller is the owner. It has read `GRANTED` (rule 3), has unlinked the node, or has
/// never linked it.
#[inline]
pub(crate) unsafe fn owned_data<D: Copy>(node: NonNull<Node<D>>) -> D {
    // SAFETY: the caller owns the node, by this function's contract.
    unsafe {
        with_fields(node, |fields| {
            debug_assert!(
                fields.waker.is_none(),
                "aiosync: a granted node has a waker"
            );
            fields.data
        })
    }
}
