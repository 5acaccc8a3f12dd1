#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| vlec::hazmat::fuzz::bundle(data));
