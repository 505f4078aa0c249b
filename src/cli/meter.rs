//! Progress of a long command: a bar on a terminal's stderr, and Ctrl-C.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use super::Failure;
use crate::jobs::JobError;
use crate::progress::{Cancelled, Progress};
use crate::store::sqlite::{Anchor, SqliteStore};

/// A bar that hears Ctrl-C.
pub struct Meter {
    bar: ProgressBar,
    /// The signal that came, or 0.
    signal: Arc<AtomicUsize>,
    /// Whether the job is over, so that a signal ends the program at once.
    over: Arc<AtomicBool>,
    /// What a job that is ended without its doing leaves behind.
    made: Arc<Mutex<Option<Arc<Anchor>>>>,
    /// Tells the thread that ends it that it need not.
    heeded: Mutex<Option<Sender<()>>>,
    /// Lets go of that thread.
    ears: Option<Handle>,
}

/// How long a job may take to heed a signal: one that waits for a pipe or a person never does.
const PATIENCE: Duration = Duration::from_millis(1_200);

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
        // First, so that no signal is missed by all.
        let (sender, heeded) = channel();
        let made = Arc::new(Mutex::new(None));
        let ears = listen(Arc::clone(&over), Arc::clone(&made), heeded);
        for signal in [SIGINT, SIGTERM] {
            let _as_before = signal_hook::flag::register_conditional_default(signal, Arc::clone(&over));
            let _unwatched = signal_hook::flag::register_usize(signal, Arc::clone(&heard), signal as usize);
        }
        Self { bar, signal: heard, over, made, heeded: Mutex::new(Some(sender)), ears }
    }

    /// A labelry file that is taken away where the job has to be ended, if it was made for this.
    pub fn makes(&self, store: &SqliteStore) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = store.is_made().then(|| store.anchor());
    }

    /// The job came this far: what it made stays.
    pub fn keeps(&self) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).take();
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
            // From here on the job takes back what it did, however long that takes.
            if let Some(heeded) = self.heeded.lock().unwrap_or_else(PoisonError::into_inner).take() {
                let _over = heeded.send(());
            }
            self.bar.finish_and_clear();
            return Err(Cancelled);
        }
        Ok(())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(ears) = &self.ears {
            ears.close();
        }
    }
}

/// Ends the program at a signal that the job does not heed in time, because it waits for something else. What it made
/// is taken away; a transaction that stands open, the labelry file takes back by itself.
fn listen(over: Arc<AtomicBool>, made: Arc<Mutex<Option<Arc<Anchor>>>>, heeded: Receiver<()>) -> Option<Handle> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).ok()?;
    let handle = signals.handle();
    let ears = std::thread::Builder::new().name(String::from("signals"));
    let hear = move || {
        let Some(signal) = signals.forever().next() else { return };
        // Heeded, or not waited for: the sender is gone where the job has come to its end.
        if heeded.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) || over.load(Ordering::Relaxed) {
            return;
        }
        if let Some(made) = made.lock().unwrap_or_else(PoisonError::into_inner).take() {
            made.take_away();
        }
        signal_hook::low_level::exit(128 + signal);
    };
    ears.spawn(hear).ok().map(|_| handle)
}
