//! Geometry: a pure function of size, shared by view, paging and mouse.

use ratatui::layout::Rect;

use super::{Page, Place, QuestionRow, Session};
use crate::model::QuestionKind;
use crate::text;

/// Smallest terminal that is drawn.
pub const SMALLEST: (u16, u16) = (40, 10);

/// Where everything stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    /// Who, where, how far.
    pub header: Rect,
    /// The record's text.
    pub text: Rect,
    /// One line of metadata below it.
    pub meta: Rect,
    /// The questions: right of the text, or below it.
    pub labels: Rect,
    /// Columns of labels side by side when they stand below the text; 1 when right of it.
    pub across: u16,
    /// Description of the label at the cursor.
    pub description: Rect,
    /// Similar records: a rule and rows, or one row.
    pub similar: Rect,
    /// Agreement, where there is room for it.
    pub agreement: Rect,
    /// Messages: the last row but one, or the last where hints have no room.
    pub status: Rect,
    /// Keys: the last row.
    pub hints: Rect,
}

/// What the questions need: rows of the active one, and lines for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Rows of the active question, headings included.
    pub rows: u16,
    /// Other questions, a line each.
    pub others: u16,
}

/// Most rows of the active question that stand right of the text where the terminal is not wide.
const SIDE_BY_SIDE: u16 = 11;

/// Rows to write a text in.
const WRITING: u16 = 8;

/// The panes of a terminal of this size.
#[must_use]
pub fn panes(columns: u16, rows: u16, needs: Needs) -> Panes {
    let hints = u16::from(rows >= 12);
    let bottom = rows.saturating_sub(1 + hints);
    let wide = columns >= 110;
    let beside = columns >= 70 && needs.rows <= if wide { bottom.saturating_sub(12) } else { SIDE_BY_SIDE };
    let below = match (beside, rows) {
        (false, 36..) if columns >= 70 => 8,
        (false, 20..) if columns >= 70 => 1,
        (false, _) | (true, ..20) => 0,
        (true, 48..) => 12,
        (true, 38..) => 9,
        (true, 36..) => 8,
        (true, 24..) => 6,
        (true, _) => rows - 18,
    };
    let main = bottom.saturating_sub(1 + below);
    let (text, right, across) = if beside { side(columns, main, wide) } else { under(columns, main, needs) };
    let list = if beside { (needs.rows + needs.others + 1).min(right.height) } else { right.height };
    let row = |y: u16, height: u16| Rect::new(0, y.min(rows), columns, height.min(rows.saturating_sub(y)));
    let lower = row(1 + main, below);
    let half = columns / 2 + 4;
    let with_agreement = wide && below > 1;
    let similar = if with_agreement { Rect { width: half, ..lower } } else { lower };
    Panes {
        header: row(0, 1),
        text,
        meta: Rect::new(1, text.bottom(), text.width, u16::from(text.bottom() < bottom)),
        labels: Rect { height: list, ..right },
        across,
        description: Rect::new(right.x, right.y + list, right.width, right.height - list),
        similar,
        agreement: if with_agreement { Rect { x: half + 1, width: columns - half - 1, ..lower } } else { Rect::ZERO },
        status: row(bottom, 1),
        hints: row(bottom + 1, hints),
    }
}

/// Text left, questions right.
fn side(columns: u16, main: u16, wide: bool) -> (Rect, Rect, u16) {
    let side = if wide { 52 } else { 31 };
    (Rect::new(1, 1, columns - side - 2, main.saturating_sub(1)), Rect::new(columns - side, 1, side, main), 1)
}

/// Questions below the text, side by side in columns of at most ten rows, with "none of these" in a line of its own.
/// Three rows of text stay, whatever the labels need: more labels scroll.
fn under(columns: u16, main: u16, needs: Needs) -> (Rect, Rect, u16) {
    let across = if columns >= 52 { (columns / 26).min(6) } else { (columns / 20).max(1) };
    let rows = needs.rows.div_ceil(across).min(10).max(needs.rows.min(3));
    let list = (rows + needs.others + 2).min(main.saturating_sub(5)).max(3);
    let top = main.saturating_sub(list + 1);
    (Rect::new(1, 1, columns.saturating_sub(2), top), Rect::new(0, 1 + top + 1, columns, list), across)
}

/// The panes of a session as it stands.
#[must_use]
pub fn of(session: &Session) -> Panes {
    let rows = match session.question().map(|question| question.kind) {
        Some(QuestionKind::Text) => WRITING,
        _ => (session.rows().len() as u16).max(1),
    };
    let needs = Needs { rows, others: session.dataset.questions.len().saturating_sub(1) as u16 };
    panes(session.size.0, session.size.1, needs)
}

/// Which rows of the active question are shown: the first one, how many below each other, and in how many columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisibleRows {
    /// Index of the first row.
    pub first: usize,
    /// Rows of a column.
    pub high: usize,
    /// Columns.
    pub across: usize,
    /// How many rows there are to show; a "none of these" that has its own line is not among them.
    pub count: usize,
}

