//! The clock of embassy-time: the system timer of the processor, with a tick each millisecond.
//!
//! A real project takes the clock of its chip from one of embassy's crates.

use core::cell::RefCell;
use core::task::Waker;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

/// The frequency of the processor, as the emulator sets it.
const HERTZ: u32 = 12_500_000;

struct Clock(Mutex<RefCell<State>>);

struct State {
    now: u64,
    timers: Queue,
}

time_driver_impl!(static CLOCK: Clock = Clock(Mutex::new(RefCell::new(State {
    now: 0,
    timers: Queue::new(),
}))));

impl Driver for Clock {
    fn now(&self) -> u64 {
        critical_section::with(|section| self.0.borrow_ref(section).now)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|section| {
            let state = &mut *self.0.borrow_ref_mut(section);
            state.timers.schedule_wake(at, waker);
        });
    }
}

/// Starts the clock.
pub(crate) fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(HERTZ / 1000 - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

#[exception]
fn SysTick() {
    critical_section::with(|section| {
        let state = &mut *CLOCK.0.borrow_ref_mut(section);
        state.now += 1;
        state.timers.next_expiration(state.now);
    });
}
