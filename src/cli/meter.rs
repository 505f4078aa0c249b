//! Progress of a long command: a bar on a terminal's stderr, and Ctrl-C.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::{Cancelled, Progress};

/// A bar that hears Ctrl-C.
pub struct Meter {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Meter {
    /// A bar for bytes or rows.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {eta} left") {
            bar.set_style(style);
        }
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            let _unwatched = signal_hook::flag::register(signal, Arc::clone(&stop));
        }
        Self { bar, stop }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Meter {
    fn at(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        self.bar.set_length(total);
        self.bar.set_position(done);
        if self.stop.load(Ordering::Relaxed) {
            self.bar.finish_and_clear();
            return Err(Cancelled);
        }
        Ok(())
    }
}
