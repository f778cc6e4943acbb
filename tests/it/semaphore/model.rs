//! Random operations on a semaphore, beside a plain model of it: after each step
//! both must agree on what is free, who waits, who was woken and who keeps a
//! waker, and free + held + granted − debt must be the total.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use aiosync::{OwnedPermit, Permit, Semaphore};

use crate::common::{Polled, Random, panic_message, rounds};

const BOUND: usize = 9;

/// Either kind of permit.
trait AnyPermit: Sized {
    fn permits(&self) -> usize;
    fn forget(self);
    fn split(&mut self, n: usize) -> Option<Self>;
    fn merge(&mut self, other: Self);
}

macro_rules! any_permit {
    ($permit:ty) => {
        impl AnyPermit for $permit {
            fn permits(&self) -> usize {
                <$permit>::permits(self)
            }

            fn forget(self) {
                <$permit>::forget(self);
            }

            fn split(&mut self, n: usize) -> Option<Self> {
                <$permit>::split(self, n)
            }

            fn merge(&mut self, other: Self) {
                <$permit>::merge(self, other);
            }
        }
    };
}
any_permit!(Permit<'_>);
any_permit!(OwnedPermit);

/// What the semaphore ought to be.
struct Model {
    free: usize,
    held: usize,
    debt: usize,
    line: VecDeque<(usize, usize)>,
    granted: Vec<(usize, usize)>,
}

impl Model {
    fn total(&self) -> isize {
        let granted: usize = self.granted.iter().map(|(_, count)| count).sum();
        (self.free + self.held + granted) as isize - self.debt as isize
    }

    fn nobody_ahead(&self) -> bool {
        self.line.is_empty() && self.debt == 0
    }

    fn settle(&mut self) {
        let paid = self.debt.min(self.free);
        self.debt -= paid;
        self.free -= paid;
        while let Some(&(id, count)) = self.line.front() {
            if self.debt > 0 || count > self.free {
                break;
            }
            self.free -= count;
            self.granted.push((id, count));
            self.line.pop_front();
        }
    }

    fn add(&mut self, count: usize) {
        self.free += count;
        self.settle();
    }
}

/// A semaphore, its model, the futures by number with what they ask for, and the
/// permits that are held.
struct Simulation<'a, F: Future> {
    semaphore: &'a Semaphore,
    model: Model,
    waiters: Vec<(usize, usize, Polled<F>)>,
    permits: Vec<F::Output>,
    fresh: usize,
}

