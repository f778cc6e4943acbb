//! Random operations on a condition and two locks, beside a plain model of them:
//! after each step both must agree on who waits, who stands in which line, who holds
//! which lock, who was woken how often and who keeps a waker.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;

use aiosync::{Condition, Lock};

use super::{Held, WAYS, Wait, Waiter, assert_idle};
use crate::common::{Polled, Random};

/// No more at a time, so that one poll carries all of a lock.
const MEMBERS: usize = 14;

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
enum Holder {
    Nobody,
    Guard,
    /// An unpolled or granted member.
    Member(usize),
}

/// A future and what it ought to be.
struct Member<'a> {
    future: Waiter<'a>,
    lock: usize,
    /// How many notifications it wants; 0 if it only locks.
    wants: usize,
    place: Place,
    /// Whether a notification goes on if it gives up.
    by_number: bool,
    wakes: usize,
    keeps_waker: bool,
}

/// The model, with the futures by their numbers.
struct Simulation<'a> {
    condition: &'a Condition,
    locks: &'a [Arc<Lock<u32>>; 2],
    members: Vec<Option<Member<'a>>>,
    waiting: VecDeque<usize>,
    notified: Vec<usize>,
    /// Notifications since the last that woke somebody.
    since_woken: usize,
    /// Who was notified last has left, or was carried, since.
    last_has_left: bool,
    lines: [VecDeque<usize>; 2],
    holders: [Holder; 2],
    guards: [Option<Held<'a>>; 2],
    values: [u32; 2],
}

impl<'a> Simulation<'a> {
    fn new(condition: &'a Condition, locks: &'a [Arc<Lock<u32>>; 2]) -> Self {
        Self {
            condition,
            locks,
            members: Vec::new(),
            waiting: VecDeque::new(),
            notified: Vec::new(),
            since_woken: 0,
            last_has_left: true,
            lines: Default::default(),
            holders: [Holder::Nobody; 2],
            guards: [None, None],
            values: [0; 2],
        }
    }

