//! The pages that can be opened over the record: keys, guidelines, all about the record, agreement.

use super::{Page, Place, Session, keymap};
use crate::model::LabelAgreement;
use crate::text::{one_line, sanitize, wrap};

/// What stands over a page.
#[must_use]
pub fn page_title(page: Page) -> &'static str {
    match page {
        Page::Help => "keys",
        Page::Guidelines => "guidelines",
        Page::Info => "all about this record",
        Page::Agreement => "agreement · α submitted only; skips excluded",
    }
}

/// The lines of a page in a width, harmless for a terminal.
#[must_use]
pub fn page_lines(session: &Session, page: Page, width: usize) -> Vec<String> {
    let text = match page {
        Page::Help => help(session),
        Page::Guidelines if session.dataset.guidelines.is_empty() => String::from("this dataset has no guidelines"),
        Page::Guidelines => session.dataset.guidelines.clone(),
        Page::Info => info(session),
        Page::Agreement => agreement(session),
    };
    wrap(&sanitize(&text), width)
}

fn help(session: &Session) -> String {
    let mut out = String::new();
    for (index, label) in session.offered() {
        let key = session.keys.get(index).copied().flatten().map_or_else(|| String::from("-"), String::from);
        out.push_str(&format!("{key:<13}tick {}\n", one_line(&label.title)));
    }
    out.push('\n');
    for row in keymap::ANNOTATE {
        out.push_str(&format!("{:<13}{}\n", row.shown, row.words));
    }
    out
}

fn info(session: &Session) -> String {
    let Place::At(task) = &session.place else {
        return String::from("no record");
    };
    let mut out = format!("{} · number {} · {}\n", task.record.name(), task.record.position, task.status());
    if let Some(note) = &task.base.note {
        out.push_str(&format!("my note: {note}\n"));
    }
    if let Some(reason) = task.base.response.as_ref().and_then(|response| response.reason.as_ref()) {
        out.push_str(&format!("discarded: {reason}\n"));
    }
    out.push('\n');
    for (name, value) in &task.record.metadata {
        out.push_str(&format!("{name}: {}\n", plain(value)));
    }
    out.push('\n');
    for held in task.held.iter().filter(|held| held.user != session.user.name) {
        out.push_str(&format!("{}\n", others(session, held)));
    }
    out
}

fn others(session: &Session, held: &crate::model::sitting::Held) -> String {
    let hidden = matches!(session.dataset.hide, crate::model::Hide::Others | crate::model::Hide::Both);
    let Place::At(task) = &session.place else {
        return String::new();
    };
    if hidden && task.base.status() != Some(crate::model::Status::Submitted) {
        return format!("{}: hidden till yours", held.user);
    }
    let question = session.question().map_or(crate::model::QuestionId(0), |question| question.id);
    let answer = held.entry.response.as_ref().map(|response| {
        let labels =
            response.labels(question).map_or_else(|| String::from("no answer"), |labels| session.words(labels));
        format!("{} {labels}", response.status.word())
    });
    format!("{}: {}", held.user, answer.unwrap_or_else(|| String::from("no response")))
}

/// A value of the metadata in words: strings without their quotes.
#[must_use]
pub fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn agreement(session: &Session) -> String {
    let mut rows: Vec<(&str, &LabelAgreement)> = session
        .offered()
        .filter_map(|(index, label)| Some((label.title.as_str(), session.agreement.get(index)?)))
        .collect();
    let rank = |figures: &LabelAgreement| figures.alpha.unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| rank(a.1).total_cmp(&rank(b.1)));
    let mut out =
        String::from("Krippendorff's alpha of each label, lowest first: 1 is full agreement, 0 is chance.\n\n");
    for (title, figures) in rows {
        let title = crate::text::fit(&one_line(title), 22);
        let figure = match figures.alpha {
            Ok(alpha) => format!("{} {} records, {} ticks", alpha_words(alpha), figures.units, figures.positives),
            Err(why) => format!(" n/a {}", why.reason()),
        };
        out.push_str(&format!("{title:<23}{figure}\n"));
    }
    out
}

/// `.81`, `1.00`, `-.05`.
#[must_use]
pub fn alpha_words(alpha: f64) -> String {
    let text = format!("{alpha:.2}");
    let short = text.strip_prefix("0.").map(|rest| format!(".{rest}"));
    short.or_else(|| text.strip_prefix("-0.").map(|rest| format!("-.{rest}"))).unwrap_or(text)
}
