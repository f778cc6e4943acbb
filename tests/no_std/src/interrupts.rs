//! Critical sections, and interrupts that come as soon as one ends.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use critical_section::{Impl, RawRestoreState};

/// Whether interrupts are off.
static MASKED: AtomicBool = AtomicBool::new(false);
/// The number of interrupts that are still to come.
static PENDING: AtomicUsize = AtomicUsize::new(0);
/// The number of interrupts that have come.
static COUNT: AtomicUsize = AtomicUsize::new(0);
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
            interrupt();
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
    if PENDING.load(Ordering::Relaxed) > 0 && !IN_HANDLER.swap(true, Ordering::Relaxed) {
        PENDING.fetch_sub(1, Ordering::Relaxed);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        crate::handler::handle(number);
        IN_HANDLER.store(false, Ordering::Relaxed);
    }
}

/// Lets `count` interrupts come, one after each critical section.
pub(crate) fn arm(count: usize) {
    PENDING.store(count, Ordering::Relaxed);
}

/// Returns the number of interrupts that are still to come.
pub(crate) fn pending() -> usize {
    PENDING.load(Ordering::Relaxed)
}

/// Asserts that no critical section is open.
pub(crate) fn assert_none_open() {
    assert!(!MASKED.load(Ordering::SeqCst), "a critical section is open");
}