/// The rows that are shown. They run down each column; where they do not all fit, the page with the cursor is shown.
#[must_use]
pub fn shown(session: &Session, panes: &Panes) -> VisibleRows {
    let across = usize::from(panes.across);
    let others = session.dataset.questions.len().saturating_sub(1);
    let rows = session.rows();
    let under = panes.labels.x == 0;
    let own_line = under && rows.last() == Some(&QuestionRow::None);
    let count = rows.len() - usize::from(own_line);
    let high = usize::from(panes.labels.height).saturating_sub(1 + others + usize::from(own_line)).max(1);
    let cursor = cursor_row(session, &rows).min(count.saturating_sub(1));
    let page = high * across;
    let first = match count <= page {
        true => 0,
        false if across > 1 => cursor / page * page,
        false => cursor.saturating_sub(high - 1),
    };
    VisibleRows { first, high, across, count }
}

/// The index of the active question's row at a place of the screen.
#[must_use]
pub fn row_at(session: &Session, panes: &Panes, column: u16, row: u16) -> Option<usize> {
    let area = panes.labels;
    let top = area.y + session.question as u16 + 1;
    let shown = shown(session, panes);
    let (x, y) = (column.checked_sub(area.x)?, usize::from(row.checked_sub(top)?));
    if y == shown.high && shown.count < session.rows().len() {
        return Some(shown.count);
    }
    let wide = (area.width / shown.across as u16).max(1);
    let index = shown.first + usize::from(x / wide) * shown.high + y;
    (column < area.right() && y < shown.high && index < shown.count).then_some(index)
}

/// The row at which the cursor stands, headings counted.
fn cursor_row(session: &Session, rows: &[QuestionRow]) -> usize {
    let Place::At(task) = &session.place else { return 0 };
    let mut answers = rows.iter().enumerate().filter(|(_, row)| !matches!(row, QuestionRow::Heading(_)));
    answers.nth(task.cursor).map_or(0, |(at, _)| at)
}

/// The lines of the record's text in a width, sanitized and wrapped; a field's title stands above it where there
/// are several. The flag marks those titles.
#[must_use]
pub fn lines(session: &Session, width: u16) -> Vec<(String, bool)> {
    let Place::At(task) = &session.place else {
        return Vec::new();
    };
    let fields: Vec<_> = task.record.fields.iter().filter(|(_, text)| !text.is_empty()).collect();
    // On a low screen every row is needed for the text: titles stand before it, without gaps.
    let low = session.size.1 < 16;
    let mut lines = Vec::new();
    for (name, value) in &fields {
        let field = session.dataset.fields.iter().find(|field| field.name == *name);
        let title = text::one_line(field.map_or(name.as_str(), |field| field.title.as_str()));
        let titled = fields.len() > 1;
        if titled && !low {
            lines.push((text::fit(&title, usize::from(width)), true));
        }
        if field.is_some_and(|field| field.kind == "markdown") {
            lines.extend(text::markdown::render(value, usize::from(width)));
        } else {
            let clean = text::sanitize(value);
            let whole = if titled && low { format!("{title}: {clean}") } else { clean };
            lines.extend(text::wrap(&whole, usize::from(width)).into_iter().map(|line| (line, false)));
        }
        if titled && !low {
            lines.push((String::new(), false));
        }
    }
    while lines.last().is_some_and(|(line, _)| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// How far the text can be scrolled.
#[must_use]
pub fn last_scroll(session: &Session) -> u16 {
    let text = of(session).text;
    let lines = u16::try_from(lines(session, text.width).len()).unwrap_or(u16::MAX);
    lines.saturating_sub(text.height)
}

/// How far a page can be scrolled.
#[must_use]
pub fn last_page_line(session: &Session, page: Page) -> u16 {
    let (columns, rows) = session.size;
    let lines = super::page_lines(session, page, usize::from(columns.saturating_sub(4))).len();
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(rows.saturating_sub(4))
}

/// Rows of the agreement board's table that fit on the screen, below title, policy, figures and heading.
#[must_use]
pub fn board_rows(size: (u16, u16)) -> usize {
    // Where there is room the row under the cursor is told in full below.
    list_rows(size).saturating_sub(2 + board_figures(size) + usize::from(board_tells(size))).max(1)
}

/// Rows of the board for the figures over all labels.
#[must_use]
pub fn board_figures(size: (u16, u16)) -> usize {
    if size.1 < 16 { 1 } else { 3 }
}

/// Whether a line of the board tells in full what others gave instead of the label under the cursor.
#[must_use]
pub fn board_tells(size: (u16, u16)) -> bool {
    size.1 >= 16
}

/// Rows of a list.
#[must_use]
pub fn list_rows(size: (u16, u16)) -> usize {
    usize::from(size.1.saturating_sub(4)).max(1)
}
