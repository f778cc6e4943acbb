//! A sensor: a hardware timer whose interrupt handler puts a reading into a queue.

use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use aiosync::{OnceCell, Queue, TryPutError};
use cortex_m::peripheral::NVIC;
use lm3s6965::{Interrupt, interrupt};

/// The number of readings after which the sensor is switched off.
pub(crate) const READINGS: u32 = 5_000;

/// The readings. The handler drops a reading if the queue is full, because it cannot wait.
pub(crate) static QUEUE: OnceCell<Queue<u32>> = OnceCell::new();

/// Counts and adds up what the handler does.
pub(crate) struct Totals {
    pub(crate) taken: AtomicU32,
    pub(crate) put: AtomicU32,
    pub(crate) sum: AtomicU32,
}

pub(crate) static TOTALS: Totals = Totals {
    taken: AtomicU32::new(0),
    put: AtomicU32::new(0),
    sum: AtomicU32::new(0),
};

/// A register of the microcontroller.
#[derive(Clone, Copy)]
struct Register(usize);

impl Register {
    fn write(self, value: u32) {
        // SAFETY: each address below is a register of this microcontroller, and only this file
        // uses it.
        unsafe { ptr::with_exposed_provenance_mut::<u32>(self.0).write_volatile(value) }
    }
}

const CLOCK_GATES: Register = Register(0x400f_e104);
const TIMER_CONFIGURATION: Register = Register(0x4003_0000);
const TIMER_MODE: Register = Register(0x4003_0004);
const TIMER_CONTROL: Register = Register(0x4003_000c);
const TIMER_INTERRUPTS: Register = Register(0x4003_0018);
const TIMER_CLEAR: Register = Register(0x4003_0024);
const TIMER_INTERVAL: Register = Register(0x4003_0028);

/// The cycles of the processor between two readings. In a burst, the readings come faster than
/// the tasks can work. Between two bursts, the tasks wait.
const IN_A_BURST: u32 = 500;
const BETWEEN_BURSTS: u32 = 3_000;
const BURST: u32 = 16;

/// Switches the sensor on.
pub(crate) fn start() {
    CLOCK_GATES.write(1 << 16);
    TIMER_CONTROL.write(0);
    TIMER_CONFIGURATION.write(0); // one counter of 32 bits
    TIMER_MODE.write(2); // periodic
    TIMER_INTERVAL.write(IN_A_BURST);
    TIMER_INTERRUPTS.write(1);
    TIMER_CONTROL.write(1);
    // SAFETY: no code relies on the handler being off.
    unsafe { NVIC::unmask(Interrupt::TIMER_0A) }
}

fn stop() {
    TIMER_CONTROL.write(0);
    TIMER_INTERRUPTS.write(0);
}

#[interrupt]
fn TIMER_0A() {
    TIMER_CLEAR.write(1);
    let queue = QUEUE.get().expect("the queue is there before the sensor");
    let reading = TOTALS.taken.fetch_add(1, Ordering::Relaxed) + 1;
    match queue.try_put(reading) {
        Ok(()) => {
            TOTALS.put.fetch_add(1, Ordering::Relaxed);
            TOTALS.sum.fetch_add(reading, Ordering::Relaxed);
        }
        Err(TryPutError::Full(_)) => {}
        Err(TryPutError::Closed(_)) => panic!("only this handler closes the queue"),
    }
    let is_burst = reading / BURST % 2 == 0;
    TIMER_INTERVAL.write(if is_burst { IN_A_BURST } else { BETWEEN_BURSTS });
    if reading == READINGS {
        stop();
        queue.close(); // the tasks take what is left, and end
    }
}
