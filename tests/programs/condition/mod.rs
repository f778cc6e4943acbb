//! A condition and two locks, which it serves in turn: the waiters, the wait queues and the
//! holders of both locks, the wakes, and the wakers that are kept.
#![forbid(unsafe_code)]

mod model;

use std::future::Future;
use std::ops::DerefMut;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::{Condition, Lock, LockGuard, OwnedLockGuard};
use futures_util::FutureExt;

use self::model::{Holder, Model};
use super::arguments::{Below, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
#[display("let (condition, locks) = (Condition::new(), [Lock::new(0), Lock::new(0)])")]
pub(crate) struct NewCondition;

/// Which lock.
type Which = Below<2>;

/// `guards` holds the guard of each lock that is held. The waits take it from there, and put
/// it back. A wait that the condition would refuse is dropped instead of polled.
#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[display("let {_0} = condition.wait(guards[{_1}])")]
    Wait(Name, Which),
    #[display("let {_0} = condition.wait_owned(guards[{_1}])")]
    WaitOwned(Name, Which),
    #[display("let {_0} = condition.wait_while(guards[{_1}], times({_2}))")]
    WaitWhile(Name, Which, Below<4>),
    #[display("let {_0} = condition.wait_while_owned(guards[{_1}], times({_2}))")]
    WaitWhileOwned(Name, Which, Below<4>),
    #[display("let {_0} = condition.wait_for(guards[{_1}], times({_2}))")]
    WaitFor(Name, Which, Below<4>),
    #[display("let {_0} = condition.wait_for_owned(guards[{_1}], times({_2}))")]
    WaitForOwned(Name, Which, Below<4>),
    #[display("let {_0} = locks[{_1}].lock()")]
    Lock(Name, Which),
    #[proptest(weight = 6)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[proptest(weight = 2)]
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[proptest(weight = 2)]
    #[display("drop({_0})")]
    Drop(Name),
    #[display("condition.notify_one()")]
    NotifyOne,
    #[display("condition.notify({_0})")]
    Notify(Below<5>),
    #[display("condition.notify_all()")]
    NotifyAll,
    #[display("condition.wait_blocking_timeout(guards[{_0}], ZERO)")]
    WaitBlockingTimeout(Which),
    #[proptest(weight = 3)]
    #[display("drop(guards[{_0}])")]
    Unlock(Which),
    #[proptest(weight = 6)]
    #[display("guards[{_0}] = locks[{_0}].try_lock()")]
    TryLock(Which),
}

type Guard<'a> = Box<dyn DerefMut<Target = u32> + 'a>;

/// Returns the guard, and the number of its tests.
type Wait<'a> = Pin<Box<dyn Future<Output = (Guard<'a>, usize)> + 'a>>;

struct Simulation<'a> {
    condition: &'a Condition,
    locks: &'a [Arc<Lock<u32>>; 2],
    model: Model,
    waiters: Waiters<Wait<'a>>,
    guards: [Option<Guard<'a>>; 2],
    values: [u32; 2],
}

impl<'a> Simulation<'a> {
    /// Releases a lock that is held and has an empty wait queue, for a wait to take it again.
    fn take_guard(&mut self, which: usize) -> bool {
        let free = self.model.can_hand_over(which);
        if free {
            self.guards[which] = None;
        }
        free
    }

