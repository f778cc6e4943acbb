//! Arrivals: each counts from its first poll, gets the index of its position, and is taken back
//! if its wait is dropped before the generation is complete.
#![forbid(unsafe_code)]

use std::sync::Arc;

use super::{WAYS, Waiter, Way, assert_index, assert_usable, barrier, wakes};
use crate::common::{Order, Polled, drop_elsewhere, panic_message};

/// The thread that drops a wait.
type Drop = for<'a> fn(Waiter<'a>);

/// Runs a test for each kind of future, with drops on this thread and on another one.
fn in_each_way(test: impl Fn(&Way, Drop)) {
    let places: [(&str, Drop); 2] = [
        ("here", |waiter| drop(waiter)),
        ("elsewhere", |waiter| drop_elsewhere(waiter)),
    ];
    for way in &WAYS {
        for (name, place) in places {
            println!("{}, dropped {name}", way.name);
            test(way, place);
        }
    }
}

#[test]
fn an_arrival_counts_from_the_first_poll_and_once() {
    for way in &WAYS {
        println!("{}", way.name);
        let barrier = barrier(3);
        let mut first = way.unpolled(&barrier);
        let mut second = way.unpolled(&barrier);
        assert_eq!(barrier.waiting(), 0);
        second.assert_pending();
        assert_eq!(barrier.waiting(), 1);
        for _ in 0..3 {
            first.assert_pending();
            second.assert_pending();
            assert_eq!(barrier.waiting(), 2);
        }
        way.complete(&barrier);
        assert_eq!(barrier.waiting(), 0);
        // In the order of the first polls.
        assert_index(&mut second, 0);
        assert_index(&mut first, 1);
        assert_eq!((first.wakes(), second.wakes()), (1, 1));
        assert_usable(&barrier);
    }
}

#[test]
fn each_party_has_its_own_index_in_the_order_of_arrival_and_the_last_leads() {
    for parties in [1, 2, 3, 10, 31, 32, 33, 34, 64, 65, 66, 100] {
        for way in &WAYS {
            for backwards in [false, true] {
                let barrier = barrier(parties);
                let mut waiters = way.arrive_all(parties - 1, &barrier);
                assert_eq!(
                    (barrier.parties(), barrier.waiting()),
                    (parties, parties - 1)
                );
                assert!(wakes(&waiters).iter().all(|&wakes| wakes == 0));
                way.complete(&barrier);
                assert_eq!(wakes(&waiters), vec![1; parties - 1]);
                for turn in 0..parties - 1 {
                    let place = if backwards { parties - 2 - turn } else { turn };
                    assert_index(&mut waiters[place], place);
                }
                assert_usable(&barrier);
            }
        }
    }
}

#[test]
fn a_single_party_is_its_own_leader_and_never_waits() {
    for way in &WAYS {
        let barrier = barrier(1);
        for _ in 0..1000 {
            way.complete(&barrier);
            assert_eq!(barrier.waiting(), 0);
        }
    }
}

#[test]
fn the_waiters_are_woken_in_the_order_of_arrival() {
    let order = Order::new();
    let barrier = barrier(101);
    let waiters: Vec<_> = (0..100)
        .map(|place| Polled::waiting_with((WAYS[place % 2].start)(&barrier), order.waker(place)))
        .collect();
    WAYS[0].complete(&barrier);
    assert!(order.so_far().into_iter().eq(0..100));
    drop(waiters);
    assert_usable(&barrier);
}

#[test]
fn dropping_a_wait_that_was_never_polled_changes_nothing() {
    in_each_way(|way, drop_it| {
        let barrier = barrier(2);
        drop_it(way.unpolled(&barrier));
        let mut waiter = way.arrive(&barrier);
        drop_it(way.unpolled(&barrier));
        assert_eq!((barrier.waiting(), waiter.wakes()), (1, 0));
        way.complete(&barrier);
        drop_it(way.unpolled(&barrier));
        assert_index(&mut waiter, 0);
        drop(waiter);
        assert_eq!(Arc::strong_count(&barrier), 1);
        assert_usable(&barrier);
    });
}

#[test]
fn a_waiter_that_leaves_before_the_last_party_takes_its_arrival_back() {
    in_each_way(|way, drop_it| {
        for leaver in 0..4 {
            let barrier = barrier(5);
            let mut waiters = way.arrive_all(4, &barrier);
            let (future, waker) = waiters.remove(leaver).split();
            drop_it(Polled::new(*std::pin::Pin::into_inner(future)));
            assert_eq!((waker.kept(), waker.wakes()), (0, 0));
            assert_eq!(barrier.waiting(), 3);
            // One more party is needed now.
            waiters.push(way.arrive(&barrier));
            assert_eq!((barrier.waiting(), wakes(&waiters)), (4, vec![0; 4]));
            way.complete(&barrier);
            // The waiters behind the dropped one have moved up.
            for (place, waiter) in waiters.iter_mut().enumerate() {
                assert_eq!(waiter.wakes(), 1);
                assert_index(waiter, place);
            }
            assert_usable(&barrier);
        }
    });
}

