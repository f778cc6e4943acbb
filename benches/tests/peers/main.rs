//! What `docs/comparison.md` says about other crates is true of the versions in `Cargo.lock`.
//!
//! Each macro runs one scene for several crates, with futures that are polled by hand. A test
//! that fails after an update names the fact that has changed.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A future that is polled by hand.
type Polled<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

fn polled<'a, T>(future: impl Future<Output = T> + 'a) -> Polled<'a, T> {
    Box::pin(future)
}

fn poll_with<T>(future: &mut Polled<'_, T>, waker: &Waker) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Returns whether the future is ready.
fn poll<T>(future: &mut Polled<'_, T>) -> bool {
    poll_with(future, Waker::noop()).is_ready()
}

/// Returns a future that has been polled once and waits.
fn waiting<'a, T>(future: impl Future<Output = T> + 'a) -> Polled<'a, T> {
    let mut future = polled(future);
    assert!(!poll(&mut future), "the future has to wait");
    future
}

/// A waker that counts.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Counter {
    fn count(&self) -> usize {
        // ORDERING: Relaxed. All wakes happen on this thread.
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        // ORDERING: Relaxed. All wakes happen on this thread.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A waker that panics when it wakes.
struct Panicking;

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics");
    }
}

/// `Option` and `Result`, as the `try_` methods of the crates return them.
trait Tried {
    fn has_succeeded(&self) -> bool;
}

impl<T> Tried for Option<T> {
    fn has_succeeded(&self) -> bool {
        self.is_some()
    }
}

impl<T, E> Tried for Result<T, E> {
    fn has_succeeded(&self) -> bool {
        self.is_ok()
    }
}

/// Two waiters queue for a lock, and the holder releases it. Returns whether a newcomer gets the
/// lock then, and whether the second waiter gets it if it is polled first.
macro_rules! overtaking_a_lock {
    ($mutex:expr) => {{
        let mutex = $mutex;
        let newcomer = {
            let guard = mutex.try_lock();
            let _waiters = (waiting(mutex.lock()), waiting(mutex.lock()));
            drop(guard);
            mutex.try_lock().has_succeeded()
        };
        let second = {
            let guard = mutex.try_lock();
            let (_first, mut second) = (waiting(mutex.lock()), waiting(mutex.lock()));
            drop(guard);
            poll(&mut second)
        };
        (newcomer, second)
    }};
}

#[test]
fn nobody_overtakes_the_waiters_of_a_lock_except_in_async_lock() {
    let nobody = (false, false);
    assert_eq!(overtaking_a_lock!(aiosync::Lock::new(())), nobody);
    assert_eq!(overtaking_a_lock!(tokio::sync::Mutex::new(())), nobody);
    assert_eq!(overtaking_a_lock!(asyncband::mutex::Mutex::new(())), nobody);
    assert_eq!(
        overtaking_a_lock!(async_lock::Mutex::new(())),
        (true, false)
    );
}

/// Two waiters queue for the only permit, and the holder releases it. Returns whether a newcomer
/// gets the permit then, and whether the second waiter gets it if it is polled first.
macro_rules! overtaking_a_semaphore {
    ($semaphore:expr $(, $permits:expr)?) => {{
        let semaphore = $semaphore;
        let newcomer = {
            let permit = semaphore.try_acquire($($permits)?);
            let _waiters = (
                waiting(semaphore.acquire($($permits)?)),
                waiting(semaphore.acquire($($permits)?)),
            );
            drop(permit);
            semaphore.try_acquire($($permits)?).has_succeeded()
        };
        let second = {
            let permit = semaphore.try_acquire($($permits)?);
            let _first = waiting(semaphore.acquire($($permits)?));
            let mut second = waiting(semaphore.acquire($($permits)?));
            drop(permit);
            poll(&mut second)
        };
        (newcomer, second)
    }};
}

#[test]
fn nobody_overtakes_the_waiters_of_a_semaphore_except_in_async_lock() {
    use asyncband::semaphore;
    let nobody = (false, false);
    assert_eq!(overtaking_a_semaphore!(aiosync::Semaphore::new(1)), nobody);
    assert_eq!(
        overtaking_a_semaphore!(tokio::sync::Semaphore::new(1)),
        nobody
    );
    assert_eq!(
        overtaking_a_semaphore!(semaphore::Semaphore::new(1), 1),
        nobody
    );
    assert_eq!(
        overtaking_a_semaphore!(async_lock::Semaphore::new(1)),
        (true, true)
    );
}

#[test]
fn a_waiter_of_the_semaphore_of_async_lock_can_be_overtaken_again_and_again() {
    let semaphore = async_lock::Semaphore::new(1);
    let mut permit = semaphore.try_acquire();
    let mut waiter = waiting(semaphore.acquire());
    for _ in 0..1_000 {
        drop(permit);
        permit = semaphore.try_acquire();
        assert!(permit.is_some());
        assert!(!poll(&mut waiter));
    }
}

