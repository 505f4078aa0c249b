//! Questions before a session: which dataset, which name.

use std::io::stdout;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::guard::Guard;
use super::keyboard::Keyboard;
use super::rows::WholeRows;
use crate::session::Event;
use crate::session::choice::{Choice, ChoiceOutcome};
use crate::view::{Theme, draw_choice};

/// Lets the person choose a row; none when they leave.
///
/// # Errors
/// When the terminal is gone.
pub fn choose(words: Vec<String>, rows: Vec<String>, no_color: bool) -> anyhow::Result<Option<usize>> {
    match ask(Choice::of(words, rows), no_color)? {
        ChoiceOutcome::Row(row) => Ok(Some(row)),
        _ => Ok(None),
    }
}

/// Lets the person write a line; none when they leave.
///
/// # Errors
/// When the terminal is gone.
pub fn answer_line(words: Vec<String>, no_color: bool) -> anyhow::Result<Option<String>> {
    match ask(Choice::line(words), no_color)? {
        ChoiceOutcome::Line(line) => Ok(Some(line)),
        _ => Ok(None),
    }
}

fn ask(mut choice: Choice, no_color: bool) -> anyhow::Result<ChoiceOutcome> {
    super::has_terminal()?;
    let theme = if no_color { Theme::plain() } else { Theme::sixteen() };
    let _guard = Guard::take(false)?;
    let mut terminal = Terminal::new(WholeRows::new(CrosstermBackend::new(stdout())))?;
    let mut keyboard = Keyboard::for_one_question();
    loop {
        terminal.draw(|frame| draw_choice(&choice, &theme, frame))?;
        // Nobody tells of a new size here.
        match keyboard.next(Some(Duration::from_millis(200)))? {
            Some(Event::Input(key)) => match choice.press(key) {
                ChoiceOutcome::Open => {}
                chosen => return Ok(chosen),
            },
            Some(Event::Paste(text) | Event::Unended(text)) if choice.rows.is_empty() => {
                choice.text.extend(text.chars().filter(|c| !c.is_control()));
            }
            _ => {}
        }
    }
}
