//! One session at the local terminal.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{IsTerminal, stdin, stdout};
use std::os::fd::AsFd;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use ratatui::Terminal;
use ratatui::backend::{Backend as _, ClearType, CrosstermBackend};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

use super::background::BackgroundJobs;
use super::context::SessionContext;
use super::frame::{FrameBuffer, Sending, Shared};
use super::guard::{self, Guard};
use super::keyboard::Keyboard;
use super::rows::WholeRows;
use super::worker;
use super::{Hands, run, watch};
use crate::model::{Dataset, Queue, User};
use crate::session::keymap::Keymap;
use crate::session::{Effect, Event, FileGone, Session, SessionSummary, Want};
use crate::store::sqlite::SqliteStore;
use crate::view::Theme;

/// What a session needs.
pub struct SessionSetup<'a> {
    /// The open file: answers are saved through it.
    pub store: SqliteStore,
    /// The labelry file, for further connections.
    pub file: &'a Path,
    /// Who.
    pub user: User,
    /// What is labelled.
    pub dataset: Dataset,
    /// Which records come up.
    pub queue: Queue,
    /// Record to start at.
    pub record: Option<String>,
    /// Colours.
    pub theme: Theme,
    /// Which key does what.
    pub keymap: Keymap,
    /// How long after a new record was drawn answer keys are dropped, in milliseconds.
    pub type_ahead_ms: i64,
    /// Whether the mouse answers.
    pub mouse: bool,
}

type Backend = WholeRows<CrosstermBackend<Shared>>;

/// How long a terminal that takes no output is waited for when the session ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether there is a terminal to sit at.
///
/// # Errors
/// When there is none.
pub fn has_terminal() -> anyhow::Result<()> {
    if stdin().is_terminal() && stdout().is_terminal() {
        return Ok(());
    }
    anyhow::bail!("the interface needs a terminal on standard input and output")
}

/// Labels until the person leaves; gives what was done, and what became of it where the file went away meanwhile.
///
/// # Errors
/// Without a terminal, or when the file cannot be opened.
pub fn run_session(setup: SessionSetup<'_>) -> anyhow::Result<(SessionSummary, Option<FileGone>)> {
    has_terminal()?;
    tracing::info!(file = %setup.file.display(), dataset = setup.dataset.path(), user = setup.user.name, "a session begins");
    let context = SessionContext {
        user: setup.user.id,
        me: setup.user.clone(),
        dataset: setup.dataset.clone(),
        session: super::uid(),
        counts: Cell::default(),
        file_is_gone: Arc::default(),
    };
    let mut worker_store = setup.store;
    let size = crossterm::terminal::size().context("the terminal does not tell its size")?;
    let mut session = Session::new(setup.user, setup.dataset, size);
    (session.queue, session.keymap, session.type_ahead_ms) = (setup.queue, setup.keymap, setup.type_ahead_ms);
    session.counts = worker::counts(&mut worker_store, &context)?;
    context.counts.set(session.counts);
    session.done.since = super::now().0;
    session.message = session.keyless().unwrap_or_default();
    let mut theme = setup.theme;
    let (inbox_sender, inbox) = channel();
    let (outbox, wants) = channel();
    outbox.send(Effect::Fetch(setup.record.map_or(Want::Resume, Want::Named), session.queue.clone()))?;
    let mut guard = Guard::take(setup.mouse).context("the terminal cannot be taken over")?;
    let frame = Rc::new(RefCell::new(FrameBuffer::default()));
    let mut terminal = Terminal::new(WholeRows::new(CrosstermBackend::new(Shared(Rc::clone(&frame)))))?;
    // Past the standard output's line buffer, so that a frame is one write.
    let out = File::from(stdout().as_fd().try_clone_to_owned()?);
    let (unseen_by_background, background_waits) = channel();
    let (unseen_by_watch, watch_waits) = channel();
    let sending = Sending::start(out, inbox_sender.clone())?;
    let mut hands =
        LocalHands { frame, sending, mouse: setup.mouse, unseen: vec![unseen_by_background, unseen_by_watch] };
    signals(inbox_sender.clone())?;
    if let Ok((columns, rows)) = crossterm::terminal::size() {
        // It may have changed before anybody listened.
        inbox_sender.send(Event::Resize(columns, rows))?;
    }
    let helpers = Helpers::start(worker_store, context, wants, [background_waits, watch_waits], inbox_sender)?;
    let mut left = Ok(());
    loop {
        left = left.and(run(&mut terminal, &mut hands, &mut session, &mut theme, &inbox, &outbox));
        if left.is_err() {
            // The terminal is gone: what was not handed in is kept as on a hang-up.
            for effect in session.update(Event::HangUp, super::now().0) {
                let _over = outbox.send(effect);
            }
        }
        settle(&mut session, &inbox, &helpers.worker);
        // A terminal that is gone shows no choice: what could not be saved is told in the log.
        if left.is_err() || session.gone || session.may_leave() {
            break;
        }
    }
    last_look(&mut session, &outbox, &inbox, &helpers.worker);
    log_lost(&session);
    guard.stuck = !hands.sending.settle(PATIENCE);
    // With it goes what the helpers may still wait for.
    drop(hands);
    drop(outbox);
    drop(guard);
    let stranded = session.file_gone.take();
    helpers.end();
    tracing::info!(submitted = session.done.submitted, discarded = session.done.discarded, "the session ends");
    Ok((session.done, stranded))
}