/// One receiver waits, and an item arrives. Returns whether a newcomer takes the item, and
/// whether the receiver has an item then.
macro_rules! overtaking_a_receiver {
    ($send:expr, $receive:expr, $try_receive:expr) => {{
        let mut receiver = waiting($receive);
        $send;
        let newcomer = $try_receive.is_ok();
        (newcomer, poll(&mut receiver))
    }};
}

#[test]
fn a_newcomer_takes_a_receivers_item_in_async_channel_and_asyncband() {
    let queue = aiosync::Queue::unbounded();
    let overtaken = overtaking_a_receiver!(queue.try_put(1).unwrap(), queue.get(), queue.try_get());
    assert_eq!(overtaken, (false, true));

    let (sender, receiver) = async_channel::unbounded();
    let overtaken = overtaking_a_receiver!(
        sender.try_send(1).unwrap(),
        receiver.recv(),
        receiver.try_recv()
    );
    assert_eq!(overtaken, (true, false));

    let (sender, receiver) = asyncband::mpmc::unbounded();
    let overtaken = overtaking_a_receiver!(
        sender.send(1).unwrap(),
        receiver.recv(),
        receiver.try_recv()
    );
    assert_eq!(overtaken, (true, false));
}

/// A sender waits for room, and an item is taken out. Returns whether a newcomer gets the room.
macro_rules! overtaking_a_sender {
    ($send:expr, $try_send:expr, $try_receive:expr) => {{
        assert!($try_send.is_ok());
        let _sender = waiting($send);
        assert!($try_receive.is_ok());
        $try_send.is_ok()
    }};
}

