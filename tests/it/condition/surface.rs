//! The types without their waits: `Debug`, `Default`, statics, auto traits, and the messages
//! of misuse.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt::Debug;
use std::sync::{Arc, MutexGuard};

use aiosync::futures::{
    ConditionWait, ConditionWaitFor, ConditionWaitForOwned, ConditionWaitOwned, ConditionWaitWhile,
    ConditionWaitWhileOwned,
};
use aiosync::{Condition, Lock};
use static_assertions::{assert_impl_all, assert_not_impl_any};

use super::{assert_idle, assert_usable, wait, wait_all};
use crate::common::{Polled, panic_message};

type Test = fn(&mut u32) -> bool;

assert_impl_all!(Condition: Send, Sync, Unpin, Debug, Default);

assert_impl_all!(ConditionWait<'static, 'static, u32>: Future, Send, Sync, Debug);
assert_impl_all!(ConditionWait<'static, 'static, [u32]>: Send, Sync, Debug);
assert_impl_all!(ConditionWait<'static, 'static, dyn Debug + Send + Sync>: Send, Sync, Debug);
assert_impl_all!(ConditionWaitOwned<'static, u32>: Future, Send, Sync, Debug);
assert_impl_all!(ConditionWaitWhile<'static, 'static, u32, Test>: Future, Send, Sync, Debug);
assert_impl_all!(ConditionWaitWhileOwned<'static, u32, Test>: Future, Send, Sync, Debug);
assert_impl_all!(ConditionWaitFor<'static, 'static, u32, Test>: Send, Sync, Debug);
assert_impl_all!(ConditionWaitForOwned<'static, u32, Test>: Send, Sync, Debug);

// Other threads reach its node.
assert_not_impl_any!(ConditionWait<'static, 'static, u32>: Unpin, Clone);
assert_not_impl_any!(ConditionWaitOwned<'static, u32>: Unpin, Clone);
assert_not_impl_any!(ConditionWaitWhile<'static, 'static, u32, Test>: Unpin, Clone);
assert_not_impl_any!(ConditionWaitWhileOwned<'static, u32, Test>: Unpin, Clone);
assert_not_impl_any!(ConditionWaitFor<'static, 'static, u32, Test>: Unpin, Clone);
assert_not_impl_any!(ConditionWaitForOwned<'static, u32, Test>: Unpin, Clone);

// Data that is `Send` and not `Sync`: the wait, too.
assert_impl_all!(ConditionWait<'static, 'static, Cell<u32>>: Send);
assert_impl_all!(ConditionWaitOwned<'static, Cell<u32>>: Send);
assert_impl_all!(ConditionWaitWhile<'static, 'static, Cell<u32>, Test>: Send);
assert_impl_all!(ConditionWaitWhileOwned<'static, Cell<u32>, Test>: Send);
assert_impl_all!(ConditionWaitFor<'static, 'static, Cell<u32>, Test>: Send);
assert_impl_all!(ConditionWaitForOwned<'static, Cell<u32>, Test>: Send);
assert_not_impl_any!(ConditionWait<'static, 'static, Cell<u32>>: Sync);
assert_not_impl_any!(ConditionWaitOwned<'static, Cell<u32>>: Sync);
assert_not_impl_any!(ConditionWaitWhile<'static, 'static, Cell<u32>, Test>: Sync);
assert_not_impl_any!(ConditionWaitWhileOwned<'static, Cell<u32>, Test>: Sync);
assert_not_impl_any!(ConditionWaitFor<'static, 'static, Cell<u32>, Test>: Sync);
assert_not_impl_any!(ConditionWaitForOwned<'static, Cell<u32>, Test>: Sync);

// Data that is `Sync` and not `Send`: the lock could take it to another thread.
type Stays = MutexGuard<'static, u32>;
assert_not_impl_any!(ConditionWait<'static, 'static, Stays>: Send, Sync);
assert_not_impl_any!(ConditionWaitOwned<'static, Stays>: Send, Sync);
assert_not_impl_any!(ConditionWaitWhile<'static, 'static, Stays, Test>: Send, Sync);
assert_not_impl_any!(ConditionWaitWhileOwned<'static, Stays, Test>: Send, Sync);
assert_not_impl_any!(ConditionWaitFor<'static, 'static, Stays, Test>: Send, Sync);
assert_not_impl_any!(ConditionWaitForOwned<'static, Stays, Test>: Send, Sync);

// The test is a part of the future.
assert_not_impl_any!(ConditionWaitWhile<'static, 'static, u32, *const ()>: Send, Sync);
assert_not_impl_any!(ConditionWaitWhileOwned<'static, u32, *const ()>: Send, Sync);
assert_not_impl_any!(ConditionWaitFor<'static, 'static, u32, *const ()>: Send, Sync);
assert_not_impl_any!(ConditionWaitForOwned<'static, u32, *const ()>: Send, Sync);

#[test]
fn a_condition_may_be_a_static() {
    static CONDITION: Condition = Condition::new();
    static LOCK: Lock<u32> = Lock::new(3);
    let wait: ConditionWait<'static, 'static, u32> = CONDITION.wait(LOCK.try_lock().unwrap());
    let mut waiter = Polled::waiting(wait);
    assert!(CONDITION.notify_one());
    assert_eq!(*waiter.assert_ready(), 3);
}

#[test]
fn a_condition_by_default_is_as_new() {
    let (condition, lock) = (Condition::default(), Arc::new(Lock::new(0)));
    assert_usable(&condition, &lock);
}

#[test]
fn a_wait_that_is_done_panics_when_it_is_polled() {
    let condition = Condition::new();
    let lock = Arc::new(Lock::new(0));
    let owned = || Arc::clone(&lock).try_lock_owned().unwrap();
    let mut by_lock = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
    let mut by_arc = Polled::waiting(condition.wait_owned(owned()));
    assert_eq!(condition.notify_all(), 2);
    drop(by_lock.assert_ready());
    drop(by_arc.assert_ready());
    let mut tested = Polled::new(condition.wait_while(lock.try_lock().unwrap(), |_| false));
    drop(tested.assert_ready());
    let mut answered = Polled::new(condition.wait_for_owned(owned(), |value| Some(*value)));
    drop(answered.assert_ready());
    let messages = [
        panic_message(|| drop(by_lock.poll())),
        panic_message(|| drop(by_arc.poll())),
        panic_message(|| drop(tested.poll())),
        panic_message(|| drop(answered.poll())),
    ];
    for message in messages {
        assert_eq!(
            message,
            "aiosync: a future was polled after it had completed"
        );
    }
    drop((by_lock, by_arc, tested, answered));
    assert_idle(&condition, &lock);
}

/// Asserts that each text is on one line, and that no two are the same.
#[track_caller]
fn assert_all_differ(shown: &[String]) {
    for (place, one) in shown.iter().enumerate() {
        assert!(!one.contains('\n'), "{one}");
        assert!(!shown[..place].contains(one), "twice: {one}");
    }
}

#[test]
fn a_condition_shows_its_waiting_and_its_notified_waiters() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut shown = vec![format!("{condition:?}")];
    let first = wait(&condition, &lock);
    shown.push(format!("{condition:?}"));
    let mut rest = wait_all(2, &condition, &lock);
    shown.push(format!("{condition:?}"));
    assert!(condition.notify_one());
    shown.push(format!("{condition:?}"));
    assert!(condition.notify_one());
    shown.push(format!("{condition:?}"));
    assert!(condition.notify_one());
    shown.push(format!("{condition:?}"));
    drop(first);
    shown.push(format!("{condition:?}"));
    assert_all_differ(&shown);
    drop(rest.pop());
    drop(rest.pop());
    assert_eq!(format!("{condition:?}"), shown[0]);
}

/// Returns the `Debug` text of a future and of its lock, in each of its states.
macro_rules! shown {
    ($condition:ident, $lock:ident, $wait:expr) => {{
        let show = |waiter: &Polled<_>| format!("{:?}", waiter.future());
        let mut waiter = Polled::new($wait);
        let mut shown = vec![show(&waiter)];
        waiter.assert_pending();
        shown.push(show(&waiter));
        let guard = $lock.try_lock().unwrap();
        assert_eq!($condition.notify_all(), 1);
        shown.push(show(&waiter));
        waiter.assert_pending();
        shown.push(show(&waiter));
        drop(guard);
        shown.push(show(&waiter));
        let output = waiter.assert_ready();
        shown.push(show(&waiter));
        drop(output);
        assert_all_differ(&shown);
        shown
    }};
}

#[test]
fn a_wait_shows_how_far_it_has_come() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let owned = || Arc::clone(&lock).try_lock_owned().unwrap();
    let wanting = || {
        let mut wanting = true;
        move |_: &mut u32| std::mem::take(&mut wanting)
    };
    let answering = || {
        let mut wanting = true;
        move |_: &mut u32| (!std::mem::take(&mut wanting)).then_some(())
    };
    let names_and_states = [
        (
            "ConditionWait(",
            shown!(condition, lock, condition.wait(lock.try_lock().unwrap())),
        ),
        (
            "ConditionWaitOwned(",
            shown!(condition, lock, condition.wait_owned(owned())),
        ),
        (
            "ConditionWaitWhile(",
            shown!(
                condition,
                lock,
                condition.wait_while(lock.try_lock().unwrap(), wanting())
            ),
        ),
        (
            "ConditionWaitWhileOwned(",
            shown!(
                condition,
                lock,
                condition.wait_while_owned(owned(), wanting())
            ),
        ),
        (
            "ConditionWaitFor(",
            shown!(
                condition,
                lock,
                condition.wait_for(lock.try_lock().unwrap(), answering())
            ),
        ),
        (
            "ConditionWaitForOwned(",
            shown!(
                condition,
                lock,
                condition.wait_for_owned(owned(), answering())
            ),
        ),
    ];
    for (name, shown) in &names_and_states {
        assert!(
            shown.iter().all(|shown| shown.starts_with(name)),
            "{shown:?}"
        );
    }
}

#[test]
fn a_lock_shows_its_requeued_waiters() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(3, &condition, &lock);
    let mut shown = vec![format!("{lock:?}")];
    let guard = lock.try_lock().unwrap();
    shown.push(format!("{lock:?}"));
    assert_eq!(condition.notify_all(), 3);
    waiters[0].assert_pending();
    shown.push(format!("{lock:?}"));
    drop(guard);
    shown.push(format!("{lock:?}"));
    let guard = waiters[0].assert_ready();
    shown.push(format!("{lock:?}"));
    assert_all_differ(&shown);
    drop(guard);
}
