//! Many waiters are notified at once, under executors that poll the woken ones in different
//! orders. Each waiter gets the lock once, in the order of registration, and is woken once
//! for it.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;

use aiosync::{Condition, Lock};

use super::{Held, WAYS, Waiter, assert_idle, wakes, woken};
use crate::common::{Order, Polled, Random};

/// Up to the edges of the steps of a requeue, which move 32 waiters each, and beyond.
const SIZES: [usize; 14] = [1, 2, 15, 16, 17, 31, 32, 33, 34, 40, 64, 65, 100, 1000];

/// The order in which woken waiters are polled.
enum Pick {
    Oldest,
    Newest,
    Any(Random),
}

impl Pick {
    fn next(&mut self, woken: &mut VecDeque<usize>) -> Option<usize> {
        match self {
            Self::Oldest => woken.pop_front(),
            Self::Newest => woken.pop_back(),
            Self::Any(_) if woken.is_empty() => None,
            Self::Any(random) => woken.remove(random.below(woken.len())),
        }
    }
}

/// The time for which the lock is held.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    /// It is released inside the poll.
    Shortly,
    /// Until no other waiter is woken.
    OverPolls,
}

/// An executor with one task for each waiter.
struct Tasks<'a> {
    lock: &'a Lock<u32>,
    waiters: Vec<Waiter<'a>>,
    order: Order,
    wakes_seen: usize,
    woken: VecDeque<usize>,
    guard: Option<Held<'a>>,
    /// The waiters that got the lock, in order.
    served: Vec<usize>,
}

impl<'a> Tasks<'a> {
    fn new(size: usize, condition: &'a Condition, lock: &'a Arc<Lock<u32>>) -> Self {
        let order = Order::new();
        let start = |place: usize| {
            let way = &WAYS[place % WAYS.len()];
            Polled::waiting_with((way.start)(condition, lock), order.waker(place))
        };
        Self {
            lock,
            waiters: (0..size).map(start).collect(),
            order,
            wakes_seen: 0,
            woken: VecDeque::new(),
            guard: None,
            served: Vec::new(),
        }
    }

    fn look_for_wakes(&mut self) {
        let wakes = self.order.so_far();
        for &place in &wakes[self.wakes_seen..] {
            if !self.woken.contains(&place) {
                self.woken.push_back(place);
            }
        }
        self.wakes_seen = wakes.len();
    }

    /// Polls woken waiters until there are none.
    fn run(&mut self, pick: &mut Pick, hold: Hold) {
        loop {
            self.look_for_wakes();
            if let Some(place) = pick.next(&mut self.woken) {
                self.poll(place, hold);
            } else if self.guard.take().is_none() {
                return;
            }
        }
    }

    fn poll(&mut self, place: usize, hold: Hold) {
        let wakes = self.waiters[place].wakes();
        let progress = self.waiters[place].poll();
        assert!(
            wakes < 2 || progress.is_ready(),
            "{place} was woken twice without the lock"
        );
        if let Poll::Ready(mut guard) = progress {
            assert!(self.guard.is_none(), "two hold the lock");
            assert!(self.lock.try_lock().is_none());
            **guard += 1;
            self.served.push(place);
            self.guard = Some(guard).filter(|_| hold == Hold::OverPolls);
        }
    }
}

/// Notifies `size` waiters, and polls them until all have completed.
fn notify_all_to(size: usize, mut pick: Pick, hold: Hold, locked: bool) {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut tasks = Tasks::new(size, &condition, &lock);
    let guard = locked.then(|| lock.try_lock().unwrap());
    assert_eq!(condition.notify_all(), size);
    tasks.run(&mut pick, hold);
    if let Some(guard) = guard {
        assert!(tasks.served.is_empty());
        drop(guard);
        tasks.run(&mut pick, hold);
    }
    let everybody: Vec<_> = (0..size).collect();
    assert_eq!(
        tasks.served, everybody,
        "{size}, {hold:?}, locked: {locked}"
    );
    // One for each waiter when it owns the lock, and one more for the first, which was woken
    // to requeue all. A free lock goes to it in the same poll.
    let mut expected = vec![1; size];
    expected[0] += usize::from(locked);
    assert_eq!(wakes(&tasks.waiters), expected);
    drop(tasks);
    assert_eq!(*lock.try_lock().unwrap() as usize, size);
    assert_idle(&condition, &lock);
}

/// Runs every size within `sizes`, with short and long holds, and with the lock held or free
/// at the notification.
fn notify_all_to_each(sizes: std::ops::RangeInclusive<usize>, pick: impl Fn() -> Pick) {
    for size in SIZES.into_iter().filter(|size| sizes.contains(size)) {
        for hold in [Hold::Shortly, Hold::OverPolls] {
            for locked in [false, true] {
                notify_all_to(size, pick(), hold, locked);
            }
        }
    }
}

#[test]
fn a_crowd_gets_the_lock_in_turn_if_the_oldest_wake_is_served_first() {
    notify_all_to_each(1..=1000, || Pick::Oldest);
}

#[test]
fn a_crowd_gets_the_lock_in_turn_if_the_newest_wake_is_served_first() {
    notify_all_to_each(1..=1000, || Pick::Newest);
}

#[test]
fn a_crowd_gets_the_lock_in_turn_if_any_wake_is_served_first() {
    for seed in 0..20 {
        println!("seed {seed}");
        notify_all_to_each(1..=100, || Pick::Any(Random::new(seed)));
    }
    notify_all_to_each(1000..=1000, || Pick::Any(Random::new(7)));
}

#[test]
fn a_crowd_that_is_polled_without_being_woken_gets_the_lock_in_turn() {
    for size in SIZES.into_iter().filter(|&size| size <= 100) {
        for seed in 0..3 {
            let mut random = Random::new(seed);
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut tasks = Tasks::new(size, &condition, &lock);
            for place in (0..size).rev() {
                tasks.poll(place, Hold::Shortly);
            }
            assert!(tasks.served.is_empty(), "no waiter was notified");
            assert_eq!(condition.notify_all(), size);
            while tasks.served.len() < size {
                let served = tasks.served.len();
                for turn in 0..size {
                    let place = match seed {
                        0 => size - 1 - turn,
                        1 => turn,
                        _ => random.below(size),
                    };
                    if !tasks.served.contains(&place) {
                        tasks.poll(place, Hold::Shortly);
                    }
                }
                assert!(
                    seed == 2 || tasks.served.len() > served,
                    "no waiter makes progress"
                );
            }
            assert!(tasks.served.iter().copied().eq(0..size));
            assert!(wakes(&tasks.waiters).into_iter().all(|wakes| wakes <= 2));
            drop(tasks);
            assert_idle(&condition, &lock);
        }
    }
}

#[test]
fn notifications_by_number_to_a_crowd_serve_so_many() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut tasks = Tasks::new(100, &condition, &lock);
    let mut due = 0;
    for number in [1, 2, 16, 17, 1, 32] {
        assert_eq!(condition.notify(number), number);
        due += number;
        tasks.run(&mut Pick::Oldest, Hold::Shortly);
        assert!(tasks.served.iter().copied().eq(0..due));
        assert_eq!(condition.waiters(), 100 - due);
    }
    assert_eq!(woken(&tasks.waiters).len(), due);
}
