//! The picture: a session in, cells out; changes nothing.

mod agreement;
mod labels;
mod page;
mod record;
mod theme;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub use theme::Theme;

use crate::session::{Asked, Mode, Place, REASONS, Session, keymap, panes};
use crate::text::{fit, one_line};

/// Draws the whole screen.
pub fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>) {
    let (columns, rows) = session.size;
    let (least_columns, least_rows) = panes::SMALLEST;
    if columns < least_columns || rows < least_rows {
        let words = format!("labelry needs {least_columns}×{least_rows}; this is {columns}×{rows}");
        put(frame, Rect::new(0, 0, columns, 1), vec![Line::raw(fit(&words, usize::from(columns)))]);
        return;
    }
    let panes = panes::of(session);
    put(frame, panes.header, vec![Line::styled(header(session), theme.header)]);
    if let Mode::Page(page, top) = session.mode {
        page::draw(session, theme, frame, page, top);
    } else {
        record::draw(session, theme, frame, &panes);
        labels::draw(session, theme, frame, &panes);
        if panes.similar.height > 0 {
            let rule = rule("similar · no vectors yet", panes.similar.width);
            put(frame, Rect { height: 1, ..panes.similar }, vec![Line::styled(rule, theme.faint)]);
        }
        agreement::draw(session, theme, frame, panes.agreement);
    }
    put(frame, panes.status, vec![status(session, theme, panes.status.width)]);
    put(frame, panes.hints, vec![Line::styled(fit(&hints(session), usize::from(columns)), theme.faint)]);
}

/// Puts lines into a rectangle, inside the frame.
fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    let area = area.intersection(frame.area());
    for (y, line) in lines.into_iter().take(usize::from(area.height)).enumerate() {
        frame.render_widget(line, Rect { y: area.y + y as u16, height: 1, ..area });
    }
}

/// `── words ───────`.
fn rule(words: &str, width: u16) -> String {
    let head = format!("── {words} ");
    let used = unicode_width::UnicodeWidthStr::width(head.as_str());
    fit(&format!("{head}{}", "─".repeat(usize::from(width).saturating_sub(used))), usize::from(width))
}

fn header(session: &Session) -> String {
    let counts = session.counts;
    let place = match &session.place {
        Place::At(task) => format!("{} · {}", one_line(&task.record.name()), task.status()),
        Place::Opening => String::from("…"),
        Place::Done => String::from("nothing pending"),
    };
    let mut right = format!("{}/{}", counts.submitted, counts.records);
    if counts.drafts > 0 {
        right.push_str(&format!(" · {} drafts", counts.drafts));
    }
    if counts.changed > 0 {
        right.push_str(&format!(" · {} changed", counts.changed));
    }
    if session.sitting > 0 {
        right.push_str(&format!(" · this sitting {}", session.sitting));
    }
    let right = format!("{right} · {} ", one_line(&session.user.name));
    let width = usize::from(session.size.0);
    let room = width.saturating_sub(unicode_width::UnicodeWidthStr::width(right.as_str()) + 1);
    let left = fit(&format!(" {} {place}", one_line(&session.dataset.path())), room);
    let used = unicode_width::UnicodeWidthStr::width(left.as_str());
    fit(&format!("{left}{}{right}", " ".repeat((room + 1).saturating_sub(used))), width)
}

fn status<'a>(session: &Session, theme: &Theme, width: u16) -> Line<'a> {
    let width = usize::from(width);
    let cursor = |words: String| Line::from(vec![Span::raw(words), Span::styled(" ", theme.cursor)]);
    match &session.mode {
        Mode::Discard => {
            let reasons: Vec<String> =
                REASONS.iter().enumerate().map(|(n, words)| format!("{} {words}", n + 1)).collect();
            let words = format!(" discard? x again · {} · E write · Esc", reasons.join(" · "));
            Line::styled(fit(&words, width), theme.strong)
        }
        Mode::Prompt(prompt) => {
            let what = match prompt.what {
                Asked::Note => "note",
                Asked::Reason => "discard because",
                Asked::Goto => "go to",
            };
            let room = width.saturating_sub(what.len() + 5);
            let text = one_line(&prompt.text);
            let tail = text.chars().rev().take(room).collect::<Vec<_>>().into_iter().rev().collect::<String>();
            cursor(fit(&format!(" {what}: {tail}"), width.saturating_sub(1)))
        }
        Mode::NotSaved => {
            let why = session.unsaved.first().map_or("", |(_, why)| why.as_str());
            let words = format!(" NOT SAVED: {} · r save again · Q leave without · Esc ({why})", session.unsaved.len());
            Line::styled(fit(&one_line(&words), width), theme.strong)
        }
        _ => {
            let words = if session.message.is_empty() && !session.saving.is_empty() {
                String::from("saving…")
            } else {
                one_line(&session.message)
            };
            Line::raw(fit(&format!(" {words}"), width))
        }
    }
}

fn hints(session: &Session) -> String {
    let rows = keymap::ANNOTATE.iter().filter(|row| !row.hint.is_empty());
    let hint = |row: &keymap::Row| format!("{} {}", row.shown.split(' ').next().unwrap_or(""), row.hint);
    match session.mode {
        Mode::Page(..) => String::from(" Esc closes · ↑ ↓ PgUp PgDn scroll"),
        Mode::Prompt(_) => String::from(" Enter keeps · Esc leaves it"),
        _ => format!(" {}", rows.map(hint).collect::<Vec<_>>().join("  ")),
    }
}