    fn borrowed(&mut self, which: usize) -> LockGuard<'a, u32> {
        self.locks[which].try_lock().expect("the lock is free")
    }

    fn owned(&mut self, which: usize) -> OwnedLockGuard<u32> {
        let lock = Arc::clone(&self.locks[which]);
        lock.try_lock_owned().expect("the lock is free")
    }

    /// Begins a wait that needs `wants` notifications.
    fn begin(&mut self, name: Name, which: usize, wants: usize, wait: Wait<'a>) {
        self.waiters.start(name, wait);
        self.model.start(name, which, wants);
    }

    /// Begins the wait of an operation, if the lock's guard is there for it.
    fn wait(&mut self, operation: &Operation) {
        let condition = self.condition;
        // The tests count themselves, and succeed when they have failed often enough.
        let mut tests = 0;
        match *operation {
            Operation::Lock(name, Below(which)) => {
                let wait = self.locks[which].lock();
                let wait = Box::pin(wait.map(|guard| (Box::new(guard) as _, 0)));
                self.waiters.start(name, wait);
                self.model.start_lock(name, which);
            }
            Operation::Wait(name, Below(which)) if self.take_guard(which) => {
                let wait = condition.wait(self.borrowed(which));
                let wait = Box::pin(wait.map(|guard| (Box::new(guard) as _, 0)));
                self.begin(name, which, 1, wait);
            }
            Operation::WaitOwned(name, Below(which)) if self.take_guard(which) => {
                let wait = condition.wait_owned(self.owned(which));
                let wait = Box::pin(wait.map(|guard| (Box::new(guard) as _, 0)));
                self.begin(name, which, 1, wait);
            }
            Operation::WaitWhile(name, Below(which), Below(times)) if self.take_guard(which) => {
                let wait = condition.wait_while(self.borrowed(which), move |_| {
                    tests += 1;
                    tests <= times
                });
                let wait = Box::pin(wait.map(|guard| (Box::new(guard) as _, 0)));
                self.begin(name, which, times, wait);
            }
            Operation::WaitWhileOwned(name, Below(which), Below(times))
                if self.take_guard(which) =>
            {
                let wait = condition.wait_while_owned(self.owned(which), move |_| {
                    tests += 1;
                    tests <= times
                });
                let wait = Box::pin(wait.map(|guard| (Box::new(guard) as _, 0)));
                self.begin(name, which, times, wait);
            }
            Operation::WaitFor(name, Below(which), Below(times)) if self.take_guard(which) => {
                let wait = condition.wait_for(self.borrowed(which), move |_| {
                    tests += 1;
                    (tests > times).then_some(tests)
                });
                let wait = Box::pin(wait.map(|(guard, tests)| (Box::new(guard) as _, tests)));
                self.begin(name, which, times, wait);
            }
            Operation::WaitForOwned(name, Below(which), Below(times)) if self.take_guard(which) => {
                let wait = condition.wait_for_owned(self.owned(which), move |_| {
                    tests += 1;
                    (tests > times).then_some(tests)
                });
                let wait = Box::pin(wait.map(|(guard, tests)| (Box::new(guard) as _, tests)));
                self.begin(name, which, times, wait);
            }
            _ => {}
        }
    }

    fn polled(&mut self, name: Name, progress: Poll<(Guard<'a>, usize)>) {
        let which = self.model.lock_of(name);
        let tests = self.model.tests_of(name);
        let ready = self.model.poll(name);
        assert_eq!(progress.is_ready(), ready, "is it ready?");
        if let Poll::Ready((guard, tested)) = progress {
            assert!(
                tested == 0 || tested == tests,
                "it has tested {tested} times"
            );
            self.hold(which, guard);
        }
    }

    fn hold(&mut self, which: usize, mut guard: Guard<'a>) {
        assert_eq!(**guard, self.values[which]);
        **guard += 1;
        self.values[which] += 1;
        assert!(self.guards[which].replace(guard).is_none(), "two hold it");
    }

    fn notified(&mut self, answer: usize, most: usize, all: bool) {
        let due = self.model.notify(most, all);
        assert_eq!(answer, due, "the number of notified waiters");
    }

    fn step(&mut self, operation: &Operation) {
        let condition = self.condition;
        match *operation {
            Operation::Wait(name, ..)
            | Operation::WaitOwned(name, ..)
            | Operation::WaitWhile(name, ..)
            | Operation::WaitWhileOwned(name, ..)
            | Operation::WaitFor(name, ..)
            | Operation::WaitForOwned(name, ..)
            | Operation::Lock(name, ..)
                if self.waiters.is_free(name) =>
            {
                self.wait(operation);
            }
            Operation::Poll(name) | Operation::PollAnew(name)
                if !self.waiters.is_free(name) && self.model.would_be_refused(name) =>
            {
                self.step(&Operation::Drop(name));
            }
            Operation::Poll(name) if !self.waiters.is_free(name) => {
                let progress = self.waiters.poll(name);
                self.polled(name, progress);
            }
            Operation::PollAnew(name) if !self.waiters.is_free(name) => {
                let progress = self.waiters.poll_anew(name);
                self.polled(name, progress);
            }
            Operation::Drop(name) if !self.waiters.is_free(name) => {
                self.waiters.drop(name);
                self.model.drop(name);
            }
            Operation::NotifyOne => {
                let answer = usize::from(condition.notify_one());
                self.notified(answer, 1, false);
            }
            Operation::Notify(Below(most)) => {
                let answer = condition.notify(most);
                self.notified(answer, most, false);
            }
            Operation::NotifyAll => {
                let answer = condition.notify_all();
                self.notified(answer, usize::MAX, true);
            }
            Operation::WaitBlockingTimeout(Below(which))
                if !self.model.is_bound_to_another(which) && self.take_guard(which) =>
            {
                let guard = self.borrowed(which);
                let (guard, notified) = condition.wait_blocking_timeout(guard, Duration::ZERO);
                assert!(!notified, "nobody has notified it");
                self.guards[which] = Some(Box::new(guard));
            }
            Operation::Unlock(Below(which)) if self.guards[which].is_some() => {
                self.guards[which] = None;
                self.model.unlock(which);
            }
            Operation::TryLock(Below(which)) => {
                let guard = self.locks[which].try_lock();
                assert_eq!(guard.is_some(), self.model.try_lock(which), "is it taken?");
                if let Some(guard) = guard {
                    self.hold(which, Box::new(guard));
                }
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let model = &mut self.model;
        assert_eq!(self.condition.waiters(), model.waiting.len(), "waiters");
        for which in 0..2 {
            let lock = &self.locks[which];
            let locked = model.holders[which] != Holder::Nobody;
            assert_eq!(lock.is_locked(), locked, "is_locked of {which}");
            let queued = model.queues[which].len();
            assert_eq!(lock.waiters(), queued, "waiters of the lock {which}");
        }
        let shown = format!("{:?}", self.condition);
        let expected = format!("notified_not_requeued: {}", model.notified.len());
        assert!(shown.contains(&expected), "{shown}");
        let woken = std::mem::take(&mut model.woken);
        self.waiters
            .check(&woken, |name| model.has_left_a_waker(name));
        model.assert_first_is_woken();
    }
}

impl Subject for NewCondition {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let condition = Condition::new();
        let locks = [Arc::new(Lock::new(0)), Arc::new(Lock::new(0))];
        let mut simulation = Simulation {
            condition: &condition,
            locks: &locks,
            model: Model::new(),
            waiters: Waiters::new(),
            guards: [None, None],
            values: [0; 2],
        };
        for operation in steps {
            simulation.step(operation);
            simulation.check();
        }
        for name in simulation.waiters.names() {
            simulation.step(&Operation::Drop(name));
            simulation.check();
        }
        for which in [0, 1] {
            simulation.step(&Operation::Unlock(Below(which)));
            simulation.check();
        }
        drop(simulation);
        assert_eq!(format!("{condition:?}"), format!("{:?}", Condition::new()));
        for lock in &locks {
            assert!(!lock.is_locked());
            assert_eq!(Arc::strong_count(lock), 1, "an Arc is kept");
        }
    }
}
