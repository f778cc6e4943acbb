//! `FusedFuture`: `is_terminated` returns `true` exactly if another poll would panic. So
//! `futures::select!` takes every future, and skips those that are done.
#![forbid(unsafe_code)]

use std::any::type_name;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use aiosync::{Barrier, Condition, Event, Lock, OnceCell, PriorityQueue, Queue, RwLock, Semaphore};
use futures::future::FusedFuture;
use futures::stream::{FusedStream, StreamExt};
use futures_lite::future::{block_on, zip};

use crate::common::{Call, CountingWaker, Hostile, Polled, panic_message, watched};
use crate::queue::ready;

/// Polls a future that has completed. The poll must panic and say so.
#[track_caller]
fn assert_done<F: FusedFuture>(polled: &mut Polled<F>) {
    assert!(polled.future().is_terminated());
    let message = panic_message(|| drop(polled.poll()));
    let rule = "a future was polled after it had completed";
    assert!(message.contains(rule), "{message}");
    assert!(polled.future().is_terminated());
}

/// Polls a future whose poll panics because of user code.
#[track_caller]
fn assert_panics<F: FusedFuture>(polled: &mut Polled<F>) {
    let message = panic_message(|| drop(polled.poll()));
    assert_eq!(message, "user code");
}

/// The names of the futures that were checked.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// Checks a future that waits, in each of its states. `grant` lets it complete.
    #[track_caller]
    fn check<F: FusedFuture>(&mut self, future: F, grant: impl FnOnce()) -> F::Output {
        let path = type_name::<F>();
        let path = path.split('<').next().unwrap_or(path);
        let name = path.rsplit("::").next().unwrap_or(path);
        self.0.insert(name.to_owned());

        let mut polled = Polled::new(future);
        assert!(!polled.future().is_terminated(), "{name}, unpolled");
        polled.assert_pending();
        assert!(!polled.future().is_terminated(), "{name}, waiting");
        polled.assert_pending();
        assert!(!polled.future().is_terminated(), "{name}, polled again");
        grant();
        assert!(!polled.future().is_terminated(), "{name}, granted");
        let output = polled.assert_ready();
        assert_done(&mut polled);
        output
    }
}

/// Checks a future that completes in its first poll.
#[track_caller]
fn check_ready<F: FusedFuture>(future: F) {
    let mut polled = Polled::new(future);
    assert!(!polled.future().is_terminated());
    drop(polled.assert_ready());
    assert_done(&mut polled);
}

fn check_locks(names: &mut Names) {
    let lock = Arc::new(Lock::new(0));
    let guard = lock.try_lock().unwrap();
    let guard = names.check(lock.lock(), || drop(guard));
    let guard = names.check(Arc::clone(&lock).lock_owned(), || drop(guard));
    names.check(lock.with(|data| *data += 1), || drop(guard));
    check_ready(lock.lock());
    check_ready(Arc::clone(&lock).lock_owned());
    check_ready(lock.with(|data| *data += 1));
}

fn check_rwlocks(names: &mut Names) {
    let lock = Arc::new(RwLock::new(0));
    let guard = lock.try_write().unwrap();
    let guard = names.check(lock.read(), || drop(guard));
    let guard = names.check(lock.write(), || drop(guard));
    let guard = names.check(Arc::clone(&lock).read_owned(), || drop(guard));
    drop(names.check(Arc::clone(&lock).write_owned(), || drop(guard)));
    check_ready(lock.read());
    check_ready(lock.write());
    check_ready(Arc::clone(&lock).read_owned());
    check_ready(Arc::clone(&lock).write_owned());
}

fn check_semaphores_and_events(names: &mut Names) {
    let semaphore = Arc::new(Semaphore::new(0));
    let release = || semaphore.release(1).unwrap();
    drop(names.check(semaphore.acquire(), release));
    let acquire = Arc::clone(&semaphore).acquire_many_owned(2);
    drop(names.check(acquire, release));
    check_ready(semaphore.acquire());

    let event = Arc::new(Event::new());
    names.check(event.wait(), || event.set());
    event.clear();
    names.check(Arc::clone(&event).wait_owned(), || event.set());
    check_ready(event.wait());
    let mut enabled = Polled::new(event.wait());
    assert!(enabled.pinned().enable());
    assert!(!enabled.future().is_terminated());
    enabled.assert_ready();
    assert_done(&mut enabled);
}

