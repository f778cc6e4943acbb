//! Two panics at once. A second panic while the first unwinds would abort the process, so
//! the body of each test runs in a process of its own.
#![forbid(unsafe_code)]

use std::env;
use std::process::Command;
use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{assert_usable, wait_all};
use crate::common::{Call, Hostile, Polled, panic_message};

/// Set in the process that runs the body.
const CHILD: &str = "AIOSYNC_TEST_OF_TWO_PANICS";

/// Runs the body of the test of this name in another process, which must end well.
fn elsewhere(name: &str, body: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return body();
    }
    let module = module_path!().trim_start_matches("it::");
    let test = format!("{module}::{name}");
    let mut child = Command::new(env::current_exe().expect("this is a program"));
    child
        .args(["--exact", &test, "--test-threads", "1"])
        .env(CHILD, "1");
    let output = child.output().expect("it can be started again");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("running 1 test"), "{printed}");
    assert!(output.status.success(), "it ended by {}", output.status);
}

/// A waker that panics at `call`.
fn panicking(call: Call) -> Hostile {
    let hostile = Hostile::new();
    hostile.on(call, move || panic!("{call:?}"));
    hostile
}

#[test]
fn a_poll_in_which_two_wakers_panic_does_not_abort() {
    elsewhere("a_poll_in_which_two_wakers_panic_does_not_abort", || {
        // The first poll releases the lock, which wakes its next waiter.
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
        let of_next = panicking(Call::Wake);
        let mut next = Polled::new(lock.lock());
        assert!(next.poll_with(of_next.waker()).is_pending());
        let message = panic_message(|| drop(waiter.poll()));
        assert_eq!((message.as_str(), condition.waiters()), ("Wake", 1));
        drop(next.assert_ready());
        drop(next);
        // This one finds the condition bound to another lock. Its clone is dropped while
        // the panic unwinds.
        let other = Lock::new(0);
        let mut wrong = Polled::new(condition.wait(other.try_lock().unwrap()));
        let of_next = panicking(Call::Wake);
        let mut next = Polled::new(other.lock());
        assert!(next.poll_with(of_next.waker()).is_pending());
        let own = panicking(Call::Drop);
        let message = panic_message(|| drop(wrong.poll_with(own.waker())));
        assert_eq!((message.as_str(), own.kept()), ("Wake", 0));
        drop(next.assert_ready());
        drop((wrong, next));
        assert!(condition.notify_one());
        drop(waiter.assert_ready());
        drop(waiter);
        assert_usable(&condition, &lock);
    });
}

#[test]
fn a_refused_wait_whose_waker_panics_does_not_abort() {
    elsewhere("a_refused_wait_whose_waker_panics_does_not_abort", || {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let other = Lock::new(0);
        let waiting = wait_all(1, &condition, &lock);
        let own = panicking(Call::Drop);
        let mut wrong = Polled::new(condition.wait(other.try_lock().unwrap()));
        let message = panic_message(|| drop(wrong.poll_with(own.waker())));
        assert!(message.contains("one Lock at a time"), "{message}");
        assert_eq!((own.calls(Call::Drop), own.kept()), (1, 0));
        drop((waiting, wrong));
        assert!(!other.is_locked());
        assert_usable(&condition, &lock);
    });
}

#[test]
fn a_drop_in_which_two_wakers_panic_does_not_abort() {
    elsewhere("a_drop_in_which_two_wakers_panic_does_not_abort", || {
        // In the lock's wait queue: its own waker is dropped, and the heir is woken.
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let own = Hostile::new();
        let mut leaver = Polled::new(condition.wait(lock.try_lock().unwrap()));
        assert!(leaver.poll_with(own.waker()).is_pending());
        let of_heir = panicking(Call::Wake);
        let mut heir = Polled::new(condition.wait(lock.try_lock().unwrap()));
        assert!(heir.poll_with(of_heir.waker()).is_pending());
        let guard = lock.try_lock().unwrap();
        assert!(condition.notify_one());
        assert!(leaver.poll_with(own.waker()).is_pending());
        own.on(Call::Drop, || panic!("Drop"));
        let message = panic_message(|| drop(leaver));
        assert!(message == "Wake" || message == "Drop", "{message}");
        assert_eq!((own.calls(Call::Drop), own.kept()), (1, 0));
        assert_eq!((of_heir.calls(Call::Wake), condition.waiters()), (1, 0));
        drop(guard);
        drop(heir.assert_ready());
        drop(heir);
        assert_usable(&condition, &lock);
    });
}
