//! The terminal's own state: taken over at the start, given back whatever happens.

use std::io::{Write, stdout};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// Holds the terminal; dropping it gives it back.
pub(super) struct Guard {
    /// The terminal takes no more output: giving it back would wait for ever.
    pub(super) stuck: bool,
}

/// Clicks and the wheel, no motion: crossterm's own capture reports every move of the mouse.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// What a terminal draws wider than the picture has it never runs into the next row (DECAWM).
const WRAP_OFF: &str = "\x1b[?7l";
const WRAP_ON: &str = "\x1b[?7h";

impl Guard {
    pub(super) fn take(mouse: bool) -> std::io::Result<Self> {
        enter(mouse)?;
        Ok(Self { stuck: false })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.stuck {
            let _gone = disable_raw_mode();
            return;
        }
        restore();
    }
}

pub(super) fn enter(mouse: bool) -> std::io::Result<()> {
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Print(WRAP_OFF),
        Print(if mouse { MOUSE_ON } else { "" })
    )
}

/// Gives the terminal back; does not mind if it is gone.
pub(super) fn restore() {
    let _gone = execute!(stdout(), Print(MOUSE_OFF), Print(WRAP_ON), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _gone = disable_raw_mode();
    let _gone = stdout().flush();
}

/// Installed once by main: a panic gives the terminal back before it is told. One of a session's helpers (their
/// threads have names) is told on its screen instead. A full disk or a file-size limit is an error of the write,
/// not the end of the process.
pub fn install() {
    #[cfg(unix)]
    let _stays_deadly = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // What Parquet's reader panics about is told as a broken file.
        if std::thread::current().name() == Some(crate::jobs::PARQUET_THREAD) {
            tracing::error!("a Parquet file could not be read: {info}");
            return;
        }
        let helper = std::thread::current().name().is_some_and(|name| name != "main");
        if helper && crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            tracing::error!("a helper of the session panicked: {info}");
            return;
        }
        if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            restore();
        }
        told(info);
    }));
}