fn check_barriers(names: &mut Names) {
    let barrier = Arc::new(Barrier::new(2));
    let arrive = || assert!(ready(barrier.wait()).is_ok());
    names.check(barrier.wait(), arrive).unwrap();
    names
        .check(Arc::clone(&barrier).wait_owned(), arrive)
        .unwrap();
    let broken = names.check(barrier.wait(), || barrier.abort());
    assert!(broken.is_err());
    check_ready(barrier.wait());
}

fn check_conditions(names: &mut Names) {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let guard = || lock.try_lock().unwrap();
    let owned = || Arc::clone(&lock).try_lock_owned().unwrap();
    let notify = || {
        *guard() += 1;
        assert!(condition.notify_one());
    };
    drop(names.check(condition.wait(guard()), notify));
    drop(names.check(condition.wait_owned(owned()), notify));
    let before = *guard();
    let wait = condition.wait_while(guard(), |data| *data == before);
    drop(names.check(wait, notify));
    let before = *guard();
    let wait = condition.wait_while_owned(owned(), |data| *data == before);
    drop(names.check(wait, notify));
    let before = *guard();
    let wait = condition.wait_for(guard(), |data| (*data > before).then_some(()));
    drop(names.check(wait, notify));
    let before = *guard();
    let wait = condition.wait_for_owned(owned(), |data| (*data > before).then_some(()));
    drop(names.check(wait, notify));
    check_ready(condition.wait_while(guard(), |_| false));
    check_ready(condition.wait_for_owned(owned(), |_| Some(())));
}

fn check_queues(names: &mut Names) {
    let queue = Arc::new(Queue::bounded(1));
    let put = || queue.try_put(1).unwrap();
    let take = || _ = queue.try_get().unwrap();
    let mut into = Vec::new();
    names.check(queue.get(), put).unwrap();
    names.check(Arc::clone(&queue).get_owned(), put).unwrap();
    names.check(queue.get_many(&mut into, 9), put).unwrap();
    put();
    names.check(queue.put(1), take).unwrap();
    names.check(Arc::clone(&queue).put_owned(1), take).unwrap();
    names.check(queue.put_many([1]), take).unwrap();
    let slot = names.check(queue.reserve(), take).unwrap();
    let reserve = Arc::clone(&queue).reserve_owned();
    let slot = names.check(reserve, || drop(slot)).unwrap();
    drop(slot);
    let finish = || while queue.task_done().is_ok() {};
    names.check(queue.join(), finish);
    put();
    names.check(Arc::clone(&queue).join_owned(), finish);
    check_ready(queue.join());
    // Refused, waiting and granted.
    let refused = names.check(queue.put_many([1, 2]), || assert!(queue.close()));
    assert_eq!(refused.unwrap_err().collect::<Vec<_>>(), [1, 2]);
    check_ready(queue.put(1));
    check_ready(queue.put_many([1]));
    check_ready(queue.put_many([]));
    check_ready(Arc::clone(&queue).reserve_owned());
    check_ready(queue.closed());
    check_ready(Arc::clone(&queue).closed_owned());
    let queue = Arc::new(Queue::<u32>::unbounded());
    names.check(queue.closed(), || assert!(queue.close()));
    let queue = Arc::new(Queue::<u32>::unbounded());
    names.check(Arc::clone(&queue).closed_owned(), || {
        drop(queue.close_now())
    });
}

