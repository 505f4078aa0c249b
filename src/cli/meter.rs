//! Progress of a long command: a bar on a terminal's stderr, and Ctrl-C.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use crate::jobs::JobError;
use crate::progress::{Cancelled, Progress};

/// A bar that hears Ctrl-C.
pub struct Meter {
    bar: ProgressBar,
    /// The signal that came, or 0.
    signal: Arc<AtomicUsize>,
    /// Whether the job is over, so that a signal ends the program at once.
    over: Arc<AtomicBool>,
}

impl Meter {
    /// A bar for bytes or rows. It hears signals from now on, so it comes before anything that has to be taken back.
    pub fn new() -> Self {
        Self::shown(true)
    }

    /// Without a bar where standard output is a terminal, because the data go there.
    pub fn beside_data() -> Self {
        Self::shown(!std::io::stdout().is_terminal())
    }

    fn shown(shown: bool) -> Self {
        let bar = ProgressBar::new(0);
        if !shown || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {eta} left") {
            bar.set_style(style);
        }
        let heard = Arc::new(AtomicUsize::new(0));
        let over = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            let _as_before = signal_hook::flag::register_conditional_default(signal, Arc::clone(&over));
            let _unwatched = signal_hook::flag::register_usize(signal, Arc::clone(&heard), signal as usize);
        }
        Self { bar, signal: heard, over }
    }

    /// The failure of a job: one that was stopped exits with 128 and the signal.
    pub fn failure(&self, error: JobError) -> Failure {
        let stopped = matches!(error, JobError::Cancelled(_));
        let failure = Failure::from(error);
        match self.signal.load(Ordering::Relaxed) {
            signal if stopped && signal != 0 => failure.with_code(128 + signal as u8),
            _ => failure,
        }
    }

    /// Takes the bar away, and hears no more: from now on a signal ends the program, where nothing has to be taken back.
    pub fn let_go(&self) {
        self.done();
        self.over.store(true, Ordering::Relaxed);
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
        if self.signal.load(Ordering::Relaxed) != 0 {
            self.bar.finish_and_clear();
            return Err(Cancelled);
        }
        Ok(())
    }
}
