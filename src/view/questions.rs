//! The questions: the active one with its rows, suggestions and alpha; the others in a line each; the description
//! of what the cursor stands on.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Theme, put, rule};
use crate::model::{Answer, Question, QuestionKind, Suggestion};
use crate::session::panes::{self, Panes};
use crate::session::{Mode, Place, QuestionRow, Session, Task, alpha_words, answer_words, scale};
use crate::text::{Cells, fit, one_line, sanitize, wrap};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, panes: &Panes) {
    let Some(question) = session.question() else { return };
    let beside = panes.labels.x > 0;
    let area = if beside { fence(theme, frame, panes) } else { panes.labels };
    let before = session.question as u16;
    let after = (session.dataset.questions.len() as u16).saturating_sub(before + 1);
    let others = |range: std::ops::Range<usize>| -> Vec<Line<'static>> {
        let all = session.dataset.questions.get(range).unwrap_or_default();
        all.iter().map(|question| other(session, theme, question, area.width)).collect()
    };
    put(frame, Rect { height: before.min(area.height), ..area }, others(0..session.question));
    let bottom = area.bottom().saturating_sub(after).max(area.y);
    put(
        frame,
        Rect { y: bottom, height: after, ..area },
        others(session.question + 1..session.dataset.questions.len()),
    );
    let top = area.y + before;
    let own = Rect { y: top, height: bottom.saturating_sub(top), ..area };
    let columns = Columns::of(session, question, own, panes.across);
    let head = Rect { height: own.height.min(1), ..own };
    put(frame, head, vec![columns.head(session, theme, question, beside)]);
    let list = Rect { y: own.y + 1, height: own.height.saturating_sub(1), ..own };
    if question.kind == QuestionKind::Text {
        text(session, theme, frame, question, list);
    } else {
        rows(session, theme, frame, panes, &columns, list);
    }
    if beside {
        describe(session, theme, frame, panes);
    }
}

/// The line between text and questions; gives what is right of it.
pub(super) fn fence(theme: &Theme, frame: &mut Frame<'_>, panes: &Panes) -> Rect {
    let area = panes.labels;
    for y in area.y..area.bottom().max(panes.description.bottom()) {
        put(frame, Rect::new(area.x, y, 1, 1), vec![Line::styled("│", theme.faint)]);
    }
    Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area }
}

/// A question that is not active: its title and what is answered.
fn other(session: &Session, theme: &Theme, question: &Question, width: u16) -> Line<'static> {
    let answered = match &session.place {
        Place::At(task) => task.answers.get(&question.id).map(|answer| one_line(&answer_words(question, answer))),
        _ => None,
    };
    let need = if question.required { "required" } else { "optional" };
    let width = usize::from(width);
    let title = fit(&one_line(&question.title), width / 2);
    let style = if answered.is_some() { theme.ticked } else { theme.faint };
    let said = fit(&answered.unwrap_or_else(|| format!("{need} · Tab")), width.saturating_sub(title.cells() + 2));
    Line::from(vec![Span::raw(format!("{title}: ")), Span::styled(said, style)])
}

/// What stands in each row, and how wide.
struct Columns<'a> {
    width: usize,
    title: usize,
    agents: Vec<&'a str>,
    cell: usize,
    bar: bool,
    /// How many neighbours have each label, of how many, where there is room for it.
    votes: Option<(Vec<u32>, u32)>,
    /// Width of the alpha; below the text there is none.
    alpha: usize,
}

/// Width of the neighbours' vote.
const VOTE: usize = 6;

/// Width of the alpha at the end of a row.
const ALPHA: usize = 5;
/// Key, box and the spaces round them.
const BOX: usize = 6;

impl<'a> Columns<'a> {
    fn of(session: &'a Session, question: &Question, area: Rect, across: u16) -> Self {
        let width = (usize::from(area.width) / usize::from(across.max(1))).saturating_sub(usize::from(across > 1));
        let mut agents: Vec<&str> = Vec::new();
        if let Place::At(task) = &session.place
            && session.suggestions_shown(task)
            && session.judging.is_none()
        {
            agents.extend(task.suggestions.iter().filter(|s| s.question == question.id).map(|s| s.agent.as_str()));
        }
        agents.dedup();
        let most = if width >= 44 { 3 } else { usize::from(width >= 18) };
        agents.truncate(most);
        let bar = agents.len() == 1 && width >= 44;
        let cell = match (agents.len(), bar) {
            (0, _) => 0,
            (1, true) => 11,
            (1, false) => 5,
            _ => 9,
        };
        let given = match &session.place {
            Place::At(task) if task.ruled.is_some() => session.given(task).filter(|_| width >= 24),
            _ => None,
        };
        let votes = given.or_else(|| session.votes().filter(|_| width >= 44 && session.judging.is_none()));
        let vote = if votes.is_some() { VOTE } else { 0 };
        let alpha = if across > 1 { 0 } else { ALPHA };
        let title = width.saturating_sub(BOX + alpha + vote + cell * agents.len());
        Self { width, title, agents, cell, bar, votes, alpha }
    }