    fn member(&mut self, id: usize) -> &mut Member<'a> {
        self.members[id].as_mut().expect("it is there")
    }

    /// The numbers of those that are there.
    fn living(&self) -> Vec<usize> {
        (0..self.members.len())
            .filter(|&id| self.members[id].is_some())
            .collect()
    }

    /// The member is woken, if it has left a waker.
    fn wake(&mut self, id: usize) {
        let member = self.member(id);
        member.wakes += usize::from(member.keeps_waker);
        member.keeps_waker = false;
    }

    fn unlock(&mut self, lock: usize) {
        self.holders[lock] = Holder::Nobody;
        if let Some(next) = self.lines[lock].pop_front() {
            self.grant(next, true);
        }
    }

    fn grant(&mut self, id: usize, wake: bool) {
        let lock = self.member(id).lock;
        assert_eq!(self.holders[lock], Holder::Nobody);
        self.holders[lock] = Holder::Member(id);
        self.member(id).place = Place::Granted;
        if wake {
            self.wake(id);
        }
        self.member(id).keeps_waker = false;
    }

    /// The next that waits is notified. The condition has done so before: where the
    /// rules leave it open whether it is woken, it is looked at.
    fn notify_next(&mut self, by_number: bool) -> bool {
        let Some(id) = self.waiting.pop_front() else {
            return false;
        };
        let lock = self.member(id).lock;
        let last = self.notified.last().copied();
        let new_run = last.is_none_or(|last| self.member(last).lock != lock);
        let member = self.member(id);
        let woken = member.future.wakes() > member.wakes;
        let chosen = new_run || woken;
        let may_be_woken = self.since_woken >= 15 || self.last_has_left;
        assert!(!woken || new_run || may_be_woken, "{id} is not the 16th");
        self.since_woken = if chosen { 0 } else { self.since_woken + 1 };
        self.last_has_left = false;
        let member = self.member(id);
        member.place = Place::Notified { chosen };
        member.by_number = by_number;
        if chosen {
            self.wake(id);
        }
        self.notified.push(id);
        true
    }

    fn notify(&mut self, most: usize, all: bool) {
        let due = self.waiting.len().min(most);
        let answer = if all {
            self.condition.notify_all()
        } else {
            self.condition.notify(most)
        };
        assert_eq!(answer, due);
        for _ in 0..due {
            assert!(self.notify_next(!all));
        }
    }

    /// All the notified of a lock go into its line.
    fn carry(&mut self, lock: usize, carrier: usize) {
        let all = std::mem::take(&mut self.notified);
        for id in all {
            self.last_has_left = self.member(id).lock == lock;
            if !self.last_has_left {
                self.notified.push(id);
            } else if self.holders[lock] == Holder::Nobody {
                self.grant(id, id != carrier);
            } else {
                self.member(id).place = Place::InLine;
                self.lines[lock].push_back(id);
            }
        }
    }

    fn start(&mut self, random: &mut Random, lock: usize) {
        let (condition, its) = (self.condition, &self.locks[lock]);
        let id = self.members.len();
        // It takes the guard's place at once, unless that belongs to one in line.
        let free = self.holders[lock] == Holder::Guard && self.lines[lock].is_empty();
        let (future, wants): (Wait<'a>, usize) = match random.below(9) {
            way @ 0..6 if free => {
                self.guards[lock] = None;
                ((WAYS[way].start)(condition, its), 1)
            }
            6 if free => {
                self.guards[lock] = None;
                let mut wants = 3;
                let wait = condition.wait_while(its.try_lock().unwrap(), move |_| {
                    wants -= 1;
                    wants > 0
                });
                (Box::pin(async move { Box::new(wait.await) as Held<'_> }), 2)
            }
            _ => {
                let wait = its.lock();
                (Box::pin(async move { Box::new(wait.await) as Held<'_> }), 0)
            }
        };
        if wants > 0 {
            self.holders[lock] = Holder::Member(id);
        }
        self.members.push(Some(Member {
            future: Polled::new(future),
            lock,
            wants,
            place: Place::Unpolled,
            by_number: false,
            wakes: 0,
            keeps_waker: false,
        }));
    }

    fn poll(&mut self, id: usize) {
        let progress = self.member(id).future.poll();
        let Member {
            lock, wants, place, ..
        } = *self.member(id);
        self.member(id).keeps_waker = place != Place::Granted;
        match place {
            Place::Unpolled if wants > 0 => {
                self.member(id).place = Place::Waiting;
                self.waiting.push_back(id);
                self.unlock(lock);
            }
            Place::Unpolled if self.holders[lock] == Holder::Nobody => self.grant(id, false),
            Place::Unpolled => {
                self.member(id).place = Place::InLine;
                self.lines[lock].push_back(id);
            }
            Place::Notified { .. } => self.carry(lock, id),
            Place::Waiting | Place::InLine | Place::Granted => {}
        }
        if self.member(id).place != Place::Granted {
            assert!(progress.is_pending(), "{id} is ready: {place:?}");
        } else if wants > 1 {
            // The test has failed: it waits again, at the tail.
            assert!(progress.is_pending(), "{id} did not test");
            let member = self.member(id);
            member.wants -= 1;
            member.place = Place::Waiting;
            member.by_number = false;
            member.keeps_waker = true;
            self.waiting.push_back(id);
            self.unlock(lock);
        } else {
            let Poll::Ready(guard) = progress else {
                panic!("{id} is not ready: {place:?}");
            };
            self.check_waker(id);
            self.members[id] = None;
            self.hold(lock, guard);
        }
    }

    fn hold(&mut self, lock: usize, mut guard: Held<'a>) {
        assert_eq!(**guard, self.values[lock]);
        **guard += 1;
        self.values[lock] += 1;
        self.holders[lock] = Holder::Guard;
        assert!(self.guards[lock].replace(guard).is_none());
    }

    fn drop_one(&mut self, id: usize) {
        let member = self.members[id].take().expect("it is there");
        let (future, waker) = member.future.split();
        drop(future);
        assert_eq!(
            (waker.kept(), waker.wakes()),
            (0, member.wakes),
            "of {id}, dropped"
        );
        self.waiting.retain(|&other| other != id);
        self.lines[member.lock].retain(|&other| other != id);
        let forward = member.by_number;
        match member.place {
            Place::Unpolled if member.wants > 0 => self.unlock(member.lock),
            Place::Notified { chosen } => {
                let index = self.notified.iter().position(|&other| other == id).unwrap();
                self.notified.remove(index);
                self.last_has_left |= index == self.notified.len();
                if let (Some(&next), true) = (self.notified.get(index), chosen) {
                    let next_member = self.member(next);
                    if next_member.lock == member.lock {
                        next_member.place = Place::Notified { chosen: true };
                        self.wake(next);
                    }
                }
            }
            Place::Granted | Place::Unpolled | Place::Waiting | Place::InLine => {}
        }
        if forward {
            self.notify_next(true);
        }
        if member.place == Place::Granted {
            self.unlock(member.lock);
        }
    }

    fn step(&mut self, random: &mut Random) {
        let living = self.living();
        let chosen = living.get(random.below(living.len().max(1))).copied();
        let lock = random.below(2);
        match (random.below(16), chosen) {
            (0..5, _) if living.len() < MEMBERS => self.start(random, lock),
            (5..8, Some(id)) => self.poll(id),
            (8, Some(id)) => {
                let old = self.member(id).future.renew_waker();
                self.member(id).wakes = 0;
                self.poll(id);
                assert_eq!(old.kept(), 0, "the old waker of {id} is kept");
            }
            (9, Some(id)) => self.drop_one(id),
            (10, _) => self.notify(1, false),
            (11, _) => self.notify(random.below(4), false),
            (12, _) => self.notify(usize::MAX, true),
            _ if self.guards[lock].take().is_some() => self.unlock(lock),
            _ => {
                let locked = &self.locks[lock];
                let guard = locked.try_lock();
                assert_eq!(guard.is_some(), self.holders[lock] == Holder::Nobody);
                if let Some(guard) = guard {
                    self.hold(lock, Box::new(guard));
                }
            }
        }
    }

    #[track_caller]
    fn check_waker(&self, id: usize) {
        let member = self.members[id].as_ref().expect("it is there");
        let place = member.place;
        let wakes = member.future.wakes();
        assert_eq!(wakes, member.wakes, "wakes of {id}, {place:?}");
        let kept = usize::from(member.keeps_waker);
        assert_eq!(
            member.future.wakers_kept(),
            kept,
            "wakers of {id}, {place:?}"
        );
    }

    fn check(&self) {
        assert_eq!(self.condition.waiters(), self.waiting.len());
        for lock in 0..2 {
            assert_eq!(
                self.locks[lock].is_locked(),
                self.holders[lock] != Holder::Nobody
            );
            assert_eq!(self.locks[lock].waiters(), self.lines[lock].len());
        }
        for id in self.living() {
            self.check_waker(id);
        }
    }

    /// Nobody is left who was notified and whom nobody will wake.
    fn check_that_somebody_comes(&self) {
        for lock in 0..2 {
            let mut of_lock = (self.notified.iter())
                .map(|&id| self.members[id].as_ref().expect("it is there"))
                .filter(|member| member.lock == lock)
                .peekable();
            let some = of_lock.peek().is_some();
            let chosen = of_lock.any(|member| member.place == Place::Notified { chosen: true });
            assert_eq!(chosen, some, "somebody is on the way for lock {lock}");
        }
    }
}

#[test]
fn a_condition_does_what_its_model_does() {
    for seed in 0..200 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let condition = Condition::new();
        let locks = [Arc::new(Lock::new(0)), Arc::new(Lock::new(0))];
        let mut simulation = Simulation::new(&condition, &locks);
        for _ in 0..500 {
            simulation.step(&mut random);
            simulation.check();
            simulation.check_that_somebody_comes();
        }
        // All go, in any order.
        while let [first, ..] = simulation.living()[..] {
            simulation.drop_one(first);
            simulation.check();
            simulation.check_that_somebody_comes();
        }
        drop(simulation);
        for lock in &locks {
            assert_idle(&condition, lock);
            assert_eq!(Arc::strong_count(lock), 1);
        }
    }
}
