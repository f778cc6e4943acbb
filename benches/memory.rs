#![forbid(unsafe_code)]
//! The memory of a waiting future: its size, and its bytes on the heap.
//!
//! 1 000 futures wait together. The memory for the futures themselves is allocated first.
//! The heap bytes are those that are allocated from then on and are not freed while all
//! wait. Wakers do not count: each is a clone of an existing `Arc`.
//!
//! The benchmark writes a file for the report.

mod harness;

use std::env;
use std::error::Error;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Context;

use allocation_counter::measure;
use performables::sync::Async;

use harness::by_hand::{WakeCount, complete};
use harness::records::{self, Footprint};

const WAITERS: usize = 1_000;

/// The rows so far.
#[derive(Default)]
struct Rows(Vec<Footprint>);

impl Rows {
    /// Measures futures and adds a row. All futures that `make` returns must wait.
    fn add<F: Future>(
        &mut self,
        primitive: &str,
        implementation: &str,
        mut make: impl FnMut() -> F,
    ) {
        let (_, waker) = WakeCount::new();
        let mut context = Context::from_waker(&waker);
        let mut futures: Vec<Pin<Box<Option<F>>>> = (0..WAITERS).map(|_| Box::pin(None)).collect();
        let allocations = measure(|| {
            for future in &mut futures {
                future.set(Some(make()));
                let future = future.as_mut().as_pin_mut().expect("it was just set");
                assert!(future.poll(&mut context).is_pending());
            }
        });
        let footprint = Footprint {
            primitive: primitive.to_owned(),
            implementation: implementation.to_owned(),
            future: size_of::<F>(),
            heap: allocations.bytes_current as f64 / WAITERS as f64,
        };
        println!(
            "{primitive:14} {implementation:18} {:4} bytes, {:.0} on the heap",
            footprint.future, footprint.heap
        );
        self.0.push(footprint);
    }
}

/// Returns the output of a future that is ready at its first poll.
fn ready<F: Future>(future: F) -> F::Output {
    let (_, waker) = WakeCount::new();
    complete(pin!(future), &mut Context::from_waker(&waker))
}

fn locks(rows: &mut Rows) {
    let lock = aiosync::Lock::new(());
    let _held = ready(lock.lock());
    rows.add("lock", "aiosync", || lock.lock());
    let lock = tokio::sync::Mutex::new(());
    let _held = ready(lock.lock());
    rows.add("lock", "tokio", || lock.lock());
    let lock = async_lock::Mutex::new(());
    let _held = ready(lock.lock());
    rows.add("lock", "async-lock", || lock.lock());
    let lock = asyncband::mutex::Mutex::new(());
    let _held = ready(lock.lock());
    rows.add("lock", "asyncband", || lock.lock());
    let lock = futures_intrusive::sync::Mutex::new((), true);
    let _held = ready(lock.lock());
    rows.add("lock", "futures-intrusive", || lock.lock());
    let lock = saa::Lock::new();
    ready(lock.lock_async());
    rows.add("lock", "saa", || lock.lock_async());
    let lock = performables::sync::mutex::Mutex::<(), Async>::new(());
    let _held = ready(lock.lock_async());
    rows.add("lock", "performables", || lock.lock_async());
    let lock = zruntime::lock::Mutex::new(());
    let _held = ready(lock.lock());
    rows.add("lock", "zruntime", || lock.lock());
}

fn semaphores(rows: &mut Rows) {
    let semaphore = aiosync::Semaphore::new(0);
    rows.add("semaphore", "aiosync", || semaphore.acquire());
    let semaphore = tokio::sync::Semaphore::new(0);
    rows.add("semaphore", "tokio", || semaphore.acquire());
    let semaphore = async_lock::Semaphore::new(0);
    rows.add("semaphore", "async-lock", || semaphore.acquire());
    let semaphore = asyncband::semaphore::Semaphore::new(0);
    rows.add("semaphore", "asyncband", || semaphore.acquire(1));
    let semaphore = futures_intrusive::sync::Semaphore::new(true, 0);
    rows.add("semaphore", "futures-intrusive", || semaphore.acquire(1));
    let semaphore = saa::Semaphore::with_permits(1);
    ready(semaphore.acquire_async());
    rows.add("semaphore", "saa", || semaphore.acquire_async());
    let semaphore = zruntime::lock::Semaphore::new(0);
    rows.add("semaphore", "zruntime", || semaphore.acquire());
}

fn events(rows: &mut Rows) {
    let event = aiosync::Event::new();
    rows.add("event", "aiosync", || event.wait());
    let notify = tokio::sync::Notify::new();
    rows.add("event", "tokio", || notify.notified());
    let event = asyncband::event::ManualResetEvent::new();
    rows.add("event", "asyncband", || event.wait());
    let event = futures_intrusive::sync::ManualResetEvent::new(false);
    rows.add("event", "futures-intrusive", || event.wait());
    let event = event_listener::Event::<()>::new();
    rows.add("event", "event-listener", || event.listen());
    let event = zruntime::Event::new();
    rows.add("event", "zruntime", || event.listen());
}

