//! Initializers and wakers that panic. Nothing is poisoned: the turn passes on, or the value is
//! set.
#![forbid(unsafe_code)]

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use aiosync::{OnceCell, SetError};

use super::{assert_empty, fail, running, succeed};
use crate::common::{Call, Hostile, PanicsOnDrop, Polled, panic_message, while_panicking};

#[test]
fn a_closure_that_panics_passes_its_turn_on() {
    let cell = OnceCell::new();
    let (running, _gate) = running(&cell);
    let mut panics = Polled::waiting(
        cell.get_or_init(|| -> std::future::Ready<u32> { panic!("in the closure") }),
    );
    let mut next = Polled::waiting(succeed(&cell));
    let wait = Polled::waiting(cell.wait());
    drop(running);
    assert_eq!(
        panic_message(|| _ = panics.assert_ready()),
        "in the closure"
    );
    assert_eq!((next.wakes(), wait.wakes()), (1, 0));
    let again = panic_message(|| _ = panics.poll());
    assert!(again.contains("polled after it had completed"), "{again}");
    drop(panics);
    assert_eq!(next.assert_ready(), Ok(&1));
    assert_eq!(wait.wakes(), 1);
}

#[test]
fn a_closure_that_panics_in_the_first_poll_leaves_an_empty_cell() {
    let cell = OnceCell::new();
    let mut panics =
        Polled::new(cell.get_or_init(|| -> std::future::Ready<u32> { panic!("in the closure") }));
    assert_eq!(panic_message(|| _ = panics.poll()), "in the closure");
    assert_empty(&cell);
}

#[test]
fn a_future_that_panics_passes_its_turn_on_before_it_is_dropped() {
    for polls in [0, 1, 3] {
        let cell = OnceCell::new();
        let mut left = polls;
        let mut panics = Polled::new(cell.get_or_try_init(|| {
            poll_fn(move |_| {
                if left == 0 {
                    panic!("in the future");
                }
                left -= 1;
                Poll::<Result<u32, ()>>::Pending
            })
        }));
        for _ in 0..polls {
            panics.assert_pending();
        }
        let mut next = (polls > 0).then(|| Polled::waiting(succeed(&cell)));
        assert_eq!(panic_message(|| _ = panics.poll()), "in the future");
        if let Some(next) = &mut next {
            assert_eq!(next.wakes(), 1);
            assert_eq!(next.assert_ready(), Ok(&1));
        } else {
            assert_empty(&cell);
        }
        let again = panic_message(|| _ = panics.poll());
        assert!(again.contains("polled after it had completed"), "{again}");
        drop(panics);
        assert_eq!(cell.get(), Some(&1));
    }
}

/// An initializer's future that panics when it is dropped, once it is armed.
struct Bomb {
    output: Option<u32>,
    armed: bool,
}

impl Future for Bomb {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<u32> {
        self.armed = true;
        match self.output {
            Some(output) => Poll::Ready(output),
            None => Poll::Pending,
        }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.armed, "in the drop");
    }
}

#[test]
fn a_future_that_panics_when_it_is_dropped_passes_its_turn_on() {
    for output in [None, Some(9)] {
        let cell = OnceCell::new();
        let bomb = || Bomb {
            output,
            armed: false,
        };
        let mut get = Polled::new(cell.get_or_init(bomb));
        let message = panic_message(|| {
            if get.poll().is_pending() {
                drop(get);
            }
        });
        assert_eq!(message, "in the drop");
        // The value of an initializer that panics is not set.
        assert_empty(&cell);
    }
}

