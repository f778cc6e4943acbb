//! Random operations on a lock, beside a plain model of it: after each step both
//! must agree on who holds it, who waits, who was woken and who keeps a waker.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::ops::DerefMut;
use std::sync::Arc;
use std::task::Poll;

use aiosync::Lock;

use crate::common::{Polled, Random, rounds};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Holder {
    Nobody,
    Guard,
    Granted(usize),
}

/// What the lock ought to be.
struct Model {
    holder: Holder,
    line: VecDeque<usize>,
    value: u32,
}

impl Model {
    fn unlock(&mut self) {
        self.holder = match self.line.pop_front() {
            Some(next) => Holder::Granted(next),
            None => Holder::Nobody,
        };
    }
}

/// A lock, its model, and the futures by their numbers.
struct Simulation<'a, F: Future> {
    lock: &'a Lock<u32>,
    model: Model,
    waiters: Vec<(usize, Polled<F>)>,
    guard: Option<Box<dyn DerefMut<Target = u32> + 'a>>,
}

impl<'a, F> Simulation<'a, F>
where
    F: Future,
    F::Output: DerefMut<Target = u32> + 'a,
{
    fn poll(&mut self, index: usize) {
        let (id, waiter) = &mut self.waiters[index];
        match self.model.holder {
            Holder::Nobody => {}
            Holder::Granted(granted) if granted == *id => {}
            _ => {
                waiter.assert_pending();
                if !self.model.line.contains(id) {
                    self.model.line.push_back(*id);
                }
                return;
            }
        }
        let guard = waiter.assert_ready();
        self.waiters.swap_remove(index);
        self.hold(guard);
    }

    fn hold(&mut self, mut guard: impl DerefMut<Target = u32> + 'a) {
        assert_eq!(*guard, self.model.value);
        *guard += 1;
        self.model.value += 1;
        self.model.holder = Holder::Guard;
        self.guard = Some(Box::new(guard));
    }

    fn step(&mut self, random: &mut Random, start: &impl Fn() -> F, fresh: usize) {
        let chosen = random.below(self.waiters.len().max(1));
        let some_waits = !self.waiters.is_empty();
        match random.below(10) {
            0..3 if self.waiters.len() < 8 => self.waiters.push((fresh, Polled::new(start()))),
            3..5 if some_waits => self.poll(chosen),
            5 if some_waits => {
                let old = self.waiters[chosen].1.renew_waker();
                self.poll(chosen);
                assert_eq!(old.kept(), 0, "the old waker is kept");
            }
            6 if some_waits => {
                let (id, waiter) = self.waiters.swap_remove(chosen);
                let (future, waker) = waiter.split();
                drop(future);
                assert_eq!(waker.kept(), 0, "a waker outlives its future");
                self.model.line.retain(|&waiting| waiting != id);
                if self.model.holder == Holder::Granted(id) {
                    self.model.unlock();
                }
            }
            7..9 if self.guard.take().is_some() => self.model.unlock(),
            _ => {
                let guard = self.lock.try_lock();
                assert_eq!(guard.is_some(), self.model.holder == Holder::Nobody);
                if let Some(guard) = guard {
                    self.hold(guard);
                }
            }
        }
    }

    fn check(&self) {
        let model = &self.model;
        assert_eq!(self.lock.is_locked(), model.holder != Holder::Nobody);
        assert_eq!(self.lock.waiters(), model.line.len());
        for (id, waiter) in &self.waiters {
            let granted = model.holder == Holder::Granted(*id);
            let waiting = model.line.contains(id);
            assert_eq!(waiter.wakes(), usize::from(granted), "wakes of {id}");
            assert_eq!(waiter.wakers_kept(), usize::from(waiting), "wakers of {id}");
        }
    }
}

fn simulate<'a, F>(lock: &'a Lock<u32>, seed: u64, start: impl Fn() -> F)
where
    F: Future,
    F::Output: DerefMut<Target = u32> + 'a,
{
    let mut random = Random::new(seed);
    let mut simulation = Simulation {
        lock,
        model: Model {
            holder: Holder::Nobody,
            line: VecDeque::new(),
            value: 0,
        },
        waiters: Vec::new(),
        guard: None,
    };
    for fresh in 0..400 {
        simulation.step(&mut random, &start, fresh);
        simulation.check();
    }
    // To the end, in the order of the line.
    drop(simulation.guard.take());
    for (_, waiter) in &mut simulation.waiters {
        if let Poll::Ready(guard) = waiter.poll() {
            drop(guard);
        }
    }
    drop(simulation);
    assert!(!lock.is_locked());
    assert_eq!(lock.waiters(), 0);
}

#[test]
fn a_lock_does_what_its_model_does() {
    for seed in 0..rounds(100) as u64 {
        println!("seed {seed}");
        let lock = Arc::new(Lock::new(0));
        simulate(&lock, seed, || lock.lock());
        let lock = Arc::new(Lock::new(0));
        simulate(&lock, seed, || Arc::clone(&lock).lock_owned());
        assert_eq!(Arc::strong_count(&lock), 1);
    }
}
