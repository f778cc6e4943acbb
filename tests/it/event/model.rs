//! Random operations on an event, beside a plain model of it: after each step both
//! must agree on the flag, who waits, who was woken and who keeps a waker.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aiosync::Event;
use aiosync::futures::{EventWait, EventWaitOwned};

use crate::common::{Polled, Random, rounds};

/// Either kind of wait.
trait AnyWait: Future<Output = ()> {
    fn enable(self: Pin<&mut Self>) -> bool;
}

impl AnyWait for EventWait<'_> {
    fn enable(self: Pin<&mut Self>) -> bool {
        EventWait::enable(self)
    }
}

impl AnyWait for EventWaitOwned {
    fn enable(self: Pin<&mut Self>) -> bool {
        EventWaitOwned::enable(self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unpolled,
    Registered,
    Released,
}

/// A wait, and where it ought to stand.
struct Waiter<F> {
    polled: Polled<F>,
    state: State,
    has_waker: bool,
    wakes: usize,
}

struct Simulation<'a, F> {
    event: &'a Event,
    set: bool,
    waiters: Vec<Waiter<F>>,
}

impl<F: AnyWait> Simulation<'_, F> {
    fn poll(&mut self, index: usize) {
        let waiter = &mut self.waiters[index];
        let ready = match waiter.state {
            State::Unpolled => self.set,
            State::Registered => false,
            State::Released => true,
        };
        if ready {
            waiter.polled.assert_ready();
            self.waiters.swap_remove(index);
        } else {
            waiter.polled.assert_pending();
            waiter.state = State::Registered;
            waiter.has_waker = true;
        }
    }

    fn enable(&mut self, index: usize) {
        let waiter = &mut self.waiters[index];
        if waiter.state == State::Unpolled {
            waiter.state = if self.set {
                State::Released
            } else {
                State::Registered
            };
        }
        let released = waiter.state == State::Released;
        assert_eq!(waiter.polled.pinned().enable(), released);
    }

    fn set(&mut self) {
        self.event.set();
        self.set = true;
        for waiter in &mut self.waiters {
            if waiter.state == State::Registered {
                waiter.state = State::Released;
                waiter.wakes = usize::from(waiter.has_waker);
                waiter.has_waker = false;
            }
        }
    }

    fn step(&mut self, random: &mut Random, start: &impl Fn() -> F) {
        let index = random.below(self.waiters.len() + 1);
        match random.below(10) {
            0 => self.set(),
            1..3 => {
                self.event.clear();
                self.set = false;
            }
            _ if index == self.waiters.len() => self.waiters.push(Waiter {
                polled: Polled::new(start()),
                state: State::Unpolled,
                has_waker: false,
                wakes: 0,
            }),
            3..6 => self.poll(index),
            6 if self.waiters[index].wakes == 0 => {
                let old = self.waiters[index].polled.renew_waker();
                self.poll(index);
                assert_eq!(old.kept(), 0, "the old waker is kept");
            }
            7..9 => self.enable(index),
            _ => {
                let waiter = self.waiters.swap_remove(index);
                let (future, waker) = waiter.polled.split();
                drop(future);
                assert_eq!(waker.kept(), 0, "a waker outlives its future");
                assert_eq!(waker.wakes(), waiter.wakes);
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.event.is_set(), self.set);
        let registered = |waiter: &&Waiter<F>| waiter.state == State::Registered;
        assert_eq!(
            self.event.waiters(),
            self.waiters.iter().filter(registered).count()
        );
        for waiter in &self.waiters {
            assert_eq!(waiter.polled.wakes(), waiter.wakes);
            assert_eq!(waiter.polled.wakers_kept(), usize::from(waiter.has_waker));
        }
    }
}

fn simulate<F: AnyWait>(event: &Event, seed: u64, start: impl Fn() -> F) {
    let mut random = Random::new(seed);
    let mut simulation = Simulation {
        event,
        set: false,
        waiters: Vec::new(),
    };
    for _ in 0..400 {
        simulation.step(&mut random, &start);
        simulation.check();
    }
    drop(simulation);
    assert_eq!(event.waiters(), 0);
}

#[test]
fn an_event_does_what_its_model_does() {
    for seed in 0..rounds(100) as u64 {
        println!("seed {seed}");
        let event = Arc::new(Event::new());
        simulate(&event, seed, || event.wait());
        let event = Arc::new(Event::new());
        simulate(&event, seed, || Arc::clone(&event).wait_owned());
        assert_eq!(Arc::strong_count(&event), 1);
    }
}
