//! Geometry: a pure function of size, shared by view, paging and mouse.

use ratatui::layout::Rect;

use super::{Page, Place, Session};
use crate::text;

/// Smallest terminal that is drawn.
pub const SMALLEST: (u16, u16) = (40, 10);

/// Columns of one label where labels stand in a grid below the text.
pub const GRID: u16 = 20;

/// Where everything stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    /// Who, where, how far.
    pub header: Rect,
    /// The record's text.
    pub text: Rect,
    /// One line of metadata below it.
    pub meta: Rect,
    /// Labels, right of the text, or below it where the terminal is narrow.
    pub labels: Rect,
    /// Description of the label at the cursor.
    pub description: Rect,
    /// Similar records.
    pub similar: Rect,
    /// Agreement, where there is room for it.
    pub agreement: Rect,
    /// Messages: the last row but one.
    pub status: Rect,
    /// Keys: the last row.
    pub hints: Rect,
}

/// The panes of a terminal of this size, for this many offered labels.
#[must_use]
pub fn panes(columns: u16, rows: u16, labels: u16) -> Panes {
    let row = |y: u16, height: u16| Rect::new(0, y.min(rows), columns, height.min(rows.saturating_sub(y)));
    let empty = Rect::ZERO;
    let bottom = rows.saturating_sub(2);
    let below = match rows {
        36.. => 8,
        24.. => 6,
        _ => 0,
    };
    let main = bottom.saturating_sub(1 + below);
    let wide = columns >= 70;
    let side = if columns >= 110 { 46 } else { 31 };
    let (text, right) = if wide {
        (Rect::new(1, 1, columns - side - 2, main.saturating_sub(1)), Rect::new(columns - side, 1, side, main))
    } else {
        // Three rows of text stay, whatever the labels need; they scroll.
        let list = ((labels + 1).div_ceil((columns / GRID).max(1)) + 1).min(main.saturating_sub(4));
        let top = main.saturating_sub(list + 1);
        (Rect::new(1, 1, columns.saturating_sub(2), top), Rect::new(0, 1 + top + 1, columns, list))
    };
    let list = if wide { (labels + 2).min(right.height) } else { right.height };
    let lower = row(1 + main, below);
    let half = columns / 2 + 8;
    let with_agreement = columns >= 110 && below > 0;
    let similar = if with_agreement { Rect { width: half, ..lower } } else { lower };
    Panes {
        header: row(0, 1),
        text,
        meta: Rect::new(1, text.bottom(), text.width, 1),
        labels: Rect { height: list, ..right },
        description: Rect::new(right.x, right.y + list, right.width, right.height - list),
        similar,
        agreement: if with_agreement { Rect { x: half, width: columns - half, ..lower } } else { empty },
        status: row(bottom, 1),
        hints: row(bottom + 1, 1),
    }
}

/// The panes of a session as it stands.
#[must_use]
pub fn of(session: &Session) -> Panes {
    let labels = session.offered().count() as u16;
    panes(session.size.0, session.size.1, labels)
}

/// The lines of the record's text in a width, sanitized and wrapped; a field's title stands above it where there
/// are several.
#[must_use]
pub fn lines(session: &Session, width: u16) -> Vec<String> {
    let Place::At(task) = &session.place else {
        return Vec::new();
    };
    let fields: Vec<_> = task.record.fields.iter().filter(|(_, text)| !text.is_empty()).collect();
    let mut lines = Vec::new();
    for (name, value) in &fields {
        if fields.len() > 1 {
            let title = session.dataset.fields.iter().find(|field| field.name == *name);
            let title = title.map_or(name.as_str(), |field| field.title.as_str());
            lines.push(format!("{}:", text::one_line(title)));
        }
        lines.extend(text::wrap(&text::sanitize(value), usize::from(width)));
        if fields.len() > 1 {
            lines.push(String::new());
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// How far the text can be scrolled.
#[must_use]
pub fn last_scroll(session: &Session) -> u16 {
    let text = of(session).text;
    let lines = lines(session, text.width).len() as u16;
    lines.saturating_sub(text.height)
}

/// How far a page can be scrolled.
#[must_use]
pub fn last_page_line(session: &Session, page: Page) -> u16 {
    let (columns, rows) = session.size;
    let lines = super::page_lines(session, page, usize::from(columns.saturating_sub(4))).len() as u16;
    lines.saturating_sub(rows.saturating_sub(4))
}
