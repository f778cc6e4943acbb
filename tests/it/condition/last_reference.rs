//! An owned wait may hold the last `Arc` of its lock. Then its drop runs the destructor of
//! the user's data, which may call back into the condition, and may panic.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aiosync::{Condition, Lock, OwnedLockGuard};

use crate::common::{Polled, forget, panic_message, watched};

/// Data whose drop uses the condition, and panics if it is told to.
struct Data {
    condition: &'static Condition,
    panics: bool,
}

impl Drop for Data {
    fn drop(&mut self) {
        let condition = self.condition;
        let _state = (condition.waiters(), format!("{condition:?}"));
        condition.notify_all();
        // A wait with a lock of its own, if nobody else waits.
        if format!("{condition:?}") == format!("{:?}", Condition::new()) {
            let own = Lock::new(());
            drop(Polled::waiting(condition.wait(own.try_lock().unwrap())));
        }
        assert!(!self.panics, "the drop of the data");
    }
}

type Wait = Pin<Box<dyn Future<Output = OwnedLockGuard<Data>>>>;

type Start = fn(OwnedLockGuard<Data>) -> Wait;

const WAYS: [(&str, Start); 3] = [
    ("wait_owned", |guard| {
        Box::pin(guard.condition.wait_owned(guard))
    }),
    ("wait_while_owned", |guard| {
        let mut wanting = true;
        let test = move |_: &mut Data| std::mem::take(&mut wanting);
        Box::pin(guard.condition.wait_while_owned(guard, test))
    }),
    ("wait_for_owned", |guard| {
        let mut wanting = true;
        let test = move |_: &mut Data| (!std::mem::take(&mut wanting)).then_some(());
        let wait = guard.condition.wait_for_owned(guard, test);
        Box::pin(async move { wait.await.0 })
    }),
];

/// The state in which the wait is dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unpolled,
    Waiting,
    Notified,
    NotifiedBehindAnother,
    Requeued,
    Granted,
    /// It breaks the rule of one lock at a time, at its first poll.
    Refused,
}

/// Brings a wait that holds the last `Arc` of its lock into a state, and drops it there.
fn drop_in(state: State, start: Start, by_number: bool, panics: bool) {
    static CONDITION: Condition = Condition::new();

    let condition = &CONDITION;
    let lock = Arc::new(Lock::new(Data { condition, panics }));
    let notify = |n| match by_number {
        true => condition.notify(n),
        false => condition.notify_all(),
    };
    let other = Lock::new(());
    let mut first = (state == State::Refused)
        .then(|| Polled::waiting(condition.wait(other.try_lock().unwrap())));
    let mut ahead = (state == State::NotifiedBehindAnother).then(|| {
        let guard = Arc::clone(&lock).try_lock_owned().unwrap();
        Polled::waiting(condition.wait_owned(guard))
    });
    let mut wait = Polled::new(start(Arc::clone(&lock).try_lock_owned().unwrap()));
    match state {
        State::Unpolled | State::Refused => {}
        State::Waiting => wait.assert_pending(),
        State::Notified => {
            wait.assert_pending();
            assert_eq!(notify(1), 1);
        }
        State::NotifiedBehindAnother => {
            wait.assert_pending();
            assert_eq!(notify(2), 2);
        }
        State::Requeued | State::Granted => {
            wait.assert_pending();
            let guard = lock.try_lock().unwrap();
            assert_eq!(notify(1), 1);
            wait.assert_pending();
            assert_eq!(lock.waiters(), 1);
            if state == State::Granted {
                drop(guard);
            } else {
                forget(guard);
            }
        }
    }
    drop(ahead.take());
    assert_eq!(Arc::strong_count(&lock), 2);
    drop(lock);
    if state == State::Refused {
        let message = panic_message(|| drop(wait.poll()));
        let expected = if panics {
            "the drop"
        } else {
            "one Lock at a time"
        };
        assert!(message.contains(expected), "{message}");
        drop(wait);
    } else if panics {
        assert_eq!(panic_message(|| drop(wait)), "the drop of the data");
    } else {
        drop(wait);
    }
    // The drop of the data has notified it.
    if let Some(first) = &mut first {
        drop(first.assert_ready());
    }
    drop(first);
    assert_eq!(format!("{condition:?}"), format!("{:?}", Condition::new()));
}

#[test]
fn the_drop_of_the_last_arc_of_a_lock_may_call_back() {
    watched(|| {
        for state in [
            State::Unpolled,
            State::Waiting,
            State::Notified,
            State::NotifiedBehindAnother,
            State::Requeued,
            State::Granted,
            State::Refused,
        ] {
            for (name, start) in WAYS {
                for by_number in [false, true] {
                    for panics in [false, true] {
                        println!("{name}, {state:?}, by number: {by_number}, panics: {panics}");
                        drop_in(state, start, by_number, panics);
                    }
                }
            }
        }
    });
}
