//! A list that is narrowed down by typing.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Theme, put, questions, record, rule};
use crate::session::{Listed, Menu, Session, panes};
use crate::text::{Cells, end_of, fit, one_line};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, menu: &Menu) {
    let panes = panes::of(session);
    let (columns, rows) = session.size;
    // Labels are found beside the text they are for; the other lists take the page.
    let beside = menu.what == Listed::Labels && panes.labels.x > 0;
    let area = if beside {
        record::draw(session, theme, frame, &panes);
        questions::fence(theme, frame, &panes);
        let x = panes.labels.x + 2;
        Rect::new(x, panes.labels.y, columns - x, panes.description.bottom().saturating_sub(panes.labels.y))
    } else {
        Rect::new(0, 1, columns, rows.saturating_sub(3))
    };
    let width = usize::from(area.width);
    let title = match menu.what {
        Listed::Labels => "find a label",
        Listed::Queues => "which records come up",
        Listed::Commands => "go to a record, or a command",
    };
    let head = if beside {
        Line::styled(fit(title, width), theme.faint)
    } else {
        Line::styled(rule(title, area.width), theme.faint)
    };
    let typed = one_line(&menu.typed);
    let typed = end_of(&typed, width.saturating_sub(4));
    let line = Line::from(vec![Span::raw(format!(" > {typed}")), Span::styled(" ", theme.cursor)]);
    let mut lines = vec![head, line];
    let items = session.items(menu);
    let high = usize::from(area.height).saturating_sub(2).max(1);
    let first = (menu.cursor + 1).saturating_sub(high);
    for (at, item) in items.iter().enumerate().skip(first).take(high) {
        let style = if at == menu.cursor { theme.cursor } else { Style::new() };
        let detail = fit(&one_line(&item.detail), width / 3);
        let words = fit(&one_line(&item.words), width.saturating_sub(detail.cells() + 4));
        let pad = width.saturating_sub(words.cells() + detail.cells() + 3);
        let pad = if beside { pad } else { pad.min(64usize.saturating_sub(words.cells()).max(1)) };
        lines.push(Line::from(vec![
            Span::raw(" "),
            Span::styled(words, style),
            Span::raw(" ".repeat(pad)),
            Span::styled(detail, theme.faint),
        ]));
    }
    if items.is_empty() {
        lines.push(Line::styled(fit("  nothing like it", width), theme.faint));
    }
    put(frame, area, lines);
}
