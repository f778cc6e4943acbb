//! What the operations of a condition mean, with two locks that it serves in turn.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem;

use crate::arguments::{NAMES, Name};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Of a wait: it holds the lock.
    Unpolled,
    Waiting,
    Notified,
    /// In the lock's wait queue.
    Queued,
    Granted,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Holder {
    Nobody,
    Guard,
    /// An unpolled or granted waiter.
    Member(Name),
}

/// The expected state of a future.
struct Member {
    which: usize,
    /// Whether it waits for the condition, instead of a lock alone.
    waits: bool,
    /// The number of notifications that it needs.
    wants: usize,
    /// The number of tests until then.
    tests: usize,
    place: Place,
    /// Whether its notification passes on if it is dropped.
    by_number: bool,
    has_left_a_waker: bool,
}

pub(super) struct Model {
    members: [Option<Member>; NAMES],
    pub(super) waiting: VecDeque<Name>,
    pub(super) notified: VecDeque<Name>,
    pub(super) queues: [VecDeque<Name>; 2],
    pub(super) holders: [Holder; 2],
    /// The wakes that are due, in order.
    pub(super) woken: Vec<Name>,
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            members: [const { None }; NAMES],
            waiting: VecDeque::new(),
            notified: VecDeque::new(),
            queues: Default::default(),
            holders: [Holder::Nobody; 2],
            woken: Vec::new(),
        }
    }

    fn member(&mut self, name: Name) -> &mut Member {
        self.members[name.0].as_mut().expect("it is there")
    }

    pub(super) fn has_left_a_waker(&self, name: Name) -> bool {
        let member = self.members[name.0].as_ref();
        member.is_some_and(|member| member.has_left_a_waker)
    }

    pub(super) fn lock_of(&mut self, name: Name) -> usize {
        self.member(name).which
    }

    pub(super) fn tests_of(&mut self, name: Name) -> usize {
        self.member(name).tests
    }

    /// Returns whether waiters of another lock are in the condition's lists.
    pub(super) fn is_bound_to_another(&self, which: usize) -> bool {
        let mut registered = self.waiting.iter().chain(&self.notified);
        registered.any(|name| {
            let member = self.members[name.0].as_ref();
            member.is_some_and(|member| member.which != which)
        })
    }

    /// Returns whether the next poll would begin a wait that the condition refuses.
    pub(super) fn would_be_refused(&self, name: Name) -> bool {
        let member = self.members[name.0].as_ref().expect("it is there");
        let holds = match member.place {
            Place::Unpolled => member.waits,
            Place::Granted => true,
            // If it gets the lock, the others in the condition's lists have the same lock.
            Place::Waiting | Place::Notified | Place::Queued => false,
        };
        holds && member.wants > 0 && self.is_bound_to_another(member.which)
    }

    /// Returns whether the guard is there, and the lock can be taken again after its drop.
    pub(super) fn can_hand_over(&self, which: usize) -> bool {
        self.holders[which] == Holder::Guard && self.queues[which].is_empty()
    }

    /// Begins a wait, which takes the guard.
    pub(super) fn start(&mut self, name: Name, which: usize, wants: usize) {
        self.holders[which] = Holder::Member(name);
        self.enter(name, which, true, wants);
    }

    pub(super) fn start_lock(&mut self, name: Name, which: usize) {
        self.enter(name, which, false, 0);
    }

    fn enter(&mut self, name: Name, which: usize, waits: bool, wants: usize) {
        self.members[name.0] = Some(Member {
            which,
            waits,
            wants,
            tests: wants + 1,
            place: Place::Unpolled,
            by_number: false,
            has_left_a_waker: false,
        });
    }

    /// Wakes a waiter, if it has left a waker.
    fn wake(&mut self, name: Name) {
        if mem::take(&mut self.member(name).has_left_a_waker) {
            self.woken.push(name);
        }
    }

    pub(super) fn try_lock(&mut self, which: usize) -> bool {
        let free = self.holders[which] == Holder::Nobody;
        if free {
            self.holders[which] = Holder::Guard;
        }
        free
    }

    pub(super) fn unlock(&mut self, which: usize) {
        self.holders[which] = Holder::Nobody;
        if let Some(next) = self.queues[which].pop_front() {
            self.grant(next, true);
        }
    }

    fn grant(&mut self, name: Name, wake: bool) {
        let which = self.member(name).which;
        assert_eq!(self.holders[which], Holder::Nobody);
        self.holders[which] = Holder::Member(name);
        self.member(name).place = Place::Granted;
        if wake {
            self.wake(name);
        }
        self.member(name).has_left_a_waker = false;
    }

    /// Notifies the first waiter, and wakes it if it is the first notified one.
    fn notify_next(&mut self, by_number: bool) -> bool {
        let Some(name) = self.waiting.pop_front() else {
            return false;
        };
        let member = self.member(name);
        member.place = Place::Notified;
        member.by_number = by_number;
        if self.notified.is_empty() {
            self.wake(name);
        }
        self.notified.push_back(name);
        true
    }

    /// Returns the number of notified waiters.
    pub(super) fn notify(&mut self, most: usize, all: bool) -> usize {
        let due = self.waiting.len().min(most);
        for _ in 0..due {
            assert!(self.notify_next(!all));
        }
        due
    }

    /// Moves all notified waiters into the wait queue of their lock.
    fn requeue(&mut self, which: usize, polled: Name) {
        for name in mem::take(&mut self.notified) {
            assert_eq!(self.member(name).which, which, "one lock at a time");
            if self.holders[which] == Holder::Nobody {
                self.grant(name, name != polled);
            } else {
                self.member(name).place = Place::Queued;
                self.queues[which].push_back(name);
            }
        }
    }

    fn wait(&mut self, name: Name) {
        let member = self.member(name);
        member.place = Place::Waiting;
        member.by_number = false;
        member.has_left_a_waker = true;
        let which = member.which;
        self.waiting.push_back(name);
        self.unlock(which);
    }

    /// Returns whether the poll returns the guard. If so, the member is gone.
    pub(super) fn poll(&mut self, name: Name) -> bool {
        let member = self.member(name);
        let (which, place) = (member.which, member.place);
        member.has_left_a_waker = place != Place::Granted;
        match place {
            // It holds the lock, and tests for the first time.
            Place::Unpolled if member.waits => member.place = Place::Granted,
            Place::Unpolled if self.holders[which] == Holder::Nobody => self.grant(name, false),
            Place::Unpolled => {
                self.member(name).place = Place::Queued;
                self.queues[which].push_back(name);
            }
            Place::Notified => self.requeue(which, name),
            Place::Waiting | Place::Queued | Place::Granted => {}
        }
        let member = self.member(name);
        if member.place != Place::Granted {
            false
        } else if member.wants > 0 {
            member.wants -= 1;
            self.wait(name);
            false
        } else {
            self.members[name.0] = None;
            self.holders[which] = Holder::Guard;
            true
        }
    }

    pub(super) fn drop(&mut self, name: Name) {
        let member = self.members[name.0].take().expect("it is there");
        let was_first = self.notified.front() == Some(&name);
        self.waiting.retain(|&other| other != name);
        self.notified.retain(|&other| other != name);
        self.queues[member.which].retain(|&other| other != name);
        if let (true, Some(&next)) = (was_first, self.notified.front()) {
            self.wake(next);
        }
        if member.by_number {
            self.notify_next(true);
        }
        if member.place == Place::Granted || member.place == Place::Unpolled && member.waits {
            self.unlock(member.which);
        }
    }

    /// The first notified waiter was woken: its waker was taken.
    pub(super) fn assert_first_is_woken(&self) {
        if let Some(&first) = self.notified.front() {
            assert!(!self.has_left_a_waker(first), "{first} was not woken");
        }
    }
}