#[test]
fn a_newcomer_takes_a_senders_room_in_async_channel() {
    let queue = aiosync::Queue::bounded(1);
    assert!(!overtaking_a_sender!(
        queue.put(1),
        queue.try_put(1),
        queue.try_get()
    ));
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    assert!(!overtaking_a_sender!(
        sender.send(1),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = asyncband::mpmc::bounded(1);
    assert!(!overtaking_a_sender!(
        sender.send(1),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = async_channel::bounded(1);
    assert!(overtaking_a_sender!(
        sender.send(1),
        sender.try_send(1),
        receiver.try_recv()
    ));
}

/// A future was polled once and is idle. The holder releases the lock. Returns whether a new
/// future gets it.
macro_rules! a_new_future_gets_the_lock {
    ($mutex:expr) => {{
        let mutex = $mutex;
        let guard = mutex.try_lock();
        let _idle = waiting(mutex.lock());
        drop(guard);
        poll(&mut polled(mutex.lock()))
    }};
}

#[test]
fn an_idle_future_keeps_a_lock_except_in_async_lock() {
    assert!(!a_new_future_gets_the_lock!(aiosync::Lock::new(())));
    assert!(!a_new_future_gets_the_lock!(tokio::sync::Mutex::new(())));
    assert!(!a_new_future_gets_the_lock!(asyncband::mutex::Mutex::new(
        ()
    )));
    assert!(a_new_future_gets_the_lock!(async_lock::Mutex::new(())));
}

/// A wait at a barrier for two is dropped. Returns whether the next wait passes alone.
macro_rules! a_lone_wait_passes {
    ($barrier:expr) => {{
        let barrier = $barrier;
        drop(waiting(barrier.wait()));
        poll(&mut polled(barrier.wait()))
    }};
}

#[test]
fn a_dropped_wait_still_counts_at_the_barriers_of_other_crates() {
    assert!(!a_lone_wait_passes!(aiosync::Barrier::new(2)));
    assert!(a_lone_wait_passes!(tokio::sync::Barrier::new(2)));
    assert!(a_lone_wait_passes!(async_lock::Barrier::new(2)));
    assert!(a_lone_wait_passes!(asyncband::barrier::Barrier::new(2)));
}

/// A future is dropped after it was granted the lock. Returns whether the next one gets it.
macro_rules! the_next_gets_a_dropped_grant {
    ($mutex:expr) => {{
        let mutex = $mutex;
        let guard = mutex.try_lock();
        let (first, mut second) = (waiting(mutex.lock()), waiting(mutex.lock()));
        drop(guard);
        drop(first);
        poll(&mut second)
    }};
}

#[test]
fn no_crate_loses_the_grant_of_a_dropped_lock_future() {
    assert!(the_next_gets_a_dropped_grant!(aiosync::Lock::new(())));
    assert!(the_next_gets_a_dropped_grant!(tokio::sync::Mutex::new(())));
    assert!(the_next_gets_a_dropped_grant!(async_lock::Mutex::new(())));
    assert!(the_next_gets_a_dropped_grant!(
        asyncband::mutex::Mutex::new(())
    ));
}

/// A receive is dropped after an item has arrived for it. Returns whether the item is still there.
macro_rules! the_item_of_a_dropped_receive_is_there {
    ($send:expr, $receive:expr, $try_receive:expr) => {{
        let receiver = waiting($receive);
        $send;
        drop(receiver);
        $try_receive.is_ok()
    }};
}

#[test]
fn no_crate_loses_the_item_of_a_dropped_receive() {
    let queue = aiosync::Queue::unbounded();
    assert!(the_item_of_a_dropped_receive_is_there!(
        queue.try_put(1).unwrap(),
        queue.get(),
        queue.try_get()
    ));
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    assert!(the_item_of_a_dropped_receive_is_there!(
        sender.send(1).unwrap(),
        receiver.recv(),
        receiver.try_recv()
    ));
    let (sender, receiver) = asyncband::mpmc::unbounded();
    assert!(the_item_of_a_dropped_receive_is_there!(
        sender.send(1).unwrap(),
        receiver.recv(),
        receiver.try_recv()
    ));
    let (sender, receiver) = async_channel::unbounded();
    assert!(the_item_of_a_dropped_receive_is_there!(
        sender.try_send(1).unwrap(),
        receiver.recv(),
        receiver.try_recv()
    ));
}

/// A hundred futures wait for permits. The waker of the first panics when a hundred permits are
/// released at once. Returns how many of the others were woken, and how many futures are ready.
macro_rules! a_waker_panics {
    ($semaphore:expr, $release:expr, $acquire:expr) => {{
        let semaphore = Arc::new($semaphore);
        let panicking = Waker::from(Arc::new(Panicking));
        let wakes = Arc::<Counter>::default();
        let counting = Waker::from(Arc::clone(&wakes));
        let mut waiters: Vec<_> = (0..100)
            .map(|_| {
                let semaphore = Arc::clone(&semaphore);
                polled(async move { std::mem::forget($acquire(&semaphore).await) })
            })
            .collect();
        for (number, waiter) in waiters.iter_mut().enumerate() {
            let waker = if number == 0 { &panicking } else { &counting };
            assert!(poll_with(waiter, waker).is_pending());
        }
        let released = catch_unwind(AssertUnwindSafe(|| $release(&semaphore)));
        assert!(released.is_err(), "the panic reaches the releasing task");
        let woken = wakes.count();
        let ready = waiters.iter_mut().filter_map(|waiter| {
            // A second panic does not count as ready.
            catch_unwind(AssertUnwindSafe(|| poll(waiter))).ok()
        });
        (woken, ready.filter(|&ready| ready).count())
    }};
}

#[test]
fn a_panicking_waker_stops_the_other_wakes_of_other_crates_and_loses_permits() {
    use asyncband::semaphore::Semaphore as Asyncband;

    let of_aiosync = a_waker_panics!(
        aiosync::Semaphore::new(0),
        |semaphore: &aiosync::Semaphore| semaphore.release(100).unwrap(),
        aiosync::Semaphore::acquire
    );
    assert_eq!(of_aiosync, (99, 100));
    let of_tokio = a_waker_panics!(
        tokio::sync::Semaphore::new(0),
        |semaphore: &tokio::sync::Semaphore| semaphore.add_permits(100),
        tokio::sync::Semaphore::acquire
    );
    assert_eq!(of_tokio, (0, 32));
    let of_asyncband = a_waker_panics!(
        Asyncband::new(0),
        |semaphore: &Asyncband| semaphore.release(100),
        |semaphore| Asyncband::acquire(semaphore, 1)
    );
    assert_eq!(of_asyncband, (0, 32));
    let (woken, _ready) = a_waker_panics!(
        async_lock::Semaphore::new(0),
        |semaphore: &async_lock::Semaphore| semaphore.add_permits(100),
        async_lock::Semaphore::acquire
    );
    assert_eq!(woken, 0);
}

/// A hundred receivers wait. The waker of the first panics when the channel is closed. Returns
/// how many of the others were woken.
macro_rules! a_waker_panics_at_a_close {
    ($receive:expr, $close:expr) => {{
        let panicking = Waker::from(Arc::new(Panicking));
        let wakes = Arc::<Counter>::default();
        let counting = Waker::from(Arc::clone(&wakes));
        let mut receivers: Vec<_> = (0..100).map(|_| polled($receive)).collect();
        for (number, receiver) in receivers.iter_mut().enumerate() {
            let waker = if number == 0 { &panicking } else { &counting };
            assert!(poll_with(receiver, waker).is_pending());
        }
        let closed = catch_unwind(AssertUnwindSafe(|| $close));
        assert!(closed.is_err(), "the panic reaches the closing task");
        // After the panic, event-listener counts wrongly. A drop of the first receiver would panic.
        std::mem::forget(receivers);
        wakes.count()
    }};
}

#[test]
fn a_panicking_waker_stops_the_other_wakes_of_async_channel() {
    let queue = aiosync::Queue::<u32>::unbounded();
    assert_eq!(a_waker_panics_at_a_close!(queue.get(), queue.close()), 99);
    let (sender, receiver) = async_channel::unbounded::<u32>();
    let woken = a_waker_panics_at_a_close!(receiver.recv(), sender.close());
    assert_eq!(woken, 0);
}

#[test]
fn blocking_on_a_free_lock_in_a_task_panics_in_tokio_only() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be built");
    runtime.block_on(async {
        drop(aiosync::Lock::new(()).lock_blocking());
        drop(async_lock::Mutex::new(()).lock_blocking());
        let mutex = tokio::sync::Mutex::new(());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(mutex.blocking_lock()))).is_err());
    });
}

mod others;