/// A terminal that is gone shows no choice.
fn log_lost(session: &Session) {
    for unsaved in &session.unsaved {
        tracing::error!(record = unsaved.intent.name, why = unsaved.why, "lost with the terminal: not saved");
    }
}

/// The last look at the file: what was saved to one that is not there any more is written elsewhere, unless I decided
/// on that already.
fn last_look(session: &mut Session, wants: &Sender<Effect>, inbox: &Receiver<Event>, worker: &JoinHandle<()>) {
    if session.file_gone.as_ref().is_some_and(|astray| astray.given_up) {
        return;
    }
    ask(session, Effect::Verify, (wants, inbox), worker);
    if session.is_stranded() || session.leaves_something() {
        let rescue = Effect::Rescue(session.not_in_the_file());
        ask(session, rescue, (wants, inbox), worker);
    }
}

/// Has the worker do something once the loop is over, and waits for its answer.
fn ask(
    session: &mut Session,
    effect: Effect,
    (wants, inbox): (&Sender<Effect>, &Receiver<Event>),
    worker: &JoinHandle<()>,
) {
    if wants.send(effect).is_err() {
        return;
    }
    while !worker.is_finished() {
        match inbox.recv_timeout(Duration::from_secs(1)) {
            Ok(event @ (Event::Rescued(_) | Event::Verified(_))) => {
                session.update(event, super::now().0);
                return;
            }
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The threads that work for a session, each on a connection of its own.
struct Helpers {
    worker: JoinHandle<()>,
    watch: JoinHandle<()>,
    background: BackgroundJobs,
    leave: Sender<()>,
}

impl Helpers {
    fn start(
        worker_store: SqliteStore,
        context: SessionContext,
        wants: Receiver<Effect>,
        [background_waits, watch_waits]: [Receiver<Unseen>; 2],
        inbox: Sender<Event>,
    ) -> std::io::Result<Self> {
        let (leave, over) = channel();
        let background = BackgroundJobs::default();
        let anchor = worker_store.anchor();
        let (from_worker, at_worker, orders, own) =
            (inbox.clone(), context.clone(), background.clone(), Arc::clone(&anchor));
        let worker = spawn("worker", move || {
            worker::work(Box::new(worker_store), at_worker, (&orders, &own), &wants, &from_worker);
        })?;
        let (from_background, in_background, orders, own) =
            (inbox.clone(), context.clone(), background.clone(), Arc::clone(&anchor));
        spawn("background", move || {
            let _seen = background_waits.recv();
            match SqliteStore::open_again(&own) {
                Ok(store) => orders.work(Box::new(store), in_background, &from_background),
                Err(why) => drop(from_background.send(Event::Trouble(why.to_string()))),
            }
        })?;
        let (from_watch, own) = (inbox.clone(), anchor);
        let watch = spawn("watch", move || {
            let _seen = watch_waits.recv();
            match SqliteStore::open_again(&own) {
                Ok(store) => watch::watch(Box::new(store), context, &over, &from_watch),
                Err(why) => drop(from_watch.send(Event::Trouble(why.to_string()))),
            }
        })?;
        let from_line = inbox.clone();
        spawn("line", move || hung_up(&from_line))?;
        spawn("keys", move || listen(&inbox))?;
        Ok(Self { worker, watch, background, leave })
    }

    /// The session is over; the loop has let go of its end of the worker's orders.
    fn end(self) {
        drop(self.leave);
        self.background.close();
        let _panicked = self.worker.join();
        let _panicked = self.watch.join();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Waits for what is still on its way, as long as somebody works on it: leaving never loses an answer.
fn settle(session: &mut Session, inbox: &Receiver<Event>, worker: &JoinHandle<()>) {
    while session.is_saving() && !worker.is_finished() {
        match inbox.recv_timeout(Duration::from_secs(1)) {
            Ok(event @ (Event::Saved(..) | Event::NotSaved(..) | Event::SavedAll(..))) => {
                session.update(event, super::now().0);
            }
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Sleeps until the line is cut; a process that ignores SIGHUP hears of it too.
fn hung_up(inbox: &Sender<Event>) {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdin = stdin();
    let mut line = [PollFd::new(&stdin, PollFlags::empty())];
    // Nothing is asked for, so that only a hang-up or an error ends the wait; a signal starts it anew.
    while let Err(rustix::io::Errno::INTR) = poll(&mut line, None) {}
    let _over = inbox.send(Event::HangUp);
}

/// Reads keys until the terminal is gone.
fn listen(inbox: &Sender<Event>) {
    let mut keyboard = Keyboard::new();
    loop {
        let event = keyboard.next(None).ok().flatten().unwrap_or(Event::HangUp);
        let gone = matches!(event, Event::HangUp);
        if inbox.send(event).is_err() || gone {
            return;
        }
    }
}

/// SIGHUP, SIGINT, SIGQUIT and SIGTERM keep the working copy and leave; SIGWINCH tells the size, also before the keys'
/// own thread listens for it.
fn signals(inbox: Sender<Event>) -> anyhow::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH])?;
    spawn("signals", move || {
        for signal in signals.forever() {
            let event = match (signal, crossterm::terminal::size()) {
                (SIGWINCH, Ok((columns, rows))) => Event::Resize(columns, rows),
                (SIGWINCH, Err(_)) => continue,
                _ => Event::HangUp,
            };
            let _over = inbox.send(event);
        }
    })?;
    Ok(())
}

/// Stands for a picture that nobody has seen yet: never sent, but let go of with the first one. What can wait (the
/// watch, the background) waits for that, so that the first record has the processors to itself.
enum Unseen {}

struct LocalHands {
    frame: Rc<RefCell<FrameBuffer>>,
    sending: Sending,
    mouse: bool,
    unseen: Vec<Sender<Unseen>>,
}

impl Hands<Backend> for LocalHands {
    /// Not `Terminal::clear`: that asks the terminal where its cursor is and waits for the answer, on a slow line
    /// for seconds.
    fn redraw(&mut self, terminal: &mut Terminal<Backend>) -> anyhow::Result<()> {
        self.frame.borrow_mut().lent();
        terminal.backend_mut().clear_region(ClearType::All)?;
        terminal.swap_buffers();
        Ok(())
    }

    fn suspend(&mut self, terminal: &mut Terminal<Backend>) -> anyhow::Result<bool> {
        if !super::shell::can_stop() {
            return Ok(false);
        }
        self.sending.settle(PATIENCE);
        guard::restore();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        guard::enter(self.mouse)?;
        self.redraw(terminal).map(|()| true)
    }

    fn copy(&mut self, text: &str) {
        use base64::Engine;
        // OSC 52 (xterm, "Manipulate Selection Data"): the terminal puts the text on its clipboard, over SSH too.
        let coded = base64::engine::general_purpose::STANDARD.encode(text);
        self.frame.borrow_mut().add(format!("\x1b]52;c;{coded}\x07").as_bytes());
    }

    fn frame_ends(&mut self, shows: Option<u64>) -> anyhow::Result<bool> {
        let frame = self.frame.borrow_mut().end();
        let sent = frame.is_some();
        if let Some(frame) = frame {
            self.sending.send(frame, shows);
        }
        self.unseen.clear();
        Ok(sent)
    }
}
