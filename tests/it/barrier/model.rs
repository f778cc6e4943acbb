//! Random operations on a barrier, beside a plain model of it: after each step both
//! must agree on who has arrived, who was released with what, who was woken and who
//! keeps a waker.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Barrier, BrokenBarrier};

use super::{WAYS, Waiter, assert_usable, barrier};
use crate::common::Random;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unpolled,
    Arrived,
    /// An index, or that the generation was broken off.
    Released(Result<usize, BrokenBarrier>),
}

/// A wait and what it ought to be.
struct Member<'a> {
    waiter: Waiter<'a>,
    state: State,
    wakes: usize,
}

/// The model, with the waits.
struct Simulation<'a> {
    barrier: &'a Arc<Barrier>,
    members: Vec<Option<Member<'a>>>,
    /// Who has arrived, in order.
    arrived: Vec<usize>,
    broken: bool,
}

impl<'a> Simulation<'a> {
    fn member(&mut self, id: usize) -> &mut Member<'a> {
        self.members[id].as_mut().expect("it is there")
    }

    /// All that have arrived are released and woken.
    fn release(&mut self, broken: bool) {
        for (index, id) in std::mem::take(&mut self.arrived).into_iter().enumerate() {
            let result = if broken {
                Err(BrokenBarrier)
            } else {
                Ok(index)
            };
            let member = self.member(id);
            assert_eq!(member.state, State::Arrived);
            member.state = State::Released(result);
            member.wakes += 1;
        }
    }

    fn poll(&mut self, id: usize) {
        let parties = self.barrier.parties();
        let progress = self.member(id).waiter.poll();
        if self.member(id).state == State::Unpolled {
            if self.broken {
                self.member(id).state = State::Released(Err(BrokenBarrier));
            } else if self.arrived.len() + 1 == parties {
                self.release(false);
                self.member(id).state = State::Released(Ok(parties - 1));
            } else {
                self.member(id).state = State::Arrived;
                self.arrived.push(id);
            }
        }
        if let State::Released(expected) = self.member(id).state {
            let leads = expected == Ok(parties - 1);
            let expected = expected.map(|index| (index, leads));
            let result = progress.map_ok(|result| (result.index(), result.is_leader()));
            assert_eq!(result, std::task::Poll::Ready(expected), "of {id}");
            self.check_wakers(id);
            self.members[id] = None;
        } else {
            assert!(progress.is_pending(), "{id} is ready");
        }
    }

    fn drop_one(&mut self, id: usize) {
        let member = self.members[id].take().expect("it is there");
        let (future, waker) = member.waiter.split();
        drop(future);
        assert_eq!(
            (waker.kept(), waker.wakes()),
            (0, member.wakes),
            "of {id}, dropped"
        );
        self.arrived.retain(|&other| other != id);
    }

    fn step(&mut self, random: &mut Random) {
        let living: Vec<_> = (0..self.members.len())
            .filter(|&id| self.members[id].is_some())
            .collect();
        let chosen = living.get(random.below(living.len().max(1))).copied();
        match (random.below(20), chosen) {
            (0..7, _) if living.len() < 20 => self.members.push(Some(Member {
                waiter: WAYS[random.below(2)].unpolled(self.barrier),
                state: State::Unpolled,
                wakes: 0,
            })),
            (7..14, Some(id)) => self.poll(id),
            (14, Some(id)) => {
                let old = self.member(id).waiter.renew_waker();
                self.member(id).wakes = 0;
                self.poll(id);
                assert_eq!(old.kept(), 0, "the old waker of {id} is kept");
            }
            (15..18, Some(id)) => self.drop_one(id),
            (18, _) => {
                self.barrier.reset();
                self.broken = false;
                self.release(true);
            }
            (19, _) if random.below(3) == 0 => {
                self.barrier.abort();
                self.broken = true;
                self.release(true);
            }
            _ => {}
        }
    }

    #[track_caller]
    fn check_wakers(&self, id: usize) {
        let member = self.members[id].as_ref().expect("it is there");
        let waits = member.state == State::Arrived;
        assert_eq!(member.waiter.wakes(), member.wakes, "wakes of {id}");
        assert_eq!(
            member.waiter.wakers_kept(),
            usize::from(waits),
            "wakers of {id}"
        );
    }

    fn check(&self) {
        assert_eq!(self.barrier.waiting(), self.arrived.len());
        assert_eq!(self.barrier.is_broken(), self.broken);
        for id in (0..self.members.len()).filter(|&id| self.members[id].is_some()) {
            self.check_wakers(id);
        }
    }
}

#[test]
fn a_barrier_does_what_its_model_does() {
    for seed in 0..200 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let barrier = barrier(1 + random.below(5));
        let mut simulation = Simulation {
            barrier: &barrier,
            members: Vec::new(),
            arrived: Vec::new(),
            broken: false,
        };
        for _ in 0..400 {
            simulation.step(&mut random);
            simulation.check();
        }
        drop(simulation);
        assert_eq!(Arc::strong_count(&barrier), 1);
        barrier.reset();
        assert_usable(&barrier);
    }
}
