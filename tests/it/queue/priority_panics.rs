//! An `Ord::cmp` that panics: the queue stays usable, keeps every earlier item, and their
//! order is right afterwards.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::cmp::Ordering;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use aiosync::{PriorityQueue, PutError};

use super::{alone, taken};
use crate::common::{CountingWaker, PanicsOnDrop, Polled};

/// Counts comparisons down. The comparison that finds 0 panics.
#[derive(Clone, Default)]
struct Fuse(Rc<Cell<Option<usize>>>);

impl Fuse {
    fn item(&self, number: usize) -> Fused {
        Fused(number, self.clone())
    }

    /// Runs `action`, whose comparison after `ahead` others panics. Returns whether it made
    /// that many.
    #[track_caller]
    fn burns(&self, ahead: usize, action: impl FnOnce()) -> bool {
        self.0.set(Some(ahead));
        let outcome = catch_unwind(AssertUnwindSafe(action));
        self.0.set(None);
        let payload = outcome.err();
        if let Some(payload) = &payload {
            assert_eq!(payload.downcast_ref(), Some(&"the comparison panics"));
        }
        payload.is_some()
    }
}

/// Panics with a payload whose drop panics.
const PAYLOAD: usize = usize::MAX;

/// An item on a fuse, which compares by its tens.
struct Fused(usize, Fuse);

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fused {}

impl PartialOrd for Fused {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fused {
    fn cmp(&self, other: &Self) -> Ordering {
        let fuse = &self.1.0;
        match fuse.get() {
            None => {}
            Some(0) => panic!("the comparison panics"),
            Some(PAYLOAD) => {
                fuse.set(None);
                panic_any(PanicsOnDrop);
            }
            Some(left) => fuse.set(Some(left - 1)),
        }
        (self.0 / 10).cmp(&(other.0 / 10))
    }
}

/// The items that are put first.
const INSIDE: [usize; 10] = [51, 32, 93, 34, 55, 16, 77, 58, 19, 30];

/// Creates a queue with `INSIDE` and `room` for more.
fn setup(room: usize) -> (PriorityQueue<Fused>, Fuse) {
    let (queue, fuse) = (PriorityQueue::bounded(INSIDE.len() + room), Fuse::default());
    for number in INSIDE {
        queue.try_put(fuse.item(number)).unwrap();
    }
    (queue, fuse)
}

/// Returns the items in the order in which they come out: by tens, and those with equal tens
/// in the order in which they were put.
fn sorted(numbers: &[usize], more: &[usize]) -> Vec<usize> {
    let mut numbers = [numbers, more].concat();
    numbers.sort_by_key(|number| number / 10);
    numbers
}

fn numbers(items: impl IntoIterator<Item = Fused>) -> Vec<usize> {
    items.into_iter().map(|item| item.0).collect()
}

/// Runs `operation` again and again, and lets each of its comparisons panic once. It returns
/// whether it panicked. Returns how often it did.
#[track_caller]
fn at_each_comparison(operation: impl Fn(usize) -> bool) -> usize {
    let runs = (0..64).find(|&ahead| !operation(ahead));
    runs.expect("the comparisons come to an end")
}

#[test]
fn a_try_put_that_panics_changes_nothing() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(1);
        let panicked = fuse.burns(ahead, || queue.try_put(fuse.item(5)).unwrap());
        let more: &[_] = if panicked { &[] } else { &[5] };
        assert_eq!(queue.unfinished(), 10 + more.len());
        assert_eq!(queue.try_reserve().is_ok(), panicked);
        assert_eq!(numbers(taken(&queue)), sorted(&INSIDE, more));
        panicked
    });
    assert!(runs >= 3, "a put compares on its whole way up: {runs}");
}

#[test]
fn a_try_get_that_panics_changes_nothing() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(1);
        let mut out = Vec::new();
        let panicked = fuse.burns(ahead, || out.extend(queue.try_get()));
        assert_eq!(out.is_empty(), panicked);
        out.extend(taken(&queue));
        assert_eq!(numbers(out), sorted(&INSIDE, &[]));
        panicked
    });
    assert!(runs >= 4, "a get compares on its whole way down: {runs}");
}

#[test]
fn a_put_that_panics_in_its_first_poll_changes_nothing() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(1);
        let mut put = Polled::new(queue.put(fuse.item(5)));
        let panicked = fuse.burns(ahead, || put.assert_ready().unwrap());
        drop(put);
        let more: &[_] = if panicked { &[] } else { &[5] };
        assert_eq!(queue.try_reserve().is_ok(), panicked);
        assert_eq!(numbers(taken(&queue)), sorted(&INSIDE, more));
        panicked
    });
    assert!(runs >= 3);
}