fn barriers(rows: &mut Rows) {
    let parties = WAITERS + 1;
    let barrier = aiosync::Barrier::new(parties);
    rows.add("barrier", "aiosync", || barrier.wait());
    let barrier = tokio::sync::Barrier::new(parties);
    rows.add("barrier", "tokio", || barrier.wait());
    let barrier = async_lock::Barrier::new(parties);
    rows.add("barrier", "async-lock", || barrier.wait());
    let barrier = asyncband::barrier::Barrier::new(parties as u32);
    rows.add("barrier", "asyncband", || barrier.wait());
    let barrier = performables::sync::barrier::Barrier::<Async>::new(parties);
    rows.add("barrier", "performables", || barrier.wait_async());
    let barrier = zruntime::lock::Barrier::new(parties);
    rows.add("barrier", "zruntime", || barrier.wait());
}

fn conditions(rows: &mut Rows) {
    let (lock, condition) = (aiosync::Lock::new(()), aiosync::Condition::new());
    rows.add("condition", "aiosync", || {
        condition.wait(lock.try_lock().expect("each waiter has released the lock"))
    });
    let lock = asyncband::mutex::Mutex::new(());
    let condition = asyncband::condvar::Condvar::new();
    rows.add("condition", "asyncband", || {
        condition.wait(lock.try_lock().expect("each waiter has released the lock"))
    });
    let lock = performables::sync::mutex::Mutex::<(), Async>::new(());
    let condition = performables::sync::condition::Condvar::<Async>::new();
    rows.add("condition", "performables", || {
        condition.wait_async(lock.try_lock().expect("each waiter has released the lock"))
    });
}

fn puts(rows: &mut Rows) {
    let queue = aiosync::Queue::bounded(1);
    queue.try_put(0_u64).expect("there is room");
    rows.add("queue, put", "aiosync", || queue.put(0));
    let (sender, _receiver) = tokio::sync::mpsc::channel(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "tokio", || sender.send(0));
    let (sender, _receiver) = async_channel::bounded(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "async-channel", || sender.send(0));
    let (sender, _receiver) = asyncband::mpmc::bounded(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "asyncband", || sender.send(0));
    let (sender, _receiver) = crossfire::mpmc::bounded_async(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "crossfire", || sender.send(0));
    let (sender, _receiver) = flume::bounded(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "flume", || sender.send_async(0));
    let (sender, _receiver) = kanal::bounded_async(1);
    assert_eq!(sender.try_send(0_u64), Ok(true));
    rows.add("queue, put", "kanal", || sender.send(0));
    let (sender, _receiver) = loole::bounded(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "loole", || sender.send_async(0));
    let (sender, _receiver) = performables::sync::channel::bounded(1);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "performables", || sender.send_async(0));
    let (sender, _receiver) = zruntime::mpmc::bounded(NonZeroUsize::MIN);
    sender.try_send(0_u64).expect("there is room");
    rows.add("queue, put", "zruntime", || sender.send(0));
}

fn gets(rows: &mut Rows) {
    let queue = aiosync::Queue::<u64>::bounded(1);
    rows.add("queue, get", "aiosync", || queue.get());
    let (_sender, receiver) = async_channel::bounded::<u64>(1);
    rows.add("queue, get", "async-channel", || receiver.recv());
    let (_sender, receiver) = asyncband::mpmc::bounded::<u64>(1);
    rows.add("queue, get", "asyncband", || receiver.recv());
    let (_sender, receiver) = crossfire::mpmc::bounded_async::<u64>(1);
    rows.add("queue, get", "crossfire", || receiver.recv());
    let (_sender, receiver) = flume::bounded::<u64>(1);
    rows.add("queue, get", "flume", || receiver.recv_async());
    let (_sender, receiver) = kanal::bounded_async::<u64>(1);
    rows.add("queue, get", "kanal", || receiver.recv());
    let (_sender, receiver) = loole::bounded::<u64>(1);
    rows.add("queue, get", "loole", || receiver.recv_async());
    let (_sender, receiver) = performables::sync::channel::bounded::<u64>(1);
    rows.add("queue, get", "performables", || receiver.recv_async());
    let (_sender, receiver) = zruntime::mpmc::bounded::<u64>(NonZeroUsize::MIN);
    rows.add("queue, get", "zruntime", || receiver.recv());
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut rows = Rows::default();
    locks(&mut rows);
    semaphores(&mut rows);
    events(&mut rows);
    barriers(&mut rows);
    conditions(&mut rows);
    puts(&mut rows);
    gets(&mut rows);
    if env::args().all(|argument| argument != "--test") {
        records::write(&records::folder().join(records::MEMORY), &rows.0)?;
    }
    Ok(())
}
