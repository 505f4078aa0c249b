//! Hands: terminals, clocks, threads. The only room that waits.

mod desk;
mod frame;
mod guard;
mod keys;
mod local;

use std::sync::mpsc::{Receiver, Sender};

use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::model::{Timestamp, Uid};
use crate::session::{Effect, Event, Session};
use crate::view::{self, Theme};
pub use guard::install;
pub use local::{Sitting, sit};

/// Now, in milliseconds since the epoch.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_millis() as i64))
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
    /// A frame is whole: send it.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn frame_ends(&mut self) -> anyhow::Result<()>;
}

/// The loop: sleep until something happens, take all that waits, draw once.
///
/// # Errors
/// When the terminal is gone.
pub fn run<B: Backend>(
    terminal: &mut Terminal<B>,
    hands: &mut dyn Hands<B>,
    session: &mut Session,
    theme: &Theme,
    inbox: &Receiver<Event>,
    outbox: &Sender<Effect>,
) -> anyhow::Result<()>
where
    B::Error: Send + Sync + 'static,
{
    loop {
        terminal.draw(|frame| view::draw(session, theme, frame))?;
        hands.frame_ends()?;
        session.update(Event::Drawn, now().0);
        let mut next = inbox.recv().ok();
        if next.is_none() {
            return Ok(());
        }
        while let Some(event) = next {
            if let Event::Resize(..) = event {
                terminal.autoresize()?;
            }
            for effect in session.update(event, now().0) {
                match effect {
                    Effect::Redraw => hands.redraw(terminal)?,
                    Effect::Suspend => hands.suspend(terminal)?,
                    Effect::Quit => return Ok(()),
                    other => outbox.send(other)?,
                }
            }
            next = inbox.try_recv().ok();
        }
    }
}
