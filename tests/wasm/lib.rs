//! The scenes, as functions that `run.mjs` calls. Their tasks run on the executor in forty lines
//! that `tests/it` has, too.
//!
//! WebAssembly has no unwinding here: a failed assertion prints its message and ends the module.

#[path = "../it/runtimes/hand_written.rs"]
mod hand_written;
#[path = "../it/runtimes/scenes.rs"]
mod scenes;

use std::panic;

use crate::scenes::SCENES;

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Prints a message: the bytes of a string, in the memory of this module.
    fn print(message: *const u8, length: usize);
}

/// There is one thread and no interrupt, so all code is a critical section.
#[cfg(feature = "critical-section")]
mod one_thread {
    use critical_section::{Impl, RawRestoreState, set_impl};

    struct OneThread;

    set_impl!(OneThread);

    // SAFETY: nothing runs beside or between the code of the one thread.
    unsafe impl Impl for OneThread {
        unsafe fn acquire() -> RawRestoreState {}
        unsafe fn release(_: RawRestoreState) {}
    }
}

/// Prepares the module: from now on, a panic prints its message.
#[unsafe(no_mangle)]
extern "C" fn prepare() {
    panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        // SAFETY: the pointer and the length are those of a string that lives until `print` returns.
        unsafe { print(message.as_ptr(), message.len()) }
    }));
}

/// Returns the number of scenes.
#[unsafe(no_mangle)]
extern "C" fn number_of_scenes() -> usize {
    SCENES.len()
}

/// Runs a scene and checks its result.
#[unsafe(no_mangle)]
extern "C" fn run_scene(number: usize) {
    let scene = SCENES[number]();
    hand_written::run(scene.tasks);
    (scene.check)();
}
