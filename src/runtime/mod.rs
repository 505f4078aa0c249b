//! Hands: terminals, clocks, threads. The only room that waits.

mod dialog;
mod frame;
mod guard;
mod worker;

mod background;
mod context;
mod keyboard;
mod keys;
mod local;
pub mod log;
mod queue;
mod rescue;
mod rows;
pub mod secret;
mod shell;
mod stream;
mod watch;

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::model::{Timestamp, Uid};
use crate::session::{Effect, Event, Place, Session};
use crate::view::{self, Theme};
pub use dialog::{answer_line, choose};
pub use guard::install;
pub use local::{SessionSetup, has_terminal, run_session};
pub use rows::WholeRows;

/// Now, in milliseconds since the epoch.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_millis() as i64))
}

/// The last midnight where I am.
#[must_use]
pub fn midnight() -> Timestamp {
    let now = now();
    let local = jiff::Timestamp::from_millisecond(now.0).map(|at| at.to_zoned_datetime(zone()));
    let start = local.and_then(|local| local.start_of_day());
    start.map_or(Timestamp(now.0 - now.0.rem_euclid(86_400_000)), |start| Timestamp(start.timestamp().as_millisecond()))
}

/// The time of day where I am: `14:02`.
#[must_use]
pub fn clock(ms: i64) -> String {
    let local = jiff::Timestamp::from_millisecond(ms).map(|at| at.to_zoned_datetime(zone()));
    local.map_or_else(|_| String::from("?"), |local| local.strftime("%H:%M").to_string())
}

/// Date and time of day where I am: `2026-11-25 14:02:31`.
#[must_use]
pub fn date_time(ms: i64) -> String {
    let local = jiff::Timestamp::from_millisecond(ms).map(|at| at.to_zoned_datetime(zone()));
    local.map_or_else(|_| String::from("?"), |local| local.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The day where I am: `2026-11-25`.
#[must_use]
pub fn date(ms: i64) -> String {
    date_time(ms).split(' ').next().unwrap_or("?").to_owned()
}

/// Now, for the name of a file: `20261125-140231`.
#[must_use]
pub fn stamp() -> String {
    date_time(now().0).replace(['-', ':'], "").replace(' ', "-")
}

/// The time zone here. `/etc/localtime` (`localtime(5)`) is read directly where `TZ` says nothing else: jiff would walk
/// through the whole zone database to find its name, which takes longer than opening the file does.
fn zone() -> TimeZone {
    let local = if std::env::var_os("TZ").is_none() { std::fs::read("/etc/localtime").ok() } else { None };
    local.and_then(|zone| TimeZone::tzif("Local", &zone).ok()).unwrap_or_else(TimeZone::system)
}

/// A new identity: UUID v7.
#[must_use]
pub fn uid() -> Uid {
    Uid(uuid::Uuid::now_v7().to_string())
}

/// What the loop cannot do itself.
pub trait Hands<B: Backend> {
    /// Draws all again.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn redraw(&mut self, terminal: &mut Terminal<B>) -> anyhow::Result<()>;
    /// Stops as with Ctrl-Z and comes back; false where nobody could bring it back, so that it did not stop.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn suspend(&mut self, terminal: &mut Terminal<B>) -> anyhow::Result<bool>;
    /// Puts a text on the clipboard of the terminal, with the next frame.
    fn copy(&mut self, text: &str);
    /// A frame is whole: send it. True when it is on its way and [`Event::Drawn`] will tell of its arrival; false
    /// when there was nothing to send.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn frame_ends(&mut self, shows: Option<u64>) -> anyhow::Result<bool>;
}

/// A first record that takes longer than this is waited for with a picture.
const OPENING: Duration = Duration::from_millis(50);

/// The loop: sleep until something happens, take all that waits, draw once. While a frame is on its way to a slow
/// terminal none is drawn; the next one shows all that has come since.
///
/// # Errors
/// When the terminal is gone.
#[expect(clippy::disallowed_methods, reason = "the first picture waits for the first record, but not for long")]
pub fn run<B: Backend>(
    terminal: &mut Terminal<B>,
    hands: &mut dyn Hands<B>,
    session: &mut Session,
    theme: &mut Theme,
    inbox: &Receiver<Event>,
    outbox: &Sender<Effect>,
) -> anyhow::Result<()>
where
    B::Error: Send + Sync + 'static,
{
    let mut turn = EventLoop { terminal, hands, session, theme, outbox, on_its_way: false };
    let until = Instant::now() + OPENING;
    while turn.session.place == Place::Opening
        && let Ok(event) = inbox.recv_timeout(until.saturating_duration_since(Instant::now()))
    {
        if turn.take(event)?.is_break() {
            return Ok(());
        }
    }
    loop {
        turn.draw()?;
        let mut next = inbox.recv().ok();
        if next.is_none() {
            return Ok(());
        }
        while let Some(event) = next {
            if turn.take(event)?.is_break() {
                return Ok(());
            }
            next = inbox.try_recv().ok();
        }
    }
}

/// What the loop holds.
struct EventLoop<'a, B: Backend> {
    terminal: &'a mut Terminal<B>,
    hands: &'a mut dyn Hands<B>,
    session: &'a mut Session,
    theme: &'a mut Theme,
    outbox: &'a Sender<Effect>,
    /// A frame is on its way to the terminal.
    on_its_way: bool,
}

impl<B: Backend> EventLoop<'_, B>
where
    B::Error: Send + Sync + 'static,
{
    fn draw(&mut self) -> anyhow::Result<()> {
        if self.on_its_way {
            return Ok(());
        }
        let (session, theme) = (&*self.session, &*self.theme);
        self.terminal.draw(|frame| view::draw(session, theme, frame))?;
        let shows = self.session.shows();
        self.on_its_way = self.hands.frame_ends(shows)?;
        if !self.on_its_way {
            self.session.update(Event::Drawn(shows), now().0);
        }
        Ok(())
    }

    /// Takes one event; whether the session is over.
    fn take(&mut self, event: Event) -> anyhow::Result<ControlFlow<()>> {
        match event {
            Event::Resize(..) => self.terminal.autoresize()?,
            Event::Drawn(_) => self.on_its_way = false,
            _ => {}
        }
        for effect in self.session.update(event, now().0) {
            match effect {
                Effect::Copy(text) => self.hands.copy(&text),
                Effect::TurnTheme => *self.theme = self.theme.next(),
                Effect::Redraw => self.hands.redraw(self.terminal)?,
                Effect::Suspend if self.hands.suspend(self.terminal)? => self.on_its_way = false,
                Effect::Suspend => {
                    "no shell to come back from: q leaves".clone_into(&mut self.session.message);
                }
                Effect::Quit => return Ok(ControlFlow::Break(())),
                other => self.outbox.send(other)?,
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
