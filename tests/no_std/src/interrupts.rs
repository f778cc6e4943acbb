//! Critical sections, and interrupts. They come after each critical section, or from a timer at any
//! time.

use core::ffi::{c_int, c_long, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use critical_section::{Impl, RawRestoreState};

/// Whether interrupts are off.
static MASKED: AtomicBool = AtomicBool::new(false);
/// The number of interrupts that are still to come.
static PENDING: AtomicUsize = AtomicUsize::new(0);
/// The number of interrupts that have come.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Whether a timer interrupts.
static BY_TIMER: AtomicBool = AtomicBool::new(false);
/// Whether the timer has fired while interrupts were off.
static LATE: AtomicBool = AtomicBool::new(false);
/// Whether critical sections are marked.
static MEASURED: AtomicBool = AtomicBool::new(false);
/// Whether the handler runs.
static IN_HANDLER: AtomicBool = AtomicBool::new(false);

struct Sections;

critical_section::set_impl!(Sections);

// SAFETY: the program has one thread, and an interrupt comes only while none is masked.
unsafe impl Impl for Sections {
    unsafe fn acquire() -> RawRestoreState {
        let was_masked = MASKED.swap(true, Ordering::SeqCst);
        if !was_masked && MEASURED.load(Ordering::Relaxed) {
            section_begins();
        }
        was_masked
    }

    unsafe fn release(was_masked: RawRestoreState) {
        assert!(MASKED.load(Ordering::SeqCst), "released twice");
        if !was_masked {
            if MEASURED.load(Ordering::Relaxed) {
                section_ends();
            }
            MASKED.store(false, Ordering::SeqCst);
            if !BY_TIMER.load(Ordering::Relaxed) || LATE.swap(false, Ordering::SeqCst) {
                interrupt();
            }
        }
    }
}

/// Runs `call`, and marks its critical sections for valgrind.
pub(crate) fn measure(call: impl FnOnce()) {
    MEASURED.store(true, Ordering::Relaxed);
    call();
    MEASURED.store(false, Ordering::Relaxed);
}

/// valgrind begins to count here.
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn section_begins() {
    // Differs from `section_ends`, so that the compiler does not merge them.
    core::hint::black_box("begins");
}

/// valgrind writes its count here.
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn section_ends() {
    core::hint::black_box("ends");
}

/// Runs the handler, if an interrupt is pending and the handler does not run already.
pub(crate) fn interrupt() {
    if IN_HANDLER.swap(true, Ordering::SeqCst) {
        return;
    }
    let claimed = PENDING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |pending| {
        pending.checked_sub(1)
    });
    if claimed.is_ok() {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        crate::handler::handle(number);
    }
    IN_HANDLER.store(false, Ordering::SeqCst);
}

/// What causes an interrupt.
#[derive(Clone, Copy)]
pub(crate) enum Cause {
    /// The end of a critical section.
    SectionEnds,
    /// A timer of the system, at any instruction.
    Timer,
}

/// Lets `count` interrupts come.
pub(crate) fn arm(count: usize, cause: Cause) {
    COUNT.store(0, Ordering::Relaxed);
    BY_TIMER.store(matches!(cause, Cause::Timer), Ordering::Relaxed);
    PENDING.store(count, Ordering::Relaxed);
    if let Cause::Timer = cause {
        start_timer(20);
    }
}

/// Waits for an interrupt.
pub(crate) fn wait() {
    if BY_TIMER.load(Ordering::Relaxed) {
        core::hint::spin_loop();
    } else {
        interrupt();
    }
}

unsafe extern "C" {
    fn signal(number: c_int, handler: extern "C" fn(c_int)) -> *mut c_void;
    fn setitimer(which: c_int, new: *const [c_long; 4], old: *mut [c_long; 4]) -> c_int;
}

/// Runs on the thread of the program, between any two of its instructions.
extern "C" fn on_timer(_number: c_int) {
    if MASKED.load(Ordering::SeqCst) {
        LATE.store(true, Ordering::SeqCst);
    } else {
        interrupt();
    }
}

/// Lets the timer fire again and again. On Linux, `SIGALRM` is 14 and `ITIMER_REAL` is 0.
fn start_timer(microseconds: c_long) {
    let period = [0, microseconds, 0, microseconds];
    // SAFETY: the handler does not allocate, and all else that it shares with the program is atomic
    // or a primitive of aiosync.
    let previous = unsafe { signal(14, on_timer) };
    assert!(previous.addr() != usize::MAX, "no handler");
    // SAFETY: the period is an `itimerval`: four numbers of type `long`.
    assert_eq!(
        unsafe { setitimer(0, &period, ptr::null_mut()) },
        0,
        "no timer"
    );
}

/// Returns the number of interrupts that are still to come.
pub(crate) fn pending() -> usize {
    PENDING.load(Ordering::Relaxed)
}

/// Asserts that no critical section is open.
pub(crate) fn assert_none_open() {
    assert!(!MASKED.load(Ordering::SeqCst), "a critical section is open");
}