    fn head(&self, session: &Session, theme: &Theme, question: &Question, beside: bool) -> Line<'static> {
        let kind = match question.kind {
            _ if session.judging.is_some() => String::from("verdict"),
            QuestionKind::MultiLabel => String::from("tick any"),
            QuestionKind::Label => String::from("choose one"),
            QuestionKind::Rating => format!("{} to {}", scale(question).start(), scale(question).end()),
            QuestionKind::Text => String::from("text"),
            QuestionKind::Ranking | QuestionKind::Span => String::from("shown only"),
        };
        let (name, title) = (one_line(&question.name), one_line(&question.title));
        if !beside {
            let rows = session.rows().len();
            let labels = if rows > 10 { format!(" · {} labels", session.offered().count()) } else { String::new() };
            let agent = self.agents.first().map_or_else(String::new, |agent| format!(" · scores {}", one_line(agent)));
            let words = format!("{title} · {kind}{labels}{agent}");
            return Line::styled(rule(&words, session.size.0), theme.faint);
        }
        let mut right = String::new();
        for agent in &self.agents {
            let agent = fit(&one_line(agent), self.cell.max(9).saturating_sub(1));
            let pad = self.cell.saturating_sub(agent.cells());
            right.push_str(&format!("{}{agent}", " ".repeat(pad)));
        }
        if self.votes.is_some() {
            right.push_str(if session.judging.is_some() { "  said" } else { "  near" });
        }
        let with_alpha = matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label);
        right.push_str(if with_alpha { "    α" } else { "     " });
        // A long title gives way to the question's name, and that to the name alone.
        let room = self.width.saturating_sub(right.cells() + 1);
        let words = [format!("{title} · {kind}"), format!("{name} · {kind}"), name];
        let left = words.iter().find(|words| words.cells() <= room).unwrap_or(&words[2]);
        let left = fit(left, room);
        let pad = self.width.saturating_sub(left.cells() + right.cells());
        Line::styled(format!("{left}{}{right}", " ".repeat(pad)), theme.faint)
    }
}

fn rows(session: &Session, theme: &Theme, frame: &mut Frame<'_>, panes: &Panes, columns: &Columns<'_>, area: Rect) {
    let rows = session.rows();
    if session.offered().count() == 0 && rows == [QuestionRow::None] {
        put(frame, area, vec![Line::raw(fit("no labels yet: Enter adds some", columns.width))]);
        return;
    }
    let shown = panes::shown(session, panes);
    let task = match &session.place {
        Place::At(task) => Some(task.as_ref()),
        _ => None,
    };
    let answers = |row: &QuestionRow| !matches!(row, QuestionRow::Heading(_));
    let mut at = rows.iter().take(shown.first).filter(|row| answers(row)).count();
    let page = shown.high * shown.across;
    for (index, row) in rows.iter().enumerate().take(shown.count).skip(shown.first).take(page) {
        let here = answers(row) && task.is_some_and(|task| task.cursor == at);
        at += usize::from(answers(row));
        let place = index - shown.first;
        let (column, y) = (place / shown.high, place % shown.high);
        let x = area.x + (column * (columns.width + usize::from(shown.across > 1))) as u16;
        let rect = Rect::new(x, area.y + y as u16, columns.width as u16, 1).intersection(area);
        let more = place + 1 == page && shown.count > shown.first + page && !here;
        let line = if more {
            Line::styled(fit("… more: ↓ · , finds", columns.width), theme.faint)
        } else {
            line(session, theme, columns, task, row, here)
        };
        put(frame, rect, vec![line]);
    }
    if shown.count < rows.len() {
        let here = task.is_some_and(|task| task.cursor == rows.iter().filter(|row| answers(row)).count() - 1);
        let rect = Rect { y: area.y + shown.high as u16, height: 1, ..area }.intersection(area);
        put(frame, rect, vec![none_line(session, theme, task, here, usize::from(area.width))]);
    }
}