#[test]
fn a_cancelled_future_that_panics_wakes_the_next_initializer() {
    let cell = OnceCell::new();
    let bomb = || Bomb {
        output: None,
        armed: false,
    };
    let get = Polled::waiting(cell.get_or_init(bomb));
    let mut next = Polled::waiting(succeed(&cell));
    assert_eq!(panic_message(|| drop(get)), "in the drop");
    assert_eq!(next.wakes(), 1);
    assert_eq!(next.assert_ready(), Ok(&1));
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn an_initializer_may_be_dropped_while_the_thread_unwinds() {
    for woken_panics in [false, true] {
        let cell = OnceCell::<u32>::new();
        let running = Polled::waiting(cell.get_or_init(pending));
        let (mut next, hostile) = (Polled::new(succeed(&cell)), Hostile::new());
        assert!(next.poll_with(hostile.waker()).is_pending());
        if woken_panics {
            hostile.on(Call::Wake, || std::panic::panic_any(PanicsOnDrop));
        }
        while_panicking(|| drop(running));
        assert_eq!(hostile.calls(Call::Wake), 1);
        assert_eq!(next.assert_ready(), Ok(&1));
    }
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn an_initializer_and_the_next_waker_may_both_panic() {
    let cell = OnceCell::<u32>::new();
    let (running, _gate) = running(&cell);
    let mut panics = Polled::waiting(
        cell.get_or_init(|| -> std::future::Ready<u32> { panic!("in the closure") }),
    );
    let (mut next, hostile) = (Polled::new(succeed(&cell)), Hostile::new());
    assert!(next.poll_with(hostile.waker()).is_pending());
    hostile.on(Call::Wake, || std::panic::panic_any(PanicsOnDrop));
    drop(running);
    assert_eq!(panic_message(|| _ = panics.poll()), "in the closure");
    assert_eq!(hostile.calls(Call::Wake), 1);
    assert_eq!(next.assert_ready(), Ok(&1));
}

#[test]
fn a_waker_that_panics_while_the_value_is_set_keeps_no_other_from_being_woken() {
    let cell = OnceCell::new();
    let (mut wait, hostile) = (Polled::new(cell.wait()), Hostile::new());
    assert!(wait.poll_with(hostile.waker()).is_pending());
    hostile.on(Call::Wake, || panic!("wake"));
    let (mut first, gate) = running(&cell);
    let mut others: Vec<_> = (0..40).map(|_| Polled::waiting(cell.wait())).collect();
    gate.open(Ok(3));
    assert_eq!(panic_message(|| _ = first.poll()), "wake");
    assert_eq!(cell.get(), Some(&3));
    assert!(format!("{:?}", first.future()).contains("set, not yet returned"));
    // The next poll returns the value.
    assert_eq!(first.assert_ready(), Ok(&3));
    let again = panic_message(|| _ = first.poll());
    assert!(again.contains("polled after it had completed"), "{again}");
    assert_eq!(gate.calls(), 1);
    for other in &mut others {
        assert_eq!((other.wakes(), other.assert_ready()), (1, &3));
    }
    assert_eq!(wait.assert_ready(), &3);
}

#[test]
fn a_set_whose_waker_panics_has_set_the_value() {
    let cell = OnceCell::new();
    let (mut wait, hostile) = (Polled::new(cell.wait()), Hostile::new());
    assert!(wait.poll_with(hostile.waker()).is_pending());
    let mut other = Polled::waiting(cell.wait());
    hostile.on(Call::Wake, || panic!("wake"));
    assert_eq!(panic_message(|| _ = cell.set(3)), "wake");
    assert_eq!(cell.set(4), Err(SetError::Initialized(4)));
    assert_eq!((other.wakes(), other.assert_ready()), (1, &3));
    assert_eq!(wait.assert_ready(), &3);
}

#[test]
fn a_waker_that_panics_while_a_turn_passes_on_leaves_the_turn_granted() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    let (mut next, hostile) = (Polled::new(fail(&cell)), Hostile::new());
    assert!(next.poll_with(hostile.waker()).is_pending());
    hostile.on(Call::Wake, || panic!("wake"));
    let mut last = Polled::waiting(succeed(&cell));
    gate.open(Err("failed"));
    assert_eq!(panic_message(|| _ = first.poll()), "wake");
    drop(first);
    assert_eq!(last.wakes(), 0);
    assert_eq!(next.assert_ready(), Err("failed"));
    assert_eq!(last.assert_ready(), Ok(&1));
}

#[test]
fn a_waker_whose_drop_panics_in_the_first_poll_gives_the_turn_back() {
    // The initializer that has the turn is dropped while the waker of the next one is cloned. So
    // the next one takes the turn, does not need its waker, and drops it.
    let cell = super::leaked();
    let first = Mutex::new(Some(Polled::waiting(cell.get_or_init(pending::<u32>))));
    let hostile = Hostile::new();
    hostile.on(Call::Clone, move || drop(first.lock().unwrap().take()));
    hostile.on(Call::Drop, || panic!("drop"));
    let mut get = Polled::new(succeed(cell));
    assert_eq!(panic_message(|| _ = get.poll_with(hostile.waker())), "drop");
    assert_eq!((hostile.calls(Call::Clone), hostile.kept()), (1, 0));
    let mut next = Polled::new(fail(cell));
    assert_eq!(next.assert_ready(), Err("failed"));
    // The first poll has changed nothing, so the next one is a first poll.
    assert_eq!(get.assert_ready(), Ok(&1));
}
