//! The terminal's own state: taken over at the start, given back whatever happens.

use std::io::{Write, stdout};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// Holds the terminal; dropping it gives it back.
pub(super) struct Guard;

impl Guard {
    pub(super) fn take() -> std::io::Result<Self> {
        enter()?;
        Ok(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

pub(super) fn enter() -> std::io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Gives the terminal back; does not mind if it is gone.
pub(super) fn restore() {
    let _gone = execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _gone = disable_raw_mode();
    let _gone = stdout().flush();
}

/// Installed once by main: a panic gives the terminal back before it is told.
pub fn install() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            restore();
        }
        told(info);
    }));
}
