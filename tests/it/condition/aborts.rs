//! Two panics at once: a second one that comes out while the first unwinds would abort
//! the process. So the body of such a test runs in a process of its own.
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
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut carrier = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
        let mut others = wait_all(32, &condition, &lock);
        let left_behind = Hostile::new();
        let mut last = Polled::new(condition.wait(lock.try_lock().unwrap()));
        assert!(last.poll_with(left_behind.waker()).is_pending());
        left_behind.on(Call::Wake, || panic!("Wake"));
        assert_eq!(condition.notify_all(), 34);
        // Now the last is the 33rd, whom a poll that carries 32 wakes.
        drop(others.remove(20));
        let own = panicking(Call::Drop);
        let message = panic_message(|| drop(carrier.poll_with(own.waker())));
        assert!(message == "Wake" || message == "Drop", "{message}");
        drop(carrier);
        for waiter in &mut others {
            drop(waiter.assert_ready());
        }
        drop(last.assert_ready());
        drop((others, last));
        assert_usable(&condition, &lock);
    });
}

#[test]
fn a_drop_in_which_two_wakers_panic_does_not_abort() {
    elsewhere("a_drop_in_which_two_wakers_panic_does_not_abort", || {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let other = Lock::new(0);
        // Notified, not carried, so that it has its waker; its notification goes on.
        let mut first = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
        let own = Hostile::new();
        let mut leaver = Polled::new(condition.wait(lock.try_lock().unwrap()));
        assert!(leaver.poll_with(own.waker()).is_pending());
        own.on(Call::Drop, || panic!("Drop"));
        let of_heir = Hostile::new();
        let mut heir = Polled::new(condition.wait(other.try_lock().unwrap()));
        assert!(heir.poll_with(of_heir.waker()).is_pending());
        of_heir.on(Call::Wake, || panic!("Wake"));
        assert_eq!(condition.notify(2), 2);
        let message = panic_message(|| drop(leaver));
        assert!(message == "Wake" || message == "Drop", "{message}");
        assert_eq!((of_heir.calls(Call::Wake), own.kept()), (1, 0));
        drop(heir.assert_ready());
        drop(first.assert_ready());
        drop((first, heir));
        assert_usable(&condition, &lock);
    });
}