#[test]
fn a_get_that_panics_in_its_first_poll_changes_nothing() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(1);
        let mut get = Polled::new(queue.get());
        let mut out = Vec::new();
        let panicked = fuse.burns(ahead, || out.extend(get.assert_ready()));
        drop(get);
        out.extend(taken(&queue));
        assert_eq!(numbers(out), sorted(&INSIDE, &[]));
        panicked
    });
    assert!(runs >= 4);
}

/// Checks that a granted putter or slot that panics hands its room on.
#[track_caller]
fn a_putter_passes_its_room_on<F: Future>(
    (queue, fuse): (&PriorityQueue<Fused>, &Fuse),
    ahead: usize,
    future: F,
    finish: impl FnOnce(F::Output),
) -> bool {
    let mut granted = Polled::waiting(future);
    let mut next = Polled::waiting(queue.put(fuse.item(6)));
    assert_eq!(queue.try_get().unwrap().0, 16);
    assert_eq!((granted.wakes(), next.wakes()), (1, 0));
    let panicked = fuse.burns(ahead, || finish(granted.assert_ready()));
    drop(granted);
    assert_eq!(next.wakes(), usize::from(panicked));
    assert_eq!(next.poll().is_ready(), panicked);
    drop(next);
    assert_eq!((queue.len(), queue.waiting_putters()), (10, 0));
    let inside = INSIDE.map(|number| if number == 16 { 0 } else { number });
    let put = if panicked { 6 } else { 5 };
    assert_eq!(numbers(taken(queue)), sorted(&inside, &[put])[1..]);
    panicked
}

#[test]
fn a_granted_put_that_panics_passes_its_room_on() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = &setup(0);
        let put = queue.put(fuse.item(5));
        a_putter_passes_its_room_on((queue, fuse), ahead, put, |put| put.unwrap())
    });
    assert!(runs >= 3);
}

#[test]
fn a_granted_put_many_that_panics_passes_its_room_on() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = &setup(0);
        let put = queue.put_many([fuse.item(5)]);
        a_putter_passes_its_room_on((queue, fuse), ahead, put, |put| put.unwrap())
    });
    assert!(runs >= 3);
}

#[test]
fn a_slot_whose_put_panics_passes_its_room_on() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = &setup(0);
        a_putter_passes_its_room_on((queue, fuse), ahead, queue.reserve(), |slot| {
            slot.unwrap().put(fuse.item(5)).unwrap();
        })
    });
    assert!(runs >= 3);
}

/// Checks that a granted getter that panics hands its grant on.
#[track_caller]
fn a_getter_passes_its_item_on<F: Future>(
    (queue, fuse): (&PriorityQueue<Fused>, &Fuse),
    ahead: usize,
    future: F,
) -> bool {
    let mut granted = Polled::waiting(future);
    let others = INSIDE[1..].iter().map(|_| Polled::waiting(queue.get()));
    let others: Vec<_> = others.collect();
    let mut next = Polled::waiting(queue.get());
    for number in INSIDE {
        queue.try_put(fuse.item(number)).unwrap();
    }
    assert_eq!(
        (granted.wakes(), others[8].wakes(), next.wakes()),
        (1, 1, 0)
    );
    let panicked = fuse.burns(ahead, || drop(granted.assert_ready()));
    assert_eq!(next.wakes(), usize::from(panicked));
    if panicked {
        assert_eq!(next.assert_ready().unwrap().0, 16);
    }
    drop((granted, others, next));
    assert_eq!(numbers(taken(queue)), sorted(&INSIDE, &[])[1..]);
    panicked
}

#[test]
fn a_granted_get_that_panics_passes_its_item_on() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = (PriorityQueue::unbounded(), Fuse::default());
        a_getter_passes_its_item_on((&queue, &fuse), ahead, queue.get())
    });
    assert!(runs >= 4);
}

#[test]
fn a_granted_get_many_that_panics_passes_its_item_on() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = (PriorityQueue::unbounded(), Fuse::default());
        let mut into = Vec::new();
        let get = queue.get_many(&mut into, 1);
        a_getter_passes_its_item_on((&queue, &fuse), ahead, get)
    });
    assert!(runs >= 4);
}

