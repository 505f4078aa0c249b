//! A list of records: mark, score, id, my answer, the beginning of the text.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Theme, put, rule, similar};
use crate::model::record_view::RecordView;
use crate::session::{List, Session, alpha_words, panes};
use crate::text::{Cells, fit, one_line, pad};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>) {
    let Some(list) = &session.list else { return };
    let (columns, _) = session.size;
    let marked = if list.marks.is_empty() { String::new() } else { format!(" · {} marked", list.marks.len()) };
    let more = if list.more { "+" } else { "" };
    let words = format!("{} · {}{more} records{marked}", one_line(&session.queue_words(&list.queue)), list.rows.len());
    put(frame, Rect::new(0, 1, columns, 1), vec![Line::styled(rule(&words, columns), theme.faint)]);
    let high = panes::list_rows(session.size);
    let first = (list.cursor + 1).saturating_sub(high);
    let rows = list.rows.iter().enumerate().skip(first).take(high);
    let lines = rows.map(|(at, row)| line(session, theme, list, row, at == list.cursor, usize::from(columns)));
    let mut lines: Vec<Line<'static>> = lines.collect();
    if lines.is_empty() {
        lines.push(Line::styled(if list.more { " …" } else { " nothing here" }, theme.faint));
    }
    put(frame, Rect::new(0, 2, columns, high as u16), lines);
}

fn line(session: &Session, theme: &Theme, list: &List, row: &RecordView, here: bool, width: usize) -> Line<'static> {
    let mark = if list.marks.contains(&row.record.id) { 'x' } else { ' ' };
    let score = list
        .scores
        .get(&row.record.id)
        .map_or_else(String::new, |score| format!("{} ", alpha_words(f64::from(*score))));
    let flag = if row.entry.flag { '!' } else { ' ' };
    let name = pad(&one_line(&row.record.name()), 14);
    let head = format!(" [{mark}]{flag}{score}{name} ");
    // Similar records are listed for how they were answered, by anybody; a queue for where I stand.
    let mine = match row.entry.status() {
        _ if !list.scores.is_empty() => session.neighbour_words(&row.held),
        None => String::from("pending"),
        Some(_) => session.entry_words(&row.entry),
    };
    let mine = fit(&one_line(&mine), width / 3);
    let room = width.saturating_sub(head.cells() + mine.cells() + 3);
    let text = similar::beginning(&row.record, room);
    let gap = room.saturating_sub(text.cells()) + 1;
    let style = if here { theme.cursor } else { Style::new() };
    Line::from(vec![
        Span::styled(head, style),
        Span::styled(text, if here { theme.cursor } else { theme.faint }),
        Span::raw(" ".repeat(gap)),
        Span::raw(mine),
    ])
}
