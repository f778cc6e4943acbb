//! The scenes, on embassy's executor. The exit code is 0 if all of them pass.

#![no_std]
#![no_main]

extern crate alloc;

#[path = "../it/runtimes/scenes.rs"]
mod scenes;

use alloc::sync::Arc;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};

use aiosync::Event;
// Names the implementation of critical sections.
use cortex_m as _;
use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::{debug, hprintln};
use embassy_executor::Spawner;
use embedded_alloc::LlffHeap;

use crate::scenes::{SCENES, Task};

const ROUNDS: usize = 10;

#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

/// Runs a task. The last one that ends sets the event.
#[embassy_executor::task(pool_size = 16)]
async fn run(task: Task, end: Arc<(AtomicUsize, Event)>) {
    task.await;
    let (running, ended) = &*end;
    if running.fetch_sub(1, Ordering::Relaxed) == 1 {
        ended.set();
    }
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    // SAFETY: nothing has used the heap before.
    unsafe {
        embedded_alloc::init!(HEAP, 40 * 1024);
    }
    for scene in SCENES {
        for _ in 0..ROUNDS {
            let scene = scene();
            let end = Arc::new((AtomicUsize::new(scene.tasks.len()), Event::new()));
            for task in scene.tasks {
                let task = run(task, Arc::clone(&end));
                spawner.spawn(task.expect("the pool is large enough"));
            }
            end.1.wait().await;
            (scene.check)();
        }
    }
    hprintln!("{} passed, 0 failed", SCENES.len());
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