/// `0 [ ] none of these   ticked 2: billing, delivery`, below labels that stand side by side.
fn none_line(session: &Session, theme: &Theme, task: Option<&Task>, here: bool, width: usize) -> Line<'static> {
    let Some(question) = session.question() else { return Line::default() };
    let labels = task.and_then(|task| task.labels(question.id));
    let none = labels == Some(&[]);
    let style = if none { theme.ticked } else { Style::new() };
    let style = if here { style.patch(theme.cursor) } else { style };
    let ticked = labels.filter(|labels| !labels.is_empty()).map_or_else(String::new, |labels| {
        format!("   ticked {}: {}", labels.len(), answer_words(question, &Answer::Labels(labels.to_vec())))
    });
    let box_words = format!("[{}] none of these", if none { 'x' } else { ' ' });
    let ticked = fit(&one_line(&ticked), width.saturating_sub(box_words.cells() + 2));
    Line::from(vec![Span::raw("0 "), Span::styled(box_words, style), Span::styled(ticked, theme.ticked)])
}

fn line(
    session: &Session,
    theme: &Theme,
    columns: &Columns<'_>,
    task: Option<&Task>,
    row: &QuestionRow,
    here: bool,
) -> Line<'static> {
    let Some(question) = session.question() else { return Line::default() };
    let ticked = task.is_some_and(|task| ticked(task, question, row));
    let style = if ticked { theme.ticked } else { Style::new() };
    let style = if here { style.patch(theme.cursor) } else { style };
    let (open, shut) = if question.kind == QuestionKind::MultiLabel { ('[', ']') } else { ('(', ')') };
    let unasked =
        matches!((row, task), (QuestionRow::Label(index), Some(task)) if session.unasked(task, question, *index));
    let mark = match (ticked, unasked) {
        (true, _) => 'x',
        (false, true) => '?',
        (false, false) => ' ',
    };
    let (key, title) = match row {
        QuestionRow::Heading(group) => {
            return Line::styled(fit(&format!("  {}", one_line(group)), columns.width), theme.faint);
        }
        QuestionRow::Label(index) => {
            let label = question.labels.get(*index as usize);
            let title = label.map_or_else(String::new, |label| one_line(&label.title));
            (label.and_then(|label| session.key_of(label)).unwrap_or(' '), title)
        }
        QuestionRow::None => ('0', String::from("none of these")),
        QuestionRow::Rating(value) => {
            let key = u32::try_from(*value).ok().and_then(|value| char::from_digit(value % 10, 10));
            (key.filter(|_| (0..=10).contains(value)).unwrap_or(' '), value.to_string())
        }
        QuestionRow::Text | QuestionRow::Kept => {
            let answer = task.and_then(|task| task.answers.get(&question.id));
            let words = answer.map_or_else(|| String::from("no answer"), |answer| answer_words(question, answer));
            return Line::styled(fit(&one_line(&words), columns.width), theme.faint);
        }
    };
    let mut spans = vec![Span::raw(format!("{key} "))];
    let room = if matches!(row, QuestionRow::None) { columns.width.saturating_sub(BOX) } else { columns.title };
    let title = fit(&title, room);
    let pad = room.saturating_sub(title.cells());
    spans.push(Span::styled(format!("{open}{mark}{shut} {title}"), style));
    spans.push(Span::raw(" ".repeat(pad)));
    if let QuestionRow::Label(index) = row {
        spans.extend(beside(session, theme, columns, task, question, *index));
    }
    Line::from(spans)
}

/// What agents say of a label, and its alpha.
fn beside(
    session: &Session,
    theme: &Theme,
    columns: &Columns<'_>,
    task: Option<&Task>,
    question: &Question,
    index: u32,
) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let suggestions = task.map_or(&[][..], |task| &task.suggestions[..]);
    for agent in &columns.agents {
        let found = suggestions.iter().find(|s| s.question == question.id && s.agent == *agent);
        spans.push(Span::styled(found.map_or_else(String::new, |s| score(s, index, columns)), theme.hint));
        if found.is_none() {
            spans.push(Span::raw(" ".repeat(columns.cell)));
        }
    }
    if let Some((votes, voters)) = &columns.votes {
        let vote = votes.get(index as usize).copied().unwrap_or(0);
        let words = if vote > 0 { format!("{vote}/{voters}") } else { String::new() };
        spans.push(Span::raw(format!("{words:>VOTE$}")));
    }
    let alpha = session
        .figures()
        .get(index as usize)
        .map_or_else(String::new, |figures| figures.alpha.map_or_else(|_| String::from("n/a"), alpha_words));
    if columns.alpha > 0 {
        spans.push(Span::styled(format!("{alpha:>ALPHA$}"), theme.faint));
    }
    spans
}