fn check_once_cells(names: &mut Names) {
    let cell = OnceCell::new();
    let running = Polled::waiting(cell.get_or_init(pending));
    assert!(!running.future().is_terminated(), "it runs");
    let failing = cell.get_or_try_init(async || Err("failed"));
    assert_eq!(names.check(failing, || drop(running)), Err("failed"));
    let running = Polled::waiting(cell.get_or_init(pending));
    assert_eq!(
        names.check(cell.get_or_init(async || 1), || drop(running)),
        &1
    );
    check_ready(cell.get_or_init(async || 2));
    check_ready(cell.get_or_try_init(async || Err("failed")));
    check_ready(cell.wait());
    let cell = OnceCell::new();
    names.check(cell.wait(), || cell.set(1).unwrap());
}

/// Returns the names of all public futures, from the file with the public surface.
fn public_futures() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/public-api/surface.txt");
    let surface = std::fs::read_to_string(path).expect("the surface is written down");
    let futures = surface.lines().filter_map(|line| {
        let future = line.strip_prefix("pub type aiosync::futures::")?;
        let (name, _output) = future.split_once("::Output = ")?;
        name.split('<').next().map(str::to_owned)
    });
    futures.collect()
}

#[test]
fn every_future_is_terminated_when_it_is_done_and_not_before() {
    watched(|| {
        let mut names = Names::default();
        check_locks(&mut names);
        check_rwlocks(&mut names);
        check_semaphores_and_events(&mut names);
        check_barriers(&mut names);
        check_conditions(&mut names);
        check_queues(&mut names);
        check_once_cells(&mut names);
        if !cfg!(miri) {
            assert_eq!(names.0, public_futures());
        }
    });
}

#[test]
fn a_future_that_keeps_its_output_after_a_panic_is_not_terminated() {
    let panics = || CountingWaker::calling(|| panic!("user code"));
    for granted in [false, true] {
        let queue = Queue::bounded(1);
        let mut get = Polled::new(queue.get());
        if granted {
            get.assert_pending();
        }
        queue.try_put(1).unwrap();
        let mut put = Polled::waiting_with(queue.put(2), panics());
        assert_panics(&mut get);
        assert!(!get.future().is_terminated(), "granted: {granted}");
        assert_eq!(get.assert_ready(), Ok(1));
        assert_done(&mut get);

        put.assert_ready().unwrap();
        let mut many = Polled::new(queue.put_many([3, 4]));
        many.assert_pending();
        assert_eq!(queue.try_get(), Ok(2));
        let mut get = Polled::waiting_with(queue.get(), panics());
        assert_panics(&mut many);
        assert!(!many.future().is_terminated());
        assert_eq!(get.assert_ready(), Ok(3));
        many.assert_ready().unwrap();
        assert_done(&mut many);
    }
}

#[test]
fn a_wait_for_a_completion_that_a_waker_interrupts_is_not_terminated() {
    let queue = Arc::new(Queue::from_iter([1]));
    let mut join = Polled::waiting(Arc::clone(&queue).join_owned());
    let waker = Hostile::new();
    waker.on(Call::Clone, || panic!("user code"));
    let poll = AssertUnwindSafe(|| join.poll_with(waker.waker()));
    assert!(catch_unwind(poll).is_err());
    assert!(!join.future().is_terminated());
    queue.task_done().unwrap();
    assert!(!join.future().is_terminated());
    join.assert_ready();
    assert_done(&mut join);
}

#[test]
fn a_future_whose_closure_panics_is_terminated() {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut with = Polled::new(lock.with(|_| panic!("user code")));
    assert_panics(&mut with);
    assert_done(&mut with);

    let guard = lock.try_lock().unwrap();
    let mut tests = 0;
    let mut wait = Polled::new(condition.wait_while(guard, |_| {
        tests += 1;
        assert!(tests == 1, "user code");
        true
    }));
    wait.assert_pending();
    condition.notify_all();
    assert_panics(&mut wait);
    assert_done(&mut wait);
    assert!(!lock.is_locked());
}

#[test]
fn an_initializer_that_panics_is_terminated() {
    let cell = OnceCell::<u32>::new();
    let mut get = Polled::new(cell.get_or_init(async || panic!("user code")));
    assert_panics(&mut get);
    assert_done(&mut get);
    assert_eq!(cell.get(), None);
}

