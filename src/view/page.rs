//! A page over the record: to read, or to decide what becomes of an answer that could not be saved.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Theme, put, rule};
use crate::session::{Page, Session, page_lines, page_title};
use crate::text::{fit, one_line, wrap};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, page: Page, top: u16) {
    let (columns, rows) = session.size;
    let title = rule(page_title(page), columns);
    put(frame, Rect::new(0, 1, columns, 1), vec![Line::styled(title, theme.faint)]);
    let lines = page_lines(session, page, usize::from(columns.saturating_sub(4)));
    let style = |title| if title { theme.title } else { ratatui::style::Style::new() };
    let shown = lines.into_iter().skip(usize::from(top)).map(|(line, title)| Line::styled(line, style(title)));
    let shown = shown.collect();
    put(frame, Rect::new(2, 2, columns.saturating_sub(4), rows.saturating_sub(4)), shown);
}

/// Every answer that is not saved: what it is, why not, and what stands instead.
pub(super) fn not_saved(session: &Session, theme: &Theme, frame: &mut Frame<'_>) {
    let (columns, rows) = session.size;
    let width = usize::from(columns.saturating_sub(4));
    put(frame, Rect::new(0, 1, columns, 1), vec![Line::styled(rule("NOT SAVED", columns), theme.strong)]);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for line in session.file_gone_lines() {
        lines.extend(wrap(&one_line(&line), width).into_iter().map(Line::raw));
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    // Where the rows are few, the keys come first, behind a line that says what it is about.
    let keys = session.not_saved_keys();
    let few = usize::from(rows) < lines.len() + keys.len() + 4 * session.unsaved.len() + 4;
    let keys: Vec<Line<'_>> = keys.into_iter().map(|line| Line::raw(fit(line, width))).collect();
    if few {
        let about = session.file_gone.as_ref().map(|astray| Line::raw(fit(&format!("gone: {}", astray.why), width)));
        let first = about.into_iter().chain(keys.iter().cloned()).chain([Line::default()]);
        lines = first.chain(lines).collect();
    }
    for unsaved in &session.unsaved {
        let mut part = vec![
            format!("{}: {}", unsaved.intent.name, unsaved.why),
            format!("  mine: {}", session.entry_words(&unsaved.intent.after)),
        ];
        if let Some(stands) = &unsaved.other {
            part.push(format!("  stands: {}", session.entry_words(stands)));
        }
        lines.extend(part.iter().flat_map(|line| wrap(&one_line(line), width)).map(Line::raw));
        lines.push(Line::default());
    }
    if let Some(why) = &session.bulk_why {
        let words = format!("a step of {} records: {}", session.bulk_size(), one_line(why));
        lines.extend(wrap(&words, width).into_iter().map(Line::raw));
        lines.push(Line::default());
    }
    if !few {
        lines.extend(keys);
    }
    put(frame, Rect::new(2, 2, columns.saturating_sub(4), rows.saturating_sub(4)), lines);
}
