//! Waiting for other processes.

use std::time::Duration;

/// Waits for another process's short transaction: 200 µs twenty times, then 0.5 to 1 ms, for about 30 s.
/// Jitter comes from the address of a local, which differs by thread and process.
#[expect(clippy::disallowed_methods, reason = "SQLite's busy handler has to sleep")]
pub(super) fn wait_for_others(tries: i32) -> bool {
    let mark = 0u8;
    let jitter = (std::ptr::from_ref(&mark) as usize >> 4).wrapping_mul(2_654_435_761) ^ (tries as usize * 97);
    let pause = if tries < 20 { 200 } else { 500 + (jitter % 500) as u64 };
    std::thread::sleep(Duration::from_micros(pause));
    tries < 40_000
}
