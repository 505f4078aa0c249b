//! The labels: boxes with keys, alpha beside each, the description of the one at the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Theme, put, rule};
use crate::model::{Label, QuestionKind};
use crate::session::panes::{GRID, Panes};
use crate::session::{Place, Session, alpha_words};
use crate::text::{fit, one_line, sanitize, wrap};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, panes: &Panes) {
    let area = panes.labels;
    let Some(question) = session.question() else {
        return;
    };
    for y in 1..area.bottom().max(panes.description.bottom()) {
        if area.x > 0 {
            put(frame, Rect::new(area.x, y, 1, 1), vec![Line::styled("│", theme.faint)]);
        }
    }
    if area.x == 0 {
        grid(session, theme, frame, area);
        return;
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    let width = usize::from(inner.width);
    let kind = if question.kind == QuestionKind::MultiLabel { "tick any" } else { "shown only" };
    let title = fit(&format!("{} · {kind}", one_line(&question.name)), width.saturating_sub(6));
    let head = format!("{title:<w$}   α", w = width.saturating_sub(4));
    let offered: Vec<(usize, &Label)> = session.offered().collect();
    let cursor = match &session.place {
        Place::At(task) => task.cursor,
        _ => 0,
    };
    let rows = usize::from(inner.height).saturating_sub(2).max(1);
    let first = cursor.min(offered.len().saturating_sub(1)).saturating_sub(rows - 1);
    let mut lines = vec![Line::styled(fit(&head, width), theme.faint)];
    for (row, (index, label)) in offered.iter().enumerate().skip(first).take(rows) {
        lines.push(label_line(session, theme, (row, *index), label, width));
    }
    if offered.is_empty() {
        lines.push(Line::raw(fit("no labels yet: labelry labels add", width)));
    }
    lines.push(none_line(session, theme, cursor == offered.len(), width));
    put(frame, inner, lines);
    describe(session, theme, frame, panes, offered.get(cursor).map(|(_, label)| *label));
}

/// Labels below the text of a narrow terminal, side by side; more scroll with the cursor.
fn grid(session: &Session, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let across = usize::from((area.width / GRID).max(1));
    let width = usize::from(area.width) / across - 1;
    let offered: Vec<(usize, &Label)> = session.offered().collect();
    let cursor = match &session.place {
        Place::At(task) => task.cursor,
        _ => 0,
    };
    let rows = usize::from(area.height).saturating_sub(1).max(1);
    let first = (cursor / across).saturating_sub(rows - 1);
    let below = (offered.len() + 1).div_ceil(across).saturating_sub(first + rows);
    let more = if below > 0 { format!(" · {below} rows below") } else { String::new() };
    let title = session.question().map_or_else(String::new, |question| one_line(&question.name));
    put(
        frame,
        Rect { height: 1, ..area },
        vec![Line::styled(rule(&format!("{title}{more}"), area.width), theme.faint)],
    );
    for row in 0..=offered.len() {
        let Some(y) = (row / across).checked_sub(first).filter(|y| *y < rows) else { continue };
        let line = match offered.get(row) {
            Some((index, label)) => label_line(session, theme, (row, *index), label, width),
            None => none_line(session, theme, cursor == row, width),
        };
        let x = area.x + ((row % across) * (width + 1)) as u16;
        put(frame, Rect::new(x, area.y + 1 + y as u16, width as u16, 1), vec![line]);
    }
}

fn label_line(session: &Session, theme: &Theme, at: (usize, usize), label: &Label, width: usize) -> Line<'static> {
    let (row, index) = at;
    let (ticked, here) = match &session.place {
        Place::At(task) => (task.ticks.labels.contains(&(index as u32)), task.cursor == row),
        _ => (false, false),
    };
    let key = session.keys.get(index).copied().flatten().unwrap_or(' ');
    let mark = if ticked { 'x' } else { ' ' };
    let alpha = session
        .agreement
        .get(index)
        .map_or_else(String::new, |figures| figures.alpha.map_or_else(|_| String::from("n/a"), alpha_words));
    let title = fit(&one_line(&label.title), width.saturating_sub(12));
    let pad = width.saturating_sub(12 + unicode_width::UnicodeWidthStr::width(title.as_str()));
    let style = if ticked { theme.ticked } else { ratatui::style::Style::new() };
    let style = if here { style.patch(theme.cursor) } else { style };
    Line::from(vec![
        Span::raw(format!("{key} ")),
        Span::styled(format!("[{mark}] {title}"), style),
        Span::raw(" ".repeat(pad)),
        Span::raw(format!("{alpha:>5}")),
    ])
}

fn none_line(session: &Session, theme: &Theme, here: bool, width: usize) -> Line<'static> {
    let none = matches!(&session.place, Place::At(task) if task.ticks.none);
    let words = fit(&format!("[{}] none of these", if none { 'x' } else { ' ' }), width.saturating_sub(2));
    let style = if none { theme.ticked } else { ratatui::style::Style::new() };
    let style = if here { style.patch(theme.cursor) } else { style };
    Line::from(vec![Span::raw("0 "), Span::styled(words, style)])
}

/// The description of the label at the cursor, and why it has no alpha.
fn describe(session: &Session, theme: &Theme, frame: &mut Frame<'_>, panes: &Panes, label: Option<&Label>) {
    let area = panes.description;
    let inner = Rect { x: area.x + 2, y: area.y, width: area.width.saturating_sub(2), height: area.height };
    let width = usize::from(inner.width);
    let mut words: Vec<String> = vec![String::new()];
    if let Some(label) = label {
        let title = one_line(&label.title);
        if !label.description.is_empty() {
            words.extend(wrap(&format!("{title}: {}", sanitize(&label.description)), width));
        }
        let index = session.question().and_then(|question| question.label_index(&label.value));
        if let Some(Err(why)) = index.and_then(|index| session.agreement.get(index)).map(|figures| figures.alpha) {
            words.extend(wrap(&format!("α n/a: {}", why.reason()), width));
        }
    }
    if let Some(units) = session.agreement.iter().map(|figures| figures.units).max() {
        words.truncate(usize::from(inner.height).saturating_sub(1));
        words.resize(usize::from(inner.height).saturating_sub(1), String::new());
        words.push(fit(&format!("α submitted only · {units} units"), width));
    }
    put(frame, inner, words.into_iter().map(|line| Line::styled(line, theme.faint)).collect());
}
