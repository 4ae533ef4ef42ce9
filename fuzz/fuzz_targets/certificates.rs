#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verijot_fuzz::targets::certificates::run(data));