#[test]
fn an_initializer_that_keeps_its_value_after_a_panic_is_not_terminated() {
    let cell = OnceCell::new();
    let panics = CountingWaker::calling(|| panic!("user code"));
    let mut wait = Polled::waiting_with(cell.wait(), panics);
    let mut get = Polled::new(cell.get_or_init(async || 1));
    assert_panics(&mut get);
    assert!(!get.future().is_terminated());
    assert_eq!(get.assert_ready(), &1);
    assert_done(&mut get);
    assert_eq!(wait.assert_ready(), &1);
}

#[test]
fn a_wait_that_a_condition_refuses_is_terminated() {
    let (lock, other, condition) = (Lock::new(0), Lock::new(0), Condition::new());
    let _waiting = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
    let mut refused = Polled::new(condition.wait(other.try_lock().unwrap()));
    let message = panic_message(|| drop(refused.poll()));
    assert!(message.contains("one Lock at a time"), "{message}");
    assert_done(&mut refused);
    let mut refused = Polled::new(condition.wait_while(other.try_lock().unwrap(), |_| true));
    let message = panic_message(|| drop(refused.poll()));
    assert!(message.contains("one Lock at a time"), "{message}");
    assert_done(&mut refused);
}

/// An item whose comparison panics if its number is 0.
#[derive(PartialEq, Eq)]
struct Compared(u32);

impl PartialOrd for Compared {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Compared {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(self.0 > 0 && other.0 > 0, "user code");
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_put_whose_comparison_panics_is_terminated_if_it_has_used_its_grant() {
    let queue = PriorityQueue::bounded(2);
    queue.try_put(Compared(1)).unwrap();
    // Before its first wait, nothing has changed. The next poll tries again.
    let mut put = Polled::new(queue.put(Compared(0)));
    assert_panics(&mut put);
    assert!(!put.future().is_terminated());
    assert_panics(&mut put);
    drop(put);

    queue.try_put(Compared(2)).unwrap();
    let mut put = Polled::waiting(queue.put(Compared(0)));
    let mut many = Polled::waiting(queue.put_many([Compared(0)]));
    assert_eq!(queue.try_get().unwrap().0, 1);
    assert_panics(&mut put);
    assert_done(&mut put);
    assert_panics(&mut many);
    assert_done(&mut many);
}

#[test]
fn a_stream_is_terminated_when_it_has_ended() {
    let queue = Arc::new(Queue::bounded(1));
    let mut streams = (
        Box::pin(queue.stream()),
        Box::pin(Arc::clone(&queue).stream_owned()),
    );
    assert!(!streams.0.is_terminated() && !streams.1.is_terminated());
    Polled::new(streams.0.next()).assert_pending();
    Polled::new(streams.1.next()).assert_pending();
    queue.try_put(1).unwrap();
    assert!(!streams.0.is_terminated());
    assert_eq!(ready(streams.0.next()), Some(1));
    assert!(!streams.0.is_terminated());
    queue.close();
    assert!(!streams.0.is_terminated() && !streams.1.is_terminated());
    assert_eq!(ready(streams.0.next()), None);
    assert_eq!(ready(streams.1.next()), None);
    assert!(streams.0.is_terminated() && streams.1.is_terminated());
}

#[test]
fn select_takes_every_future_and_skips_those_that_are_done() {
    watched(|| {
        let (queue, stop) = (Queue::bounded(1), Event::new());
        let producer = async {
            for number in 1..=3 {
                queue.put(number).await.unwrap();
            }
            queue.join().await;
            stop.set();
        };
        let consumer = async {
            let mut taken = Vec::new();
            let mut items = pin!(queue.stream());
            let (mut stopped, mut closed) = (pin!(stop.wait()), pin!(queue.closed()));
            loop {
                futures::select! {
                    item = items.select_next_some() => {
                        let _done = queue.done_guard();
                        taken.push(item);
                    }
                    () = stopped => drop(queue.close_guard()),
                    () = closed => taken.push(0),
                    complete => return taken,
                }
            }
        };
        let ((), taken) = block_on(zip(producer, consumer));
        assert_eq!(taken, [1, 2, 3, 0]);
    });
}