/// `*.91`, with a bar where there is room: the score, and a star where the agent's value has the label.
fn score(suggestion: &Suggestion, index: u32, columns: &Columns<'_>) -> String {
    let star = match &suggestion.answer {
        Answer::Labels(labels) if labels.contains(&index) => "*",
        _ => "",
    };
    let score = suggestion.scores.get(&index);
    let figure = score.map_or_else(String::new, |score| alpha_words(*score));
    let words = format!("{star}{figure}");
    if columns.bar {
        let bar = score.filter(|score| (0.0..=1.0).contains(*score)).map_or_else(String::new, |score| bar(*score, 5));
        return format!("{words:>5} {bar:<5}");
    }
    format!("{words:>w$}", w = columns.cell)
}

/// A share as a bar of `cells` columns, in eighths.
pub(super) fn bar(share: f64, cells: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share.clamp(0.0, 1.0) * cells as f64 * 8.0).round() as usize;
    let mut out = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        out.push(EIGHTHS[eighths % 8]);
    }
    out
}

fn ticked(task: &Task, question: &Question, row: &QuestionRow) -> bool {
    match row {
        QuestionRow::Label(index) => task.labels(question.id).is_some_and(|labels| labels.contains(index)),
        QuestionRow::None => task.labels(question.id) == Some(&[]),
        QuestionRow::Rating(value) => task.rating(question.id) == Some(*value as f64),
        _ => false,
    }
}

/// A text question: the editor while it is open, else the text.
fn text(session: &Session, theme: &Theme, frame: &mut Frame<'_>, question: &Question, area: Rect) {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return;
    }
    if let (Mode::Write, Some(editor)) = (&session.mode, &session.editor) {
        let mut editor = editor.clone();
        editor.set_cursor_line_style(Style::new());
        editor.set_cursor_style(theme.cursor);
        frame.render_widget(&*editor, area);
        return;
    }
    let words = match &session.place {
        Place::At(task) => task.text(question.id).unwrap_or_default(),
        _ => "",
    };
    let lines = if words.is_empty() {
        vec![Line::styled(fit("Space writes", usize::from(area.width)), theme.faint)]
    } else {
        wrap(&sanitize(words), usize::from(area.width)).into_iter().map(Line::raw).collect()
    };
    put(frame, area, lines);
}

/// The description of the label at the cursor, why it has no alpha, and what agreement counts.
fn describe(session: &Session, theme: &Theme, frame: &mut Frame<'_>, panes: &Panes) {
    let area = panes.description;
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    let width = usize::from(inner.width);
    let mut words: Vec<String> = vec![String::new()];
    let rows = session.rows();
    let cursor = match &session.place {
        Place::At(task) => task.cursor,
        _ => 0,
    };
    if let Some(QuestionRow::Label(index)) =
        rows.iter().filter(|row| !matches!(row, QuestionRow::Heading(_))).nth(cursor)
        && let Some(label) = session.question().and_then(|question| question.labels.get(*index as usize))
    {
        let title = one_line(&label.title);
        if !label.description.is_empty() {
            let about = wrap(&format!("{title}: {}", sanitize(&label.description)), width);
            let room = usize::from(inner.height).saturating_sub(2);
            let cut = about.len() > room;
            words.extend(about.into_iter().take(room));
            if let Some(last) = words.last_mut().filter(|_| cut) {
                // The whole of it stands among the keys.
                *last = fit(&format!("{}… ?", fit(last.trim_end(), width.saturating_sub(4))), width);
            }
        }
        if let Some(Err(why)) = session.figures().get(*index as usize).map(|figures| figures.alpha) {
            words.extend(wrap(&format!("α n/a: {}", why.reason()), width));
        }
    }
    if let Some(units) = session.figures().iter().map(|figures| figures.units).max() {
        words.truncate(usize::from(inner.height).saturating_sub(1));
        words.resize(usize::from(inner.height).saturating_sub(1), String::new());
        let units = crate::session::number(units as i64);
        words.push(fit(&format!("α submitted only · {units} units"), width));
    }
    put(frame, inner, words.into_iter().map(|line| Line::styled(line, theme.faint)).collect());
}
