//! What the operations of a condition mean, with two locks.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem;

use crate::arguments::{NAMES, Name};

/// Among so many notified ones of a lock, one is woken.
const STRIDE: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Of a wait: it holds the lock.
    Unpolled,
    Waiting,
    /// `chosen`: it was woken to carry its run, and was not polled since.
    Notified {
        chosen: bool,
    },
    InLine,
    Granted,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Holder {
    Nobody,
    Guard,
    /// An unpolled or granted one.
    Member(Name),
}

/// What a future ought to be.
struct Member {
    which: usize,
    /// Whether it waits for the condition, not for a lock alone.
    waits: bool,
    /// How often it wants to be notified.
    wants: usize,
    /// How many tests there are until then.
    tests: usize,
    place: Place,
    /// Whether a notification goes on if it gives up.
    by_number: bool,
    has_left_a_waker: bool,
}

pub(super) struct Model {
    members: [Option<Member>; NAMES],
    pub(super) waiting: VecDeque<Name>,
    notified: Vec<Name>,
    /// Notifications since the last that woke somebody.
    since_woken: usize,
    /// Who was notified last has left, or was carried, since.
    last_has_left: bool,
    pub(super) lines: [VecDeque<Name>; 2],
    pub(super) holders: [Holder; 2],
    /// Who was to be woken.
    pub(super) woken: Vec<Name>,
    /// Who was woken indeed. Where the rules leave it open, it is looked at.
    pub(super) seen: Vec<Name>,
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            members: [const { None }; NAMES],
            waiting: VecDeque::new(),
            notified: Vec::new(),
            since_woken: 0,
            last_has_left: true,
            lines: Default::default(),
            holders: [Holder::Nobody; 2],
            woken: Vec::new(),
            seen: Vec::new(),
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

    /// Whether the guard is there, and the lock would be had again if it were dropped.
    pub(super) fn can_hand_over(&self, which: usize) -> bool {
        self.holders[which] == Holder::Guard && self.lines[which].is_empty()
    }

    /// A wait, which has the guard.
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

    /// It is woken, if it has left a waker.
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
        if let Some(next) = self.lines[which].pop_front() {
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

    /// The next that waits is notified. The condition has done so before.
    fn notify_next(&mut self, by_number: bool) -> bool {
        let Some(name) = self.waiting.pop_front() else {
            return false;
        };
        let which = self.member(name).which;
        let last = self.notified.last().copied();
        let new_run = last.is_none_or(|last| self.member(last).which != which);
        let woken = self.seen[self.woken.len().min(self.seen.len())..].contains(&name);
        let may_be_woken = self.since_woken >= STRIDE - 1 || self.last_has_left;
        assert!(!woken || new_run || may_be_woken, "{name} is not the 16th");
        let chosen = new_run || woken;
        self.since_woken = if chosen { 0 } else { self.since_woken + 1 };
        self.last_has_left = false;
        let member = self.member(name);
        member.place = Place::Notified { chosen };
        member.by_number = by_number;
        if chosen {
            self.wake(name);
        }
        self.notified.push(name);
        true
    }

    /// How many were to be notified.
    pub(super) fn notify(&mut self, most: usize, all: bool, seen: Vec<Name>) -> usize {
        self.seen = seen;
        let due = self.waiting.len().min(most);
        for _ in 0..due {
            assert!(self.notify_next(!all));
        }
        due
    }

    /// All the notified of a lock go into its line.
    fn carry(&mut self, which: usize, carrier: Name) {
        for name in mem::take(&mut self.notified) {
            self.last_has_left = self.member(name).which == which;
            if !self.last_has_left {
                self.notified.push(name);
            } else if self.holders[which] == Holder::Nobody {
                self.grant(name, name != carrier);
            } else {
                self.member(name).place = Place::InLine;
                self.lines[which].push_back(name);
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

    /// Whether it has the lock for good; if so, it goes.
    pub(super) fn poll(&mut self, name: Name, seen: Vec<Name>) -> bool {
        self.seen = seen;
        let member = self.member(name);
        let (which, place) = (member.which, member.place);
        member.has_left_a_waker = place != Place::Granted;
        match place {
            // It holds the lock, and tests for the first time.
            Place::Unpolled if member.waits => member.place = Place::Granted,
            Place::Unpolled if self.holders[which] == Holder::Nobody => self.grant(name, false),
            Place::Unpolled => {
                self.member(name).place = Place::InLine;
                self.lines[which].push_back(name);
            }
            Place::Notified { .. } => self.carry(which, name),
            Place::Waiting | Place::InLine | Place::Granted => {}
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

    pub(super) fn drop(&mut self, name: Name, seen: Vec<Name>) {
        self.seen = seen;
        let member = self.members[name.0].take().expect("it is there");
        self.waiting.retain(|&other| other != name);
        self.lines[member.which].retain(|&other| other != name);
        if let Place::Notified { chosen } = member.place {
            let mut notified = self.notified.iter();
            let index = notified.position(|&other| other == name);
            let index = index.expect("it is among the notified");
            self.notified.remove(index);
            self.last_has_left |= index == self.notified.len();
            if let (Some(&next), true) = (self.notified.get(index), chosen) {
                if self.member(next).which == member.which {
                    self.member(next).place = Place::Notified { chosen: true };
                    self.wake(next);
                }
            }
        }
        if member.by_number {
            self.notify_next(true);
        }
        if member.place == Place::Granted || member.place == Place::Unpolled && member.waits {
            self.unlock(member.which);
        }
    }

    /// Of those that were notified, somebody was woken to carry the others, for each
    /// lock.
    pub(super) fn assert_somebody_comes(&self) {
        for which in 0..2 {
            let members = self.notified.iter();
            let mut members = members
                .map(|name| self.members[name.0].as_ref().expect("it is there"))
                .filter(|member| member.which == which)
                .peekable();
            let some = members.peek().is_some();
            let chosen = members.any(|member| member.place == Place::Notified { chosen: true });
            assert_eq!(chosen, some, "somebody is on the way to the lock {which}");
        }
    }
}
