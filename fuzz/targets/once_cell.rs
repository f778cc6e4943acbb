#![no_main]

libfuzzer_sys::fuzz_target!(
    init: aiosync_fuzz::report_by_program(),
    |bytes: &[u8]| aiosync_fuzz::once_cell(bytes)
);
