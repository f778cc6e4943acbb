//! Prints the sizes of the types and of their waits, in bytes.

use core::mem::size_of_val;

use cortex_m_semihosting::{debug, hprintln};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex as Section;
use embassy_sync::semaphore::Semaphore as _;

/// Prints a row for a primitive and the future of one wait.
macro_rules! row {
    ($name:literal, $primitive:expr, $of:ident => $wait:expr) => {{
        let primitive = $primitive;
        let $of = &primitive;
        let wait = $wait;
        hprintln!("{} {} {}", $name, size_of_val($of), size_of_val(&wait));
    }};
}

pub(crate) fn print() {
    crate::prepare_heap();
    row!("aiosync_lock", aiosync::Lock::new(()), lock => lock.lock());
    row!("aiosync_rwlock", aiosync::RwLock::new(()), lock => lock.write());
    row!("aiosync_semaphore", aiosync::Semaphore::new(1), semaphore => semaphore.acquire());
    row!("aiosync_event", aiosync::Event::new(), event => event.wait());
    let lock = aiosync::Lock::new(());
    let guard = lock.try_lock().expect("nobody has it");
    row!("aiosync_condition", aiosync::Condition::new(), condition => condition.wait(guard));
    row!("aiosync_barrier", aiosync::Barrier::new(1), barrier => barrier.wait());
    row!("aiosync_queue", aiosync::Queue::<u32>::bounded(4), queue => queue.get());
    row!("aiosync_once_cell", aiosync::OnceCell::<()>::new(), cell => cell.wait());

    row!("embassy_lock", embassy_sync::mutex::Mutex::<Section, ()>::new(()), lock => lock.lock());
    row!("embassy_rwlock", embassy_sync::rwlock::RwLock::<Section, ()>::new(()), lock => lock.write());
    row!(
        "embassy_semaphore",
        embassy_sync::semaphore::FairSemaphore::<Section, 4>::new(1),
        semaphore => semaphore.acquire(1)
    );
    row!("embassy_queue", embassy_sync::channel::Channel::<Section, u32, 4>::new(), queue => queue.receive());
    row!("embassy_once_cell", embassy_sync::once_lock::OnceLock::<()>::new(), cell => cell.get());

    row!("maitake_lock", maitake_sync::Mutex::new(()), lock => lock.lock());
    row!("maitake_rwlock", maitake_sync::RwLock::new(()), lock => lock.write());
    row!("maitake_semaphore", maitake_sync::Semaphore::new(1), semaphore => semaphore.acquire(1));
    row!("maitake_event", maitake_sync::WaitQueue::new(), event => event.wait());
    debug::exit(debug::EXIT_SUCCESS);
}
