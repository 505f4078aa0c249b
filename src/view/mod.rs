//! The picture: a session in, cells out; changes nothing.

mod agreement;
mod answers;
mod board;
mod choice;
mod list;
mod menu;
mod page;
mod questions;
mod record;
mod similar;
mod theme;

use std::num::NonZeroU16;

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub use choice::draw_choice;
pub use theme::{Depth, Theme};

use crate::model::{Queue, Size};
use crate::session::key::Key;
use crate::session::{Mode, Place, PromptKind, REASONS, Session, keymap, number, panes};
use crate::text::cells::{Surety, cells_of, clusters, surety};
use crate::text::{Cells, end_of, fit, one_line};

/// Draws the whole screen.
pub fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>) {
    let (columns, rows) = session.size;
    let (least_columns, least_rows) = panes::SMALLEST;
    if columns < least_columns || rows < least_rows {
        let words = format!("{columns}×{rows}: labelry needs {least_columns}×{least_rows}");
        put(frame, Rect::new(0, 0, columns, 1), vec![Line::raw(fit(&words, usize::from(columns)))]);
        return;
    }
    let panes = panes::of(session);
    put(frame, panes.header, vec![Line::styled(header(session), theme.header)]);
    if let Mode::Page(page, top) = session.mode {
        page::draw(session, theme, frame, page, top);
    } else if let Mode::Menu(menu) = &session.mode {
        menu::draw(session, theme, frame, menu);
    } else if session.mode == Mode::NotSaved {
        page::not_saved(session, theme, frame);
    } else if session.mode == Mode::Board {
        board::draw(session, theme, frame);
    } else if session.list.is_some() {
        list::draw(session, theme, frame);
    } else {
        record::draw(session, theme, frame, &panes);
        questions::draw(session, theme, frame, &panes);
        if session.judging.is_some() {
            answers::draw(session, theme, frame, panes.similar);
        } else {
            similar::draw(session, theme, frame, panes.similar);
        }
        agreement::draw(session, theme, frame, panes.agreement);
    }
    put(frame, panes.status, vec![status(session, theme, panes.status.width)]);
    put(frame, panes.hints, vec![Line::styled(fit(&hints(session), usize::from(columns)), theme.faint)]);
    clean(frame);
}

/// The last look before the terminal: whatever a widget let through that is invisible or steers text becomes a
/// visible mark.
fn clean(frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        if !crate::text::is_clean(cell.symbol()) {
            cell.set_char('·');
        }
    }
}

/// Puts lines into a rectangle, inside the frame.
fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    let area = area.intersection(frame.area());
    for (y, line) in lines.into_iter().take(usize::from(area.height)).enumerate() {
        write(frame.buffer_mut(), Rect { y: area.y + y as u16, height: 1, ..area }, &line);
    }
}

