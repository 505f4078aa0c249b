//! Hands: terminals, clocks, threads. The only room that waits.

mod desk;
mod doorway;
mod frame;
mod guard;
mod keys;
mod local;
pub mod log;
mod shop;
mod watch;

use std::sync::mpsc::{Receiver, Sender};

use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::model::{Timestamp, Uid};
use crate::session::{Effect, Event, Session};
use crate::view::{self, Theme};
pub use doorway::{answer_line, choose};
pub use guard::install;
pub use local::{Sitting, has_terminal, sit};

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
    let local = jiff::Timestamp::from_millisecond(now.0).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    let start = local.and_then(|local| local.start_of_day());
    start.map_or(Timestamp(now.0 - now.0.rem_euclid(86_400_000)), |start| Timestamp(start.timestamp().as_millisecond()))
}

/// The time of day where I am: `14:02`.
#[must_use]
pub fn clock(ms: i64) -> String {
    let local = jiff::Timestamp::from_millisecond(ms).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    local.map_or_else(|_| String::from("?"), |local| local.strftime("%H:%M").to_string())
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
    /// Stops as with Ctrl-Z and comes back.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn suspend(&mut self, terminal: &mut Terminal<B>) -> anyhow::Result<()>;
    /// Puts a text on the clipboard of the terminal, with the next frame.
    fn copy(&mut self, text: &str);
    /// A frame is whole: send it. True when it is on its way and [`Event::Drawn`] will tell of its arrival; false
    /// when there was nothing to send.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn frame_ends(&mut self, shows: Option<u64>) -> anyhow::Result<bool>;
}

/// The loop: sleep until something happens, take all that waits, draw once. While a frame is on its way to a slow
/// terminal none is drawn; the next one shows all that has come since.
///
/// # Errors
/// When the terminal is gone.
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
    let mut on_its_way = false;
    loop {
        if !on_its_way {
            terminal.draw(|frame| view::draw(session, theme, frame))?;
            let shows = session.shows();
            on_its_way = hands.frame_ends(shows)?;
            if !on_its_way {
                session.update(Event::Drawn(shows), now().0);
            }
        }
        let mut next = inbox.recv().ok();
        if next.is_none() {
            return Ok(());
        }
        while let Some(event) = next {
            match event {
                Event::Resize(..) => terminal.autoresize()?,
                Event::Drawn(_) => on_its_way = false,
                _ => {}
            }
            for effect in session.update(event, now().0) {
                match effect {
                    Effect::Copy(text) => hands.copy(&text),
                    Effect::TurnTheme => *theme = theme.next(),
                    Effect::Redraw => hands.redraw(terminal)?,
                    Effect::Suspend => {
                        hands.suspend(terminal)?;
                        on_its_way = false;
                    }
                    Effect::Quit => return Ok(()),
                    other => outbox.send(other)?,
                }
            }
            next = inbox.try_recv().ok();
        }
    }
}