#[test]
fn several_may_leave_and_the_others_move_up() {
    for first in 0..6 {
        for second in (0..6).filter(|&second| second != first) {
            let barrier = barrier(5);
            let mut waiters: Vec<_> = (0..4)
                .map(|place| Some(WAYS[place % 2].arrive(&barrier)))
                .collect();
            for leaver in [first, second] {
                if let Some(waiter) = waiters.get_mut(leaver) {
                    *waiter = None;
                }
            }
            let staying = waiters.iter().flatten().count();
            assert_eq!(barrier.waiting(), staying);
            while barrier.waiting() < 4 {
                waiters.push(Some(WAYS[0].arrive(&barrier)));
            }
            WAYS[0].complete(&barrier);
            for (place, waiter) in waiters.iter_mut().flatten().enumerate() {
                assert_index(waiter, place);
            }
            assert_usable(&barrier);
        }
    }
}

#[test]
fn all_may_leave_again_and_again() {
    in_each_way(|way, drop_it| {
        let barrier = barrier(4);
        for round in 0..20 {
            let mut waiters = way.arrive_all(3, &barrier);
            if round % 2 == 0 {
                waiters.reverse();
            }
            waiters.into_iter().for_each(drop_it);
            assert_eq!(barrier.waiting(), 0);
        }
        assert_usable(&barrier);
    });
}

#[test]
fn dropping_a_released_wait_changes_nothing() {
    in_each_way(|way, drop_it| {
        for leaver in 0..3 {
            let barrier = barrier(4);
            let mut waiters = way.arrive_all(3, &barrier);
            way.complete(&barrier);
            let mut next = way.arrive(&barrier);
            drop_it(waiters.remove(leaver));
            // The next generation loses no arrival.
            assert_eq!((barrier.waiting(), next.wakes()), (1, 0));
            let indices = [0, 1, 2].into_iter().filter(|&index| index != leaver);
            for (index, waiter) in indices.zip(&mut waiters) {
                assert_eq!(waiter.wakes(), 1);
                assert_index(waiter, index);
            }
            next.assert_pending();
            drop(next);
            assert_usable(&barrier);
        }
    });
}

#[test]
fn dropping_a_wait_that_is_done_changes_nothing() {
    in_each_way(|way, drop_it| {
        let barrier = barrier(2);
        let mut waiter = way.arrive(&barrier);
        let mut leader = way.unpolled(&barrier);
        assert!(leader.assert_ready().unwrap().is_leader());
        assert_index(&mut waiter, 0);
        let mut next = way.arrive(&barrier);
        drop_it(leader);
        drop_it(waiter);
        assert_eq!((barrier.waiting(), next.wakes()), (1, 0));
        next.assert_pending();
        way.complete(&barrier);
        assert_index(&mut next, 0);
        drop(next);
        assert_eq!(Arc::strong_count(&barrier), 1);
    });
}

#[test]
fn a_waiting_one_is_woken_by_its_newest_waker() {
    for way in &WAYS {
        println!("{}", way.name);
        let barrier = barrier(2);
        let mut waiter = way.arrive(&barrier);
        let mut old = Vec::new();
        for _ in 0..3 {
            old.push(waiter.renew_waker());
            waiter.assert_pending();
            assert_eq!((old.last().unwrap().kept(), waiter.wakers_kept()), (0, 1));
        }
        way.complete(&barrier);
        assert!(old.iter().all(|old| old.wakes() == 0));
        assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
        // It is released, whichever waker it is polled with.
        let late = waiter.renew_waker();
        assert_index(&mut waiter, 0);
        assert_eq!((late.kept(), waiter.wakers_kept()), (0, 0));
    }
}

#[test]
fn zero_parties_are_too_few() {
    let message = panic_message(|| drop(aiosync::Barrier::new(0)));
    assert!(message.contains("at least 1 party"), "{message}");
}

#[test]
fn a_barrier_for_more_than_will_ever_come_takes_arrivals() {
    let barrier = barrier(usize::MAX);
    let waiters = WAYS[0].arrive_all(3, &barrier);
    assert_eq!(barrier.waiting(), 3);
    drop(waiters);
    assert_eq!((barrier.waiting(), barrier.parties()), (0, usize::MAX));
}

#[test]
fn a_wait_that_is_done_panics_when_it_is_polled() {
    for way in &WAYS {
        let barrier = barrier(2);
        let mut waiter = way.arrive(&barrier);
        let mut leader = way.unpolled(&barrier);
        assert!(leader.assert_ready().is_ok());
        assert!(waiter.assert_ready().is_ok());
        for mut done in [leader, waiter] {
            let message = panic_message(|| assert!(done.poll().is_ready()));
            assert_eq!(
                message,
                "aiosync: a future was polled after it had completed"
            );
        }
        assert_usable(&barrier);
    }
}