/// Puts a line into cells, by the measure that it was wrapped and cut with: the library's own counts what is ambiguous
/// otherwise, and leaves out what takes no cell.
#[expect(clippy::disallowed_methods, reason = "what holds a control is left out before")]
fn write(cells: &mut Buffer, area: Rect, line: &Line<'_>) {
    cells.set_style(area, line.style);
    let mut x = area.x;
    for span in &line.spans {
        for (_, cluster) in clusters(&span.content) {
            let wide = cells_of(cluster) as u16;
            if cluster.contains(char::is_control) {
                continue;
            }
            if wide > area.right().saturating_sub(x) {
                return;
            }
            let cell = &mut cells[(x, area.y)];
            cell.set_symbol(cluster).set_style(line.style.patch(span.style));
            if cluster.len() > 1 && surety(cluster) == Surety::Disputed {
                cell.set_diff_option(NonZeroU16::new(wide).map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
            }
            (x + 1..x + wide).for_each(|x| cells[(x, area.y)].reset());
            x += wide;
        }
    }
}

/// `── words ───────`.
fn rule(words: &str, width: u16) -> String {
    let head = format!("── {words} ");
    let used = head.cells();
    fit(&format!("{head}{}", "─".repeat(usize::from(width).saturating_sub(used))), usize::from(width))
}

fn header(session: &Session) -> String {
    let place = match &session.place {
        Place::At(task) if task.ruled.is_some() => {
            let words = if task.stood.is_empty() { "undecided" } else { "decided" };
            format!("{} · adjudicating, {words}", one_line(&task.record.name()))
        }
        Place::At(task) if task.changed() && task.base.status().is_some() => {
            format!("{} · {}, changed", one_line(&task.record.name()), task.status())
        }
        Place::At(task) => format!("{} · {}", one_line(&task.record.name()), task.status()),
        Place::Opening => String::from("…"),
        Place::Done if session.queue == Queue::Pending => String::from("nothing pending"),
        Place::Done => String::from("end"),
    };
    let size = match session.size_of(&session.queue) {
        Some(Size::Exactly(count)) => format!(" ({})", number(count as i64)),
        Some(Size::MoreThan(count)) => format!(" (> {})", number(count as i64)),
        None => String::new(),
    };
    let named = format!(" · queue {}{size}", one_line(&session.queue_words(&session.queue)));
    let queue = if session.queue == Queue::Pending { String::new() } else { named };
    let width = usize::from(session.size.0);
    let right = counts_words(session, width);
    let room = width.saturating_sub(right.cells() + 1);
    let left = fit(&format!(" {} {place}{queue}", one_line(&session.dataset.path())), room);
    fit(&format!("{left}{}{right}", " ".repeat((room + 1).saturating_sub(left.cells()))), width)
}

/// `214/1,000 · 6 drafts · 1 changed · today 137 · ana`; the middle goes where there is no room.
fn counts_words(session: &Session, width: usize) -> String {
    let counts = session.counts;
    let mut parts = vec![format!("{}/{}", number(counts.submitted), number(counts.assigned.unwrap_or(counts.records)))];
    if !session.unsaved.is_empty() {
        parts.push(format!("{} NOT SAVED", session.unsaved.len()));
    }
    if counts.drafts > 0 {
        parts.push(format!("{} draft{}", number(counts.drafts), if counts.drafts == 1 { "" } else { "s" }));
    }
    if counts.changed > 0 {
        parts.push(format!("{} changed", number(counts.changed)));
    }
    if counts.today > 0 {
        parts.push(format!("today {}", number(counts.today)));
    }
    parts.push(fit(&one_line(&session.user.name), (width / 4).max(8)));
    while parts.len() > 2 && parts.iter().map(|part| part.cells() + 3).sum::<usize>() > width * 2 / 3 {
        parts.remove(parts.len() - 2);
    }
    format!("{} ", parts.join(" · "))
}

fn status<'a>(session: &Session, theme: &Theme, width: u16) -> Line<'a> {
    let width = usize::from(width);
    let cursor = |words: String| Line::from(vec![Span::raw(words), Span::styled(" ", theme.cursor)]);
    match &session.mode {
        Mode::Discard => {
            let reasons: Vec<String> =
                REASONS.iter().enumerate().map(|(n, words)| format!("{} {words}", n + 1)).collect();
            let words = format!(" x, or {}", reasons.join("  "));
            Line::styled(fit(&words, width), theme.strong)
        }
        Mode::Prompt(prompt) => {
            let what = match prompt.what {
                PromptKind::Note => "note",
                PromptKind::Reason => "discard because",
                PromptKind::Adjudication => "verdict because",
                PromptKind::Search => "search",
                PromptKind::NoteOnMarked => "note on all marked",
                PromptKind::Labels => "new labels, with commas between",
            };
            let room = width.saturating_sub(what.len() + 5);
            let text = one_line(&prompt.text);
            let tail = end_of(&text, room);
            cursor(fit(&format!(" {what}: {tail}"), width.saturating_sub(1)))
        }
        Mode::List if session.list.as_ref().is_some_and(|list| list.preview.is_some()) => {
            let words = session.list.as_ref().map_or_else(String::new, |list| session.preview_words(list));
            Line::styled(fit(&format!(" {}", one_line(&words)), width), theme.strong)
        }
        _ => {
            let words = session.status();
            let words = if words.is_empty() && session.is_saving() { "saving…" } else { &words };
            let words = one_line(words);
            Line::raw(fit(&format!(" {words}"), width))
        }
    }
}

fn hints(session: &Session) -> String {
    let suggested = match &session.place {
        Place::At(task) => {
            let asked = session.question().map(|question| question.id);
            let first = task.suggestions.iter().find(|suggestion| Some(suggestion.question) == asked);
            first.filter(|_| session.suggestions_shown(task)).map(|suggestion| one_line(&suggestion.agent))
        }
        _ => None,
    };
    let hint = |(row, keys): (&keymap::KeyBinding, &[Key])| {
        let key = keys.first()?.shown();
        match (row.action, &suggested) {
            (keymap::Action::Take, Some(agent)) => Some(format!("{key} take {}", fit(agent, 12))),
            (keymap::Action::Take, None) => None,
            (keymap::Action::FindLabel, _) => (session.offered().count() > 10).then(|| format!("{key} find")),
            (keymap::Action::TurnOn, _) => (session.dataset.questions.len() > 1).then(|| format!("{key} question")),
            _ => (!row.hint.is_empty()).then(|| format!("{key} {}", row.hint)),
        }
    };
    let rows = session.keymap.rows().filter_map(hint);
    match session.mode {
        Mode::Discard => String::from(" discard?  x again without a reason  1–5 with one  E write one  Esc not"),
        Mode::Board => String::from(
            " Enter the records behind  n p tab  ↑ ↓  P policy  O order  V all divided  Tab question  Esc closes",
        ),
        Mode::List => String::from(" Enter opens  Space marks  * all  a label's key answers the marked  Esc closes"),
        Mode::Menu(_) => String::from(" type to narrow · ↑ ↓ · Enter · Esc closes"),
        Mode::Page(..) => String::from(" Esc closes · ↑ ↓ PgUp PgDn scroll"),
        Mode::Prompt(_) => String::from(" Enter keeps · Esc leaves it"),
        Mode::NotSaved if session.is_stranded() => {
            String::from(" w write my work into a new file · Q leave without · Esc later")
        }
        Mode::NotSaved if session.file_gone.is_some() => String::from(" Q leave · Esc later"),
        Mode::NotSaved => String::from(" r save mine again · k keep what stands · Q leave without · Esc later"),
        _ if session.judging.is_some() => {
            String::from(" Enter verdict  0 none  y majority  x undecided  E why  n p  u undo  V Esc back  ? all keys")
        }
        _ => format!(" {}", rows.collect::<Vec<_>>().join("  ")),
    }
}
