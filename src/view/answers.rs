//! Everybody's answers side by side, while somebody adjudicates.
//!
//! ```text
//! ── 3 answers · adjudication by ana: bug · a crash is one ─────
//! = ana   bug
//!   bob   bug, account
//!   cy    discarded: cannot tell
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Theme, put, rule};
use crate::session::{Place, Session};
use crate::text::{Cells, fit, one_line, pad};

/// Most columns of a name.
const NAME: usize = 16;

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Place::At(task) = &session.place else { return };
    if area.height == 0 {
        return;
    }
    let all = session.side_by_side(task);
    let adjudication = session.adjudication_words(task).unwrap_or_else(|| String::from("no verdict yet"));
    let why = task.why.as_ref().map_or_else(String::new, |why| format!(" · because {why}"));
    let answers = if all.len() == 1 { "1 answer" } else { &format!("{} answers", all.len()) };
    let words = format!("{answers} · {}{}", one_line(&adjudication), one_line(&why));
    let mut lines = Vec::new();
    if area.height > 1 {
        lines.push(Line::styled(rule(&words, area.width), theme.faint));
    }
    let room = usize::from(area.height) - lines.len();
    let width = all.iter().map(|(name, ..)| one_line(name).cells()).max().unwrap_or(0).min(NAME);
    for (name, words, same) in all.iter().take(room) {
        let mark = if *same { '=' } else { ' ' };
        let head = format!(" {mark} {} ", pad(&one_line(name), width));
        let words = fit(&one_line(words), usize::from(area.width).saturating_sub(head.cells()));
        let style = if *same { theme.ticked } else { ratatui::style::Style::new() };
        lines.push(Line::from(vec![Span::raw(head), Span::styled(words, style)]));
    }
    if all.len() > room
        && let Some(last) = lines.last_mut()
    {
        *last = Line::styled(format!("   … {} more: I shows all", all.len() + 1 - room), theme.faint);
    }
    put(frame, area, lines);
}
