//! A firmware that shows the crate on a microcontroller without an operating system.
//!
//! - An interrupt handler puts the readings of a sensor into a `Queue`.
//! - Two tasks get them, and add them up under a `Lock` that they hold across an await.
//! - A third task gives up its wait for a reading after each millisecond, and waits again. No
//!   reading is lost.
//! - A timeout cancels a wait for a lock. The lock goes to the next waiter.
//!
//! The firmware checks its results. In an emulator, its exit code says whether they are right.

#![no_std]
#![no_main]

mod clock;
mod sensor;

use core::panic::PanicInfo;
use core::sync::atomic::Ordering;

use aiosync::{Barrier, Lock, Queue};
use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::{debug, hprintln};
use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use embassy_time::{Duration, Instant, Timer, with_timeout};
use embedded_alloc::LlffHeap;

use crate::sensor::{QUEUE, READINGS, TOTALS};

/// The items of a queue are in this heap.
#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

/// What the tasks have seen.
struct Seen {
    count: u32,
    sum: u32,
    /// The number of readings that each task got.
    by_task: [u32; 3],
}

static SEEN: Lock<Seen> = Lock::new(Seen {
    count: 0,
    sum: 0,
    by_task: [0; 3],
});

/// The two workers and `main` meet here when all readings are added up.
static END: Barrier = Barrier::new(3);

/// Adds up readings until the queue is closed and empty.
#[embassy_executor::task(pool_size = 2)]
async fn work(number: usize, readings: &'static Queue<u32>) {
    while let Ok(reading) = readings.get().await {
        add(number, reading).await;
    }
    END.wait().await.expect("nobody aborts the barrier");
}

/// Adds a reading. The other tasks run meanwhile, and must not change what this one has read.
async fn add(number: usize, reading: u32) {
    let mut seen = SEEN.lock().await;
    let (count, sum) = (seen.count, seen.sum);
    yield_now().await;
    seen.count = count + 1;
    seen.sum = sum + reading;
    seen.by_task[number] += 1;
}

/// Gets readings like a worker, but gives up each wait after a millisecond. Returns how often it
/// gave up. The timer is polled first, so that some waits are dropped after they were granted.
async fn work_impatiently(number: usize, readings: &Queue<u32>) -> u32 {
    let mut given_up = 0;
    loop {
        match select(Timer::after_millis(1), readings.get()).await {
            Either::First(()) => given_up += 1,
            Either::Second(Ok(reading)) => add(number, reading).await,
            Either::Second(Err(_)) => return given_up, // closed and empty
        }
    }
}

async fn readings_are_counted_once(spawner: Spawner) {
    let readings = QUEUE.get_or_init(async || Queue::bounded(4)).await;
    for number in 0..2 {
        spawner.spawn(work(number, readings).expect("there are two workers"));
    }
    let memory = HEAP.used();
    sensor::start();
    let given_up = work_impatiently(2, readings).await;
    END.wait().await.expect("nobody aborts the barrier");

    let seen = SEEN.lock().await;
    let put = TOTALS.put.load(Ordering::Relaxed);
    hprintln!(
        "{} readings, {} dropped by the handler; the tasks got {:?}; {} waits given up",
        TOTALS.taken.load(Ordering::Relaxed),
        READINGS - put,
        seen.by_task,
        given_up
    );
    assert_eq!(seen.count, put, "each reading is counted once");
    assert_eq!(seen.sum, TOTALS.sum.load(Ordering::Relaxed));
    assert_eq!(seen.by_task.iter().sum::<u32>(), put);
    assert!(seen.by_task.iter().all(|&count| count > 0));
    assert!(given_up > 0, "no wait was given up");
    assert!(put < READINGS, "the queue was never full");
    assert_eq!((readings.len(), readings.waiting_getters()), (0, 0));
    assert_eq!(
        HEAP.used(),
        memory,
        "a bounded queue allocates only when it is created"
    );
}

async fn a_timeout_cancels_a_wait() {
    static LOCK: Lock<u32> = Lock::new(0);
    let mut guard = LOCK.lock().await;
    let start = Instant::now();
    let release = async move {
        Timer::after_millis(5).await;
        assert_eq!(LOCK.waiters(), 1, "the first wait has left the queue");
        *guard = 1;
    };
    let first = with_timeout(Duration::from_millis(2), LOCK.lock());
    let second = with_timeout(Duration::from_millis(50), LOCK.lock());
    let (first, (second, ())) = join(first, join(second, release)).await;
    assert!(first.is_err(), "the first wait has timed out");
    assert_eq!(*second.expect("the second wait got the lock"), 1);
    let waited = start.elapsed().as_millis();
    hprintln!(
        "a wait for a lock timed out; the next got the lock after {} ms",
        waited
    );
    assert!((5..50).contains(&waited));
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    // SAFETY: nothing has used the heap before.
    unsafe {
        embedded_alloc::init!(HEAP, 16 * 1024);
    }
    let processor = cortex_m::Peripherals::take().expect("only `main` takes them");
    clock::start(processor.SYST);

    let checks = async {
        readings_are_counted_once(spawner).await;
        a_timeout_cancels_a_wait().await;
    };
    let result = with_timeout(Duration::from_secs(60), checks).await;
    assert!(result.is_ok(), "a wait never ended");
    hprintln!("all results are right");
    debug::exit(debug::EXIT_SUCCESS);
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    hprintln!("{}", info);
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}

/// A fault of the processor, such as an access to memory that does not exist.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    panic!("{frame:?}")
}
