//! A question before the session.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Theme, clean, put, rule};
use crate::session::choice::Choice;
use crate::text::{end_of, fit, one_line, sanitize, wrap};

/// Draws a choice on the whole screen.
pub fn draw_choice(choice: &Choice, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let width = usize::from(area.width.saturating_sub(4));
    let mut lines = vec![Line::styled(rule("labelry", area.width), theme.faint), Line::default()];
    for words in &choice.words {
        lines.extend(wrap(&sanitize(words), width).into_iter().map(|line| Line::raw(format!("  {line}"))));
    }
    lines.push(Line::default());
    let high = usize::from(area.height).saturating_sub(lines.len() + 2).max(1);
    let first = (choice.cursor + 1).saturating_sub(high);
    for (at, row) in choice.rows.iter().enumerate().skip(first).take(high) {
        let key = if at < 9 { (at + 1).to_string() } else { String::from(" ") };
        let style = if at == choice.cursor { theme.cursor } else { ratatui::style::Style::new() };
        let row = fit(&one_line(row), width.saturating_sub(2));
        lines.push(Line::from(vec![Span::raw(format!("  {key} ")), Span::styled(row, style)]));
    }
    if choice.rows.is_empty() {
        let text = one_line(&choice.text);
        let text = end_of(&text, width.saturating_sub(3));
        lines.push(Line::from(vec![Span::raw(format!("  > {text}")), Span::styled(" ", theme.cursor)]));
    }
    put(frame, area, lines);
    let hints = if choice.rows.is_empty() {
        " Enter takes it · Esc leaves"
    } else {
        " Enter or a digit chooses · ↑ ↓ · Esc leaves"
    };
    let last = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
    put(frame, last, vec![Line::styled(fit(hints, usize::from(area.width)), theme.faint)]);
    clean(frame);
}