#[test]
fn a_put_many_that_panics_has_put_the_first_few() {
    const MORE: [usize; 4] = [5, 15, 25, 95];
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(4);
        let mut put = Polled::new(queue.put_many(MORE.map(|number| fuse.item(number))));
        let panicked = fuse.burns(ahead, || put.assert_ready().unwrap());
        drop(put);
        let put_before = queue.len() - INSIDE.len();
        assert_eq!(put_before == MORE.len(), !panicked);
        assert_eq!(queue.unfinished(), queue.len());
        let expected = sorted(&INSIDE, &MORE[..put_before]);
        assert_eq!(numbers(taken(&queue)), expected);
        panicked
    });
    assert!(runs >= 8);
}

#[test]
fn a_put_many_that_panicked_in_its_first_poll_goes_on_where_it_was() {
    // Equal items show the order in which they were put.
    const MORE: [usize; 4] = [35, 36, 5, 37];
    at_each_comparison(|ahead| {
        let (queue, fuse) = setup(4);
        let mut put = Polled::new(queue.put_many(MORE.map(|number| fuse.item(number))));
        let panicked = fuse.burns(ahead, || put.assert_ready().unwrap());
        if panicked {
            put.assert_ready().unwrap();
        }
        assert_eq!(numbers(taken(&queue)), sorted(&INSIDE, &MORE));
        panicked
    });
}

#[test]
fn a_get_many_that_panics_has_appended_the_first_few() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(1);
        let mut out = Vec::new();
        let panicked = fuse.burns(ahead, || {
            queue.try_get_many(&mut out, 3).unwrap();
        });
        assert_eq!(out.len() == 3, !panicked);
        out.extend(taken(&queue));
        assert_eq!(numbers(out), sorted(&INSIDE, &[]));
        panicked
    });
    assert!(runs >= 8);
}

#[test]
fn a_granted_get_many_that_panics_has_appended_the_first_few() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = (PriorityQueue::unbounded(), Fuse::default());
        let mut out = Vec::new();
        let mut get = Polled::waiting(queue.get_many(&mut out, 3));
        for number in INSIDE {
            queue.try_put(fuse.item(number)).unwrap();
        }
        let panicked = fuse.burns(ahead, || {
            get.assert_ready().unwrap();
        });
        drop(get);
        assert_eq!(out.len() == 3, !panicked);
        out.extend(taken(&queue));
        assert_eq!(numbers(out), sorted(&INSIDE, &[]));
        panicked
    });
    assert!(runs >= 8);
}

#[test]
fn a_drained_iterator_whose_comparison_panics_goes_on() {
    let runs = at_each_comparison(|ahead| {
        let (queue, fuse) = setup(1);
        let mut drained = queue.close_now();
        let mut out = Vec::new();
        let panicked = fuse.burns(ahead, || out.extend(drained.next()));
        assert_eq!(out.is_empty(), panicked);
        out.extend(drained);
        assert_eq!(numbers(out), sorted(&INSIDE, &[]));
        panicked
    });
    assert!(runs >= 4);
}

#[test]
fn a_put_that_panicked_in_its_first_poll_still_has_its_item() {
    let (queue, fuse) = setup(1);
    let mut put = Polled::new(queue.put(fuse.item(5)));
    assert!(fuse.burns(0, || put.assert_ready().unwrap()));
    queue.close();
    let PutError(item) = put.assert_ready().unwrap_err();
    assert_eq!(item.0, 5);
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_comparison_and_a_waker_that_both_panic_do_not_abort() {
    const NAME: &str = concat!(
        module_path!(),
        "::a_comparison_and_a_waker_that_both_panic_do_not_abort"
    );
    let process = alone(NAME, || {
        let (queue, fuse) = (PriorityQueue::bounded(2), Fuse::default());
        for number in [20, 10] {
            queue.try_put(Fused(number, fuse.clone())).unwrap();
        }
        let mut granted = Polled::waiting(queue.put(Fused(5, fuse.clone())));
        let waker = CountingWaker::calling(|| panic!("the waker panics"));
        let mut next = Polled::waiting_with(queue.put(Fused(30, fuse.clone())), waker);
        assert_eq!(queue.try_get().unwrap().0, 10);
        // Its first comparison panics. Handing the room on wakes a waker that panics too.
        fuse.0.set(Some(PAYLOAD));
        let outcome = catch_unwind(AssertUnwindSafe(|| granted.poll().is_ready()));
        std::mem::forget(outcome.unwrap_err());
        assert_eq!(next.wakes(), 1);
        assert!(next.assert_ready().is_ok());
        assert_eq!(numbers(taken(&queue)), [20, 30]);
    });
    assert!(process.is_none_or(|process| process.status.success()));
}
