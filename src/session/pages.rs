//! The pages that can be opened over the record: keys, guidelines, all about the record, agreement.

use super::{Place, Session, Task, keymap};
use crate::model::Status;
use crate::text::{markdown, one_line, sanitize, wrap};

/// A page to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The record on the whole screen.
    Record,
    /// Keys.
    Help,
    /// Guidelines.
    Guidelines,
    /// All about the record.
    Info,
    /// How far people are.
    Progress,
}

/// What stands over a page.
#[must_use]
pub fn page_title(page: Page) -> &'static str {
    match page {
        Page::Record => "the record",
        Page::Help => "keys",
        Page::Guidelines => "guidelines",
        Page::Info => "all about this record",
        Page::Progress => "progress",
    }
}

/// The lines of a page in a width, harmless for a terminal; the flag marks titles.
#[must_use]
pub fn page_lines(session: &Session, page: Page, width: usize) -> Vec<(String, bool)> {
    let text = match page {
        Page::Record => return super::panes::lines(session, u16::try_from(width).unwrap_or(u16::MAX)),
        Page::Guidelines if session.dataset.guidelines.is_empty() => String::from("this dataset has no guidelines"),
        Page::Guidelines => return markdown::render(&session.dataset.guidelines, width),
        Page::Help => help(session),
        Page::Info => info(session),
        Page::Progress => return progress(session, width),
    };
    wrap(&sanitize(&text), width).into_iter().map(|line| (line, false)).collect()
}

fn help(session: &Session) -> String {
    let mut out = String::new();
    for (_, label) in session.offered() {
        let key = session.key_of(label).map_or_else(|| String::from("-"), String::from);
        let about =
            if label.description.is_empty() { String::new() } else { format!(": {}", one_line(&label.description)) };
        out.push_str(&format!("{key:<13}tick {}{about}\n", one_line(&label.title)));
    }
    out.push('\n');
    for (row, keys) in session.keymap.rows() {
        out.push_str(&format!("{:<13}{}\n", keymap::shown(row, keys), row.words));
    }
    out.push_str("\nSigns:\n");
    for (sign, words) in keymap::SIGNS {
        out.push_str(&format!("{sign:<13}{words}\n"));
    }
    let more = [
        ("In a list (L, S)", keymap::LIST),
        ("On the agreement board (A)", keymap::BOARD),
        ("While adjudicating (V)", keymap::VERDICT),
    ];
    for (title, rows) in more {
        out.push_str(&format!("\n{title}:\n"));
        for (keys, words) in rows {
            out.push_str(&format!("{keys:<27}{words}\n"));
        }
    }
    out
}

fn info(session: &Session) -> String {
    let Place::At(task) = &session.place else {
        return String::from("no record");
    };
    let mut out = format!("{} · number {} · {}\n", task.record.name(), task.record.position, task.status());
    let mine = session.entry_words(&task.base);
    out.push_str(&format!("mine: {mine}\n"));
    if let Some(words) = session.adjudication_words(task).filter(|_| session.others_shown(task)) {
        out.push_str(&format!("{words}\n"));
    }
    if let Some(reason) = task.base.response.as_ref().and_then(|response| response.reason.as_ref()) {
        out.push_str(&format!("discarded because: {reason}\n"));
    }
    out.push_str(&others(session, task));
    if session.suggestions_shown(task) && !task.suggestions.is_empty() {
        out.push('\n');
        for suggestion in &task.suggestions {
            let question = session.dataset.questions.iter().find(|question| question.id == suggestion.question);
            let words = question.map(|question| super::answer_words(question, &suggestion.answer));
            let so_far = session.precision.iter().find(|known| {
                known.question == suggestion.question && known.agent == suggestion.agent && known.suggested > 0
            });
            let so_far = so_far.map_or_else(String::new, |known| {
                let share = 100.0 * known.right as f64 / known.suggested as f64;
                format!(" · right so far {} of {} labels ({share:.0} %)", known.right, known.suggested)
            });
            out.push_str(&format!("suggested by {}: {}{so_far}\n", suggestion.agent, words.unwrap_or_default()));
        }
    }
    if !task.record.metadata.is_empty() {
        out.push('\n');
    }
    for (name, value) in &task.record.metadata {
        out.push_str(&format!("{name}: {}\n", plain(value)));
    }
    out
}

/// What others gave; while that is hidden, not even who gave something.
fn others(session: &Session, task: &Task) -> String {
    if !session.others_shown(task) {
        return String::from("\nothers: hidden till yours\n");
    }
    let mut out = String::new();
    for held in task.held.iter().filter(|held| held.user != session.user.name) {
        // Others' drafts and notes are their own.
        let submitted = held.entry.response.as_ref().filter(|response| response.status == Status::Submitted);
        let words =
            submitted.map_or_else(|| String::from("not submitted"), |given| session.answers_words(&given.answers));
        let head = if out.is_empty() { "\n" } else { "" };
        out.push_str(&format!("{head}{}: {words}\n", held.user));
    }
    out
}

fn progress(session: &Session, width: usize) -> Vec<(String, bool)> {
    let lines = match &session.progress {
        None => vec![String::from("counting…")],
        Some(Err(why)) => wrap(&sanitize(why), width),
        Some(Ok(found)) => super::progress_lines(found, width),
    };
    lines.into_iter().map(|line| (line, false)).collect()
}

/// A value of the metadata in words: strings without their quotes.
#[must_use]
pub fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `214`, `1,000`, `1,000,000`.
#[must_use]
pub fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::from(if value < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
