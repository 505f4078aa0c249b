//! Similar records: score, id, the beginning of the text, how they were answered.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Theme, put, rule};
use crate::model::{Neighbour, Record};
use crate::session::{NEAR_DUPLICATE, Session, alpha_words};
use crate::text::{Cells, fit, one_line};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let name = session.dataset.vectors.get(session.space).map(|space| one_line(&space.name));
    let one_row = area.height == 1;
    let room = usize::from(area.height) - usize::from(!one_row);
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    if !one_row {
        let words = match &name {
            Some(name) => format!("similar · {name} · S opens"),
            None => String::from("similar · no vectors yet"),
        };
        lines.push(Line::styled(rule(&words, area.width), theme.faint));
    }
    match session.neighbours() {
        Some(Ok(found)) => lines.extend(found.iter().take(room).map(|one| row(session, theme, one, width, one_row))),
        Some(Err(why)) => lines.push(Line::styled(fit(&format!(" {}", one_line(why)), width), theme.faint)),
        None if name.is_some() => lines.push(Line::styled(" …", theme.faint)),
        None => {}
    }
    put(frame, area, lines);
}

/// `.93 r-0077 “charged twice in one month…”      you billing`. A near duplicate is marked `≈`, and `!` where it was
/// answered otherwise than what is on the screen.
fn row(session: &Session, theme: &Theme, neighbour: &Neighbour, width: usize, one_row: bool) -> Line<'static> {
    let mark = match (session.differs(neighbour), neighbour.score >= NEAR_DUPLICATE) {
        (true, _) => '!',
        (false, true) => '≈',
        (false, false) => ' ',
    };
    let score = alpha_words(f64::from(neighbour.score));
    let name = fit(&one_line(&neighbour.record.name()), 14);
    let lead = if one_row { "near " } else { "" };
    let head = format!("{mark}{lead}{score} {name} ");
    let answer = fit(&one_line(&session.neighbour_words(&neighbour.held)), (width / 2).saturating_sub(4));
    let room = width.saturating_sub(head.cells() + answer.cells() + 4);
    let text = beginning(&neighbour.record, room);
    let pad = width.saturating_sub(head.cells() + text.cells() + answer.cells() + 3);
    let style = if mark == '!' { theme.strong } else { theme.hint };
    Line::from(vec![
        Span::raw(head),
        Span::styled(format!("“{text}”"), theme.faint),
        Span::raw(" ".repeat(pad.max(1))),
        Span::styled(answer, style),
    ])
}

/// The beginning of a record's text, all fields in a row.
pub(super) fn beginning(record: &Record, room: usize) -> String {
    let mut text = String::new();
    for (_, value) in &record.fields {
        let part: String = value.chars().take(4 * room).collect();
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !part.is_empty() {
            text.push_str(" · ");
        }
        text.push_str(&part);
        if text.cells() > room {
            break;
        }
    }
    fit(&one_line(&text), room)
}
