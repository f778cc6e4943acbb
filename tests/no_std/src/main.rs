//! Uses every type of aiosync without the standard library, and without threads.
//!
//! | argument | what the program does |
//! |---|---|
//! | none | uses every type, without and with interrupts; its exit code is 0 if all of it is right |
//! | a name of `latency.rs` and a number | runs one call with so many waiters, for `.ci/no_std` to count instructions |
#![no_std]
#![no_main]

extern crate alloc;

mod executor;
mod handler;
mod interrupts;
mod latency;
mod primitives;
mod runtime;

use core::ffi::{CStr, c_char, c_int};

use crate::interrupts::Cause;

#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    let argument = |index: usize| {
        (index < count as usize).then(|| {
            // SAFETY: the C library passes `count` strings, which live as long as the program.
            let text = unsafe { CStr::from_ptr(*arguments.add(index)) };
            text.to_str().expect("the arguments are UTF-8")
        })
    };
    match (argument(1), argument(2)) {
        (None, _) => {
            primitives::use_all();
            handler::use_with_interrupts(Cause::SectionEnds);
            handler::use_with_interrupts(Cause::Timer);
        }
        (Some(name), Some(number)) => {
            latency::run(
                name,
                number.parse().expect("the second argument is a number"),
            );
        }
        (Some(name), None) => panic!("`{name}` needs the number of waiters as another argument"),
    }
    0
}
