//! The process's peak memory, as the kernel counts it.

use std::sync::{Mutex, MutexGuard};

/// Tests that measure memory run one after the other.
static ALONE: Mutex<()> = Mutex::new(());

/// Measures while no other measuring test runs.
pub struct Memory {
    _alone: MutexGuard<'static, ()>,
}

impl Memory {
    /// Waits for the others, and starts from the present memory.
    pub fn alone() -> Self {
        let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let memory = Self { _alone: alone };
        memory.reset();
        memory
    }

    /// Resets the peak to the memory that is resident now (`proc(5)`, `/proc/pid/clear_refs`).
    pub fn reset(&self) {
        std::fs::write("/proc/self/clear_refs", "5")
            .expect("Linux, which lets a process forget its peak");
    }

    /// The most memory that was resident at the same time, in MB.
    pub fn peak_megabytes(&mut self) -> u64 {
        kilobytes("VmHWM:") / 1024
    }

    /// The memory that is resident now, in MB.
    pub fn now_megabytes(&mut self) -> u64 {
        kilobytes("VmRSS:") / 1024
    }
}

/// # Panics
/// The kernel does not report it, so that every bound would hold.
fn kilobytes(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status")
        .expect("Linux, which tells what a process holds");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .expect("a field of /proc/self/status");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number of kB")
}
