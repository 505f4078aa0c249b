//! The record: its text, scrolled, and one line of metadata.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::{Theme, put};
use crate::model::{Queue, Search};
use crate::session::panes::{self, Panes};
use crate::session::{Place, Session, plain};
use crate::text::find::find;
use crate::text::{fit, one_line};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, panes: &Panes) {
    let Place::At(task) = &session.place else {
        let words = match session.place {
            Place::Done if session.queue == Queue::Pending => "Nothing is pending for you here.",
            Place::Done if session.empty_queue() => "Nothing here.",
            Place::Done => "This is the end of the queue.",
            _ => "…",
        };
        put(frame, panes.text, vec![Line::raw(words)]);
        return;
    };
    let lines = panes::lines(session, panes.text.width);
    let top = usize::from(task.scroll);
    let marks = match &session.queue {
        Queue::Search(words) => Search::parse(words).marks(),
        _ => Vec::new(),
    };
    let shown = lines.into_iter().skip(top).take(usize::from(panes.text.height));
    let shown =
        shown.map(|(line, title)| if title { Line::styled(line, theme.title) } else { marked(line, &marks, theme) });
    let shown = shown.collect();
    put(frame, panes.text, shown);
    let more = panes::last_scroll(session);
    let mut parts: Vec<String> = Vec::new();
    if more > 0 {
        parts.push(format!("line {}/{} PgDn", task.scroll + 1, more + panes.text.height));
    }
    if task.base.flag {
        parts.push(String::from("! flagged"));
    }
    if task.base.note.is_some() {
        parts.push(String::from("has a note (I)"));
    }
    parts.extend(task.record.metadata.iter().map(|(name, value)| format!("{name} {}", plain(value))));
    let words = fit(&one_line(&parts.join(" · ")), usize::from(panes.meta.width));
    put(frame, panes.meta, vec![Line::styled(words, theme.faint)]);
}

/// A line with the searched words marked.
fn marked(line: String, marks: &[String], theme: &Theme) -> Line<'static> {
    if marks.is_empty() {
        return Line::raw(line);
    }
    let mut spans = Vec::new();
    let mut last = 0;
    for range in find(&line, marks) {
        spans.push(Span::raw(line[last..range.start].to_owned()));
        spans.push(Span::styled(line[range.clone()].to_owned(), theme.found));
        last = range.end;
    }
    spans.push(Span::raw(line[last..].to_owned()));
    Line::from(spans)
}
