//! One sitting at the local terminal.

use std::cell::RefCell;
use std::io::{IsTerminal, Stdout, stdin, stdout};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::Context;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGTERM, SIGTSTP};

use super::desk::{self, Seat};
use super::frame::{Held, Shared};
use super::guard::{self, Guard};
use super::keys::{self, EscGuard, Guarded};
use super::{Hands, run};
use crate::model::{Dataset, User};
use crate::session::{Effect, Event, Session, Want};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::view::Theme;

/// What a sitting needs.
pub struct Sitting<'a> {
    /// The labelry file.
    pub file: &'a Path,
    /// Who.
    pub user: User,
    /// What is labelled.
    pub dataset: Dataset,
    /// Index of the question.
    pub question: usize,
    /// Record to start at.
    pub record: Option<String>,
    /// Whether colours are unwanted.
    pub no_color: bool,
}

type Backend = CrosstermBackend<Shared<Stdout>>;

/// Labels until the person leaves; gives how many were submitted.
///
/// # Errors
/// Without a terminal, or when the file cannot be opened.
pub fn sit(sitting: Sitting<'_>) -> anyhow::Result<u32> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        anyhow::bail!("the interface needs a terminal on standard input and output");
    }
    let seat = Seat { user: sitting.user.id, dataset: sitting.dataset.id, sitting: super::uid() };
    let mut desk_store = SqliteStore::open(sitting.file)?;
    let watch_store = SqliteStore::open(sitting.file)?;
    let size = crossterm::terminal::size().context("the terminal does not tell its size")?;
    let question = sitting.dataset.questions.get(sitting.question).cloned().context("the dataset has no question")?;
    let mut session = Session::new(sitting.user, sitting.dataset, sitting.question, size);
    session.counts = desk_store.counts(seat.dataset, seat.user)?;
    let theme = if sitting.no_color { Theme::plain() } else { Theme::sixteen() };
    let (inbox_sender, inbox) = channel();
    let (outbox, wants) = channel();
    let (leave, over) = channel();
    outbox.send(Effect::Fetch(sitting.record.map_or(Want::Resume, Want::Named)))?;
    let guard = Guard::take().context("the terminal cannot be taken over")?;
    let frame = Rc::new(RefCell::new(Held::new(stdout())));
    let mut terminal = Terminal::new(CrosstermBackend::new(Shared(Rc::clone(&frame))))?;
    let mut hands = LocalHands { frame };
    signals(inbox_sender.clone())?;
    let from_desk = inbox_sender.clone();
    let desk = std::thread::spawn(move || desk::work(Box::new(desk_store), &seat, &wants, &from_desk));
    let from_watch = inbox_sender.clone();
    let watch = std::thread::spawn(move || {
        desk::watch(Box::new(watch_store), &question, &over, &from_watch);
    });
    std::thread::spawn(move || listen(&inbox_sender));
    loop {
        let left = run(&mut terminal, &mut hands, &mut session, &theme, &inbox, &outbox);
        settle(&mut session, &inbox);
        if left.is_err() || session.may_leave() {
            break;
        }
    }
    drop(outbox);
    drop(leave);
    drop(guard);
    let _panicked = desk.join();
    let _panicked = watch.join();
    Ok(session.sitting)
}

/// Waits for what is still on its way: leaving never loses an answer.
fn settle(session: &mut Session, inbox: &Receiver<Event>) {
    while !session.saving.is_empty() {
        let Ok(event) = inbox.recv_timeout(Duration::from_mins(1)) else {
            return;
        };
        if matches!(event, Event::Saved(..) | Event::NotSaved(..)) {
            session.update(event, super::now().0);
        }
    }
}

/// Reads keys until the terminal is gone.
fn listen(inbox: &Sender<Event>) {
    let mut guard = EscGuard::default();
    loop {
        if guard.waits() && matches!(crossterm::event::poll(Duration::from_millis(50)), Ok(false)) {
            for event in guard.expired() {
                let _over = inbox.send(event);
            }
            continue;
        }
        let Ok(raw) = crossterm::event::read() else {
            let _over = inbox.send(Event::HangUp);
            return;
        };
        let Some(event) = keys::event(raw) else {
            continue;
        };
        if let Guarded::Events(events) = guard.take(event) {
            for event in events {
                if inbox.send(event).is_err() {
                    return;
                }
            }
        }
    }
}

/// SIGHUP and SIGTERM keep the working copy and leave.
fn signals(inbox: Sender<Event>) -> anyhow::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGTERM])?;
    std::thread::spawn(move || {
        for _signal in signals.forever() {
            let _over = inbox.send(Event::HangUp);
        }
    });
    Ok(())
}

struct LocalHands {
    frame: Rc<RefCell<Held<Stdout>>>,
}

impl Hands<Backend> for LocalHands {
    fn redraw(&mut self, terminal: &mut Terminal<Backend>) -> anyhow::Result<()> {
        Ok(terminal.clear()?)
    }

    fn suspend(&mut self, terminal: &mut Terminal<Backend>) -> anyhow::Result<()> {
        guard::restore();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        guard::enter()?;
        Ok(terminal.clear()?)
    }

    fn frame_ends(&mut self) -> anyhow::Result<()> {
        Ok(self.frame.borrow_mut().end()?)
    }
}
