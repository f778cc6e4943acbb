//! A firmware with one program, which `--cfg program="CRATE_PRIMITIVE"` chooses. All programs of
//! one primitive do the same with the types of their crate. Without a choice, the firmware is
//! empty: what it contains is in every other one.
//!
//! `report` is not measured. It prints the sizes of types.

#![no_std]
#![no_main]
#![expect(dead_code, reason = "a firmware has one of the programs")]

mod aiosync;
mod embassy;
mod maitake;
mod report;

use core::panic::PanicInfo;
use core::pin::pin;
use core::task::{Context, Waker};

// Names the implementation of critical sections.
use cortex_m as _;
use cortex_m_rt::entry;
use embassy_futures::join::join;
use embedded_alloc::LlffHeap;

/// Is part of a firmware only if its program allocates memory.
#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

/// Polls two tasks in turn until both have ended.
pub(crate) fn run(first: impl Future, second: impl Future) {
    let mut both = pin!(join(first, second));
    let mut context = Context::from_waker(Waker::noop());
    while both.as_mut().poll(&mut context).is_pending() {}
}

/// Prepares the heap, for the programs that need one.
pub(crate) fn prepare_heap() {
    // SAFETY: `main` calls one program, which calls this before it uses the heap.
    unsafe {
        embedded_alloc::init!(HEAP, 4096);
    }
}

macro_rules! programs {
    ($($name:literal: $program:path,)*) => {
        #[entry]
        fn main() -> ! {
            $(
                #[cfg(program = $name)]
                $program();
            )*
            loop {}
        }
    };
}

programs! {
    "heap": heap,
    "report": report::print,
    "aiosync_lock": aiosync::lock,
    "aiosync_rwlock": aiosync::rwlock,
    "aiosync_semaphore": aiosync::semaphore,
    "aiosync_event": aiosync::event,
    "aiosync_condition": aiosync::condition,
    "aiosync_barrier": aiosync::barrier,
    "aiosync_queue": aiosync::queue,
    "aiosync_once_cell": aiosync::once_cell,
    "aiosync_all": aiosync::all,
    "embassy_lock": embassy::lock,
    "embassy_rwlock": embassy::rwlock,
    "embassy_semaphore": embassy::semaphore,
    "embassy_queue": embassy::queue,
    "embassy_once_cell": embassy::once_cell,
    "maitake_lock": maitake::lock,
    "maitake_rwlock": maitake::rwlock,
    "maitake_semaphore": maitake::semaphore,
    "maitake_event": maitake::event,
}

/// Allocates memory. The difference to the empty firmware is the cost of the heap.
fn heap() {
    extern crate alloc;
    prepare_heap();
    core::hint::black_box(alloc::vec![0_u8; core::hint::black_box(16)]);
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
