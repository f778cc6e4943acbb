//! Re-entry: an `Ord::cmp` that uses the queue that compares its item.
//!
//! Each use panics with a message that names the rule, also the drop of a granted future
//! and of a slot. If a panic is not possible, the process aborts.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::cmp::Ordering;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Context;

use aiosync::futures::Get;
use aiosync::{Priority, PriorityQueue};

use super::{alone, let_go, ready, taken};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{CountingWaker, Polled, forget, panic_message, watched};

type Hook = Box<dyn FnOnce()>;
type Leaked = &'static PriorityQueue<Hooked>;

thread_local! {
    /// Called by the next comparison on this thread.
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// An item whose comparison calls the hook.
#[derive(PartialEq, Eq)]
struct Hooked(u32);

impl PartialOrd for Hooked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Hooked {
    fn cmp(&self, other: &Self) -> Ordering {
        let hook = HOOK.with_borrow_mut(Option::take);
        if let Some(hook) = hook {
            hook();
        }
        self.0.cmp(&other.0)
    }
}

/// Leaks a queue.
fn leaked(queue: PriorityQueue<Hooked>) -> Leaked {
    let queue = Box::leak(Box::new(queue));
    forget(&*queue);
    queue
}

/// Creates a queue of capacity 4 with three items inside.
fn setup() -> Leaked {
    let queue = leaked(PriorityQueue::bounded(4));
    ready(queue.put_many([3, 1, 2].map(Hooked))).unwrap();
    queue
}

fn numbers(queue: Leaked) -> Vec<u32> {
    taken(queue).iter().map(|item| item.0).collect()
}

const RULE: &str = "`Ord::cmp` of an item must not use the PriorityQueue that compares it";

/// Runs `hook` inside a comparison of the queue. It must panic with the rule.
#[track_caller]
fn refused(queue: Leaked, hook: impl FnOnce() + 'static) {
    HOOK.set(Some(Box::new(hook)));
    let message = panic_message(|| drop(queue.try_get()));
    assert!(message.contains(RULE), "{message}");
}

#[test]
fn each_method_is_refused_inside_a_comparison() {
    watched(|| {
        let uses: [fn(Leaked); 26] = [
            |queue| let_go(queue.try_put(Hooked(9))),
            |queue| let_go(queue.try_get()),
            |queue| let_go(queue.try_reserve()),
            |queue| let_go(queue.try_get_many(&mut Vec::new(), 1)),
            |queue| let_go(Polled::new(queue.put(Hooked(9))).poll()),
            |queue| let_go(Polled::new(queue.get()).poll()),
            |queue| let_go(Polled::new(queue.reserve()).poll()),
            |queue| let_go(Polled::new(queue.put_many([Hooked(9)])).poll()),
            |queue| let_go(Polled::new(queue.get_many(&mut Vec::new(), 1)).poll()),
            |queue| let_go(queue.put_blocking(Hooked(9))),
            |queue| let_go(queue.get_blocking()),
            |queue| queue.join_blocking(),
            |queue| assert!(Polled::new(queue.join()).poll().is_ready()),
            |queue| assert!(Polled::new(queue.closed()).poll().is_ready()),
            |queue| let_go(queue.task_done().is_ok()),
            |queue| drop(queue.done_guard()),
            |queue| drop(queue.close_guard()),
            |queue| let_go(queue.unfinished().to_string()),
            |queue| let_go(queue.len().to_string()),
            |queue| assert!(!queue.is_empty()),
            |queue| assert!(!queue.is_full()),
            |queue| assert!(!queue.is_closed()),
            |queue| assert!(queue.close()),
            |queue| let_go(queue.close_now()),
            |queue| let_go(queue.waiting_putters() + queue.waiting_getters()),
            |queue| let_go(format!("{queue:?}")),
        ];
        for (index, inside) in uses.into_iter().enumerate() {
            let queue = setup();
            let before = format!("{queue:?}");
            refused(queue, move || inside(queue));
            assert_eq!(format!("{queue:?}"), before, "use {index}");
            assert_eq!(numbers(queue), [1, 2, 3], "use {index}");
        }
    });
}

#[test]
fn the_capacity_may_be_read_inside_a_comparison() {
    let queue = setup();
    HOOK.set(Some(Box::new(move || {
        assert_eq!(queue.capacity(), Some(4))
    })));
    assert_eq!(numbers(queue), [1, 2, 3]);
}

#[test]
fn another_queue_may_be_used() {
    watched(|| {
        let (queue, other) = (setup(), setup());
        HOOK.set(Some(Box::new(move || {
            // This compares too.
            other.try_put(Hooked(0)).unwrap();
            assert_eq!(other.try_get().unwrap().0, 0);
        })));
        assert_eq!(numbers(queue), [1, 2, 3]);
        assert_eq!(numbers(other), [1, 2, 3]);
    });
}

#[test]
fn a_queue_whose_comparison_uses_another_still_refuses_its_own() {
    watched(|| {
        let (queue, other) = (setup(), setup());
        refused(queue, move || {
            HOOK.set(Some(Box::new(move || drop(queue.try_get()))));
            drop(other.try_get());
        });
        assert_eq!(numbers(queue), [1, 2, 3]);
        assert_eq!(numbers(other), [1, 2, 3]);
    });
}

#[test]
fn a_drained_iterator_holds_no_lock_while_it_compares() {
    watched(|| {
        let queue = setup();
        let mut drained = queue.close_now();
        HOOK.set(Some(Box::new(move || assert!(!queue.close()))));
        assert_eq!(drained.next().unwrap().0, 1);
        assert!(HOOK.take().is_none());
    });
}

#[test]
fn a_comparison_on_one_thread_keeps_no_other_thread_from_the_queue() {
    watched(|| {
        let queue = setup();
        let (inside, seen) = std::sync::mpsc::channel();
        let other = std::thread::spawn(move || {
            // It waits for the mutex or comes after it, and is not refused.
            seen.recv().unwrap();
            queue.try_put(Hooked(0)).unwrap();
        });
        HOOK.set(Some(Box::new(move || inside.send(()).unwrap())));
        assert_eq!(queue.try_get().unwrap().0, 1);
        other.join().unwrap();
        assert_eq!(numbers(queue), [0, 2, 3]);
    });
}

#[test]
fn a_granted_getter_that_is_polled_inside_a_comparison_keeps_its_item() {
    watched(|| {
        let queue = leaked(PriorityQueue::unbounded());
        let granted = Rc::new(RefCell::new(Polled::waiting(queue.get())));
        ready(queue.put_many([3, 1, 2, 0].map(Hooked))).unwrap();
        let inside = Rc::clone(&granted);
        refused(queue, move || drop(inside.borrow_mut().poll()));
        // The grant is not lost: a later poll can use it, and the drop returns it.
        drop(granted);
        assert_eq!(numbers(queue), [0, 1, 2, 3]);
    });
}

#[test]
fn a_granted_putter_that_is_polled_inside_a_comparison_keeps_its_room() {
    watched(|| {
        let queue = setup();
        queue.try_put(Hooked(4)).unwrap();
        let granted = Rc::new(RefCell::new(Polled::waiting(queue.put(Hooked(5)))));
        assert_eq!(queue.try_get().unwrap().0, 1);
        let inside = Rc::clone(&granted);
        refused(queue, move || drop(inside.borrow_mut().poll()));
        drop(granted);
        assert!(
            queue.try_reserve().is_ok(),
            "room for one was lost: {queue:?}"
        );
    });
}

/// Polls a future once, in memory that is never freed. A node that stays linked by mistake
/// then harms only the test.
fn leak<F: Future + 'static>(future: F) -> Pin<&'static mut Option<F>> {
    let place = Box::leak(Box::new(Some(future)));
    forget(&raw const *place);
    let mut place = Pin::static_mut(place);
    let waker = CountingWaker::new().waker();
    let polled = place.as_mut().as_pin_mut().unwrap();
    assert!(polled.poll(&mut Context::from_waker(&waker)).is_pending());
    place
}

#[test]
fn a_granted_getter_that_is_dropped_inside_a_comparison_is_refused() {
    watched(|| {
        let queue = leaked(PriorityQueue::unbounded());
        let mut granted: Pin<&mut Option<Get<'_, Hooked, Priority>>> = leak(queue.get());
        let mut next = Polled::waiting(queue.get());
        ready(queue.put_many([3, 1, 2, 0].map(Hooked))).unwrap();
        refused(queue, move || granted.set(None));
        // Its grant is leaked, as that of a forgotten future. All others are served.
        assert_eq!(next.assert_ready().unwrap().0, 0);
        assert_eq!((numbers(queue), queue.len()), (vec![1, 2], 1));
        queue.try_put(Hooked(4)).unwrap();
        assert_eq!(numbers(queue), [3]);
    });
}

#[test]
fn a_granted_putter_that_is_dropped_inside_a_comparison_is_refused() {
    watched(|| {
        let queue = setup();
        queue.try_put(Hooked(4)).unwrap();
        let mut granted = leak(queue.put(Hooked(5)));
        let mut next = Polled::waiting(queue.put(Hooked(6)));
        assert_eq!(queue.try_get().unwrap().0, 1);
        refused(queue, move || granted.set(None));
        // Its grant is leaked. The next putter gets the room of the next item.
        next.assert_pending();
        assert_eq!(queue.try_get().unwrap().0, 2);
        next.assert_ready().unwrap();
        assert_eq!(numbers(queue), [3, 4, 6]);
    });
}

#[test]
fn a_slot_that_is_dropped_inside_a_comparison_is_refused() {
    watched(|| {
        let queue = setup();
        let slot = queue.try_reserve().unwrap();
        refused(queue, move || drop(slot));
        // Its grant is leaked, as that of a forgotten slot.
        assert_eq!(numbers(queue), [1, 2, 3]);
        for number in 1..=3 {
            queue.try_put(Hooked(number)).unwrap();
        }
        assert!(queue.try_put(Hooked(4)).is_err(), "{queue:?}");
    });
}

#[test]
fn a_slot_that_is_dropped_while_a_comparison_panics_ends_the_process() {
    const NAME: &str = concat!(
        module_path!(),
        "::a_slot_that_is_dropped_while_a_comparison_panics_ends_the_process"
    );
    let process = alone(NAME, || {
        let queue = setup();
        let slot = queue.try_reserve().unwrap();
        HOOK.set(Some(Box::new(move || {
            let _slot = slot;
            panic!("the comparison panics");
        })));
        let_go(perhaps(|| queue.try_get()));
    });
    if let Some(process) = process {
        let said = String::from_utf8_lossy(&process.stderr);
        assert!(!process.status.success(), "{said}");
        assert!(said.contains(RULE), "{said}");
    }
}

#[test]
fn a_waiting_future_that_is_dropped_inside_a_comparison_ends_the_process() {
    const NAME: &str = concat!(
        module_path!(),
        "::a_waiting_future_that_is_dropped_inside_a_comparison_ends_the_process"
    );
    // It cannot leave the wait queue, and must not stay there.
    let process = alone(NAME, || {
        let queue = setup();
        queue.try_put(Hooked(4)).unwrap();
        let waiting = Polled::waiting(queue.put(Hooked(5)));
        HOOK.set(Some(Box::new(move || drop(waiting))));
        let_go(perhaps(|| queue.try_get()));
    });
    if let Some(process) = process {
        let said = String::from_utf8_lossy(&process.stderr);
        assert!(!process.status.success(), "{said}");
        assert!(said.contains(RULE), "{said}");
    }
}

/// Returns the result of `action`, or `None` if it panics.
fn perhaps<R>(action: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(action)).ok()
}

#[test]
fn a_slot_that_is_put_into_inside_a_comparison_is_refused_without_an_abort() {
    const NAME: &str = concat!(
        module_path!(),
        "::a_slot_that_is_put_into_inside_a_comparison_is_refused_without_an_abort"
    );
    let process = alone(NAME, || {
        let queue = setup();
        let slot = queue.try_reserve().unwrap();
        refused(queue, move || let_go(slot.put(Hooked(9))));
    });
    assert!(process.is_none_or(|process| process.status.success()));
}