impl<F> Simulation<'_, F>
where
    F: Future,
    F::Output: AnyPermit,
{
    fn poll(&mut self, index: usize) {
        let (id, count, waiter) = &mut self.waiters[index];
        let model = &mut self.model;
        let granted = model.granted.iter().position(|(granted, _)| granted == id);
        let waiting = model.line.iter().any(|(waiting, _)| waiting == id);
        if let Some(position) = granted {
            model.granted.remove(position);
        } else if !waiting && (*count == 0 || model.nobody_ahead() && *count <= model.free) {
            model.free -= *count;
        } else {
            waiter.assert_pending();
            if !waiting {
                model.line.push_back((*id, *count));
            }
            return;
        }
        let permit = waiter.assert_ready();
        assert_eq!(permit.permits(), *count);
        model.held += *count;
        self.permits.push(permit);
        self.waiters.swap_remove(index);
    }

    /// With one of the waiters.
    fn step_waiter(&mut self, random: &mut Random, start: &impl Fn(usize) -> F) {
        let index = random.below(self.waiters.len() + 1);
        match random.below(6) {
            _ if index == self.waiters.len() => {
                let count = random.below(5);
                self.waiters
                    .push((self.fresh, count, Polled::new(start(count))));
                self.fresh += 1;
            }
            0..4 => self.poll(index),
            4 => {
                let old = self.waiters[index].2.renew_waker();
                self.poll(index);
                assert_eq!(old.kept(), 0, "the old waker is kept");
            }
            _ => {
                let (id, count, waiter) = self.waiters.swap_remove(index);
                let (future, waker) = waiter.split();
                drop(future);
                assert_eq!(waker.kept(), 0, "a waker outlives its future");
                let model = &mut self.model;
                model.line.retain(|(waiting, _)| *waiting != id);
                let granted = model.granted.len();
                model.granted.retain(|(granted, _)| *granted != id);
                model.add(if model.granted.len() < granted {
                    count
                } else {
                    0
                });
            }
        }
    }

    /// With one of the permits.
    fn step_permit(&mut self, random: &mut Random) {
        if self.permits.is_empty() {
            return;
        }
        let index = random.below(self.permits.len());
        let mut permit = self.permits.swap_remove(index);
        let count = permit.permits();
        match random.below(8) {
            0 => {
                permit.forget();
                self.model.held -= count;
            }
            1 => {
                let wanted = random.below(5);
                let part = permit.split(wanted);
                assert_eq!(part.is_some(), wanted <= count);
                self.permits.extend(part);
                self.permits.push(permit);
            }
            2 => {
                if let Some(other) = self.permits.pop() {
                    permit.merge(other);
                }
                self.permits.push(permit);
            }
            _ => {
                drop(permit);
                self.model.held -= count;
                self.model.add(count);
            }
        }
    }

    /// With the semaphore itself.
    fn step_semaphore(&mut self, random: &mut Random) {
        let count = random.below(5);
        let (semaphore, model) = (self.semaphore, &mut self.model);
        match random.below(8) {
            0..3 => {
                let fits = model.total() + count as isize <= BOUND as isize;
                assert_eq!(semaphore.release(count).is_ok(), fits);
                model.add(if fits { count } else { 0 });
            }
            3 => {
                semaphore.reduce(count);
                model.debt += count;
                model.settle();
            }
            4 => {
                let drained = if model.nobody_ahead() {
                    count.min(model.free)
                } else {
                    0
                };
                assert_eq!(semaphore.drain(count), drained);
                model.free -= drained;
            }
            5 => {
                assert!(panic_message(|| semaphore.reduce(usize::MAX)).contains("MAX_PERMITS"));
            }
            _ => {
                let count = count + 1;
                let permit = semaphore.try_acquire_many(count);
                assert_eq!(
                    permit.is_some(),
                    model.nobody_ahead() && count <= model.free
                );
                // Given back at once, to a line that is empty.
                drop(permit);
            }
        }
    }

    fn check(&self) {
        let model = &self.model;
        assert_eq!(self.semaphore.available_permits(), model.free, "free");
        let total = usize::try_from(model.total()).unwrap_or(0);
        assert_eq!(self.semaphore.total_permits(), total, "total");
        assert_eq!(self.semaphore.waiters(), model.line.len(), "waiters");
        let held: usize = self.permits.iter().map(AnyPermit::permits).sum();
        assert_eq!(held, model.held, "held");
        for (id, _, waiter) in &self.waiters {
            let granted = model.granted.iter().any(|(granted, _)| granted == id);
            let waiting = model.line.iter().any(|(waiting, _)| waiting == id);
            assert_eq!(waiter.wakes(), usize::from(granted), "wakes of {id}");
            assert_eq!(waiter.wakers_kept(), usize::from(waiting), "wakers of {id}");
        }
    }
}

fn simulate<F>(semaphore: &Semaphore, seed: u64, start: impl Fn(usize) -> F)
where
    F: Future,
    F::Output: AnyPermit,
{
    let mut random = Random::new(seed);
    let mut simulation = Simulation {
        semaphore,
        model: Model {
            free: BOUND,
            held: 0,
            debt: 0,
            line: VecDeque::new(),
            granted: Vec::new(),
        },
        waiters: Vec::new(),
        permits: Vec::new(),
        fresh: 0,
    };
    for _ in 0..400 {
        match random.below(4) {
            0..2 => simulation.step_waiter(&mut random, &start),
            2 => simulation.step_permit(&mut random),
            _ => simulation.step_semaphore(&mut random),
        }
        simulation.check();
    }
    let total = simulation.model.total();
    drop(simulation);
    assert_eq!(semaphore.waiters(), 0);
    assert_eq!(
        semaphore.available_permits(),
        usize::try_from(total).unwrap_or(0)
    );
}

#[test]
fn a_semaphore_does_what_its_model_does() {
    for seed in 0..rounds(100) as u64 {
        println!("seed {seed}");
        let semaphore = Arc::new(Semaphore::bounded(BOUND));
        simulate(&semaphore, seed, |count| semaphore.acquire_many(count));
        let semaphore = Arc::new(Semaphore::bounded(BOUND));
        simulate(&semaphore, seed, |count| {
            Arc::clone(&semaphore).acquire_many_owned(count)
        });
        assert_eq!(Arc::strong_count(&semaphore), 1);
    }
}
