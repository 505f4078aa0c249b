//! A page over the record.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Theme, put, rule};
use crate::session::{Page, Session, page_lines, page_title};

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>, page: Page, top: u16) {
    let (columns, rows) = session.size;
    let title = rule(page_title(page), columns);
    put(frame, Rect::new(0, 1, columns, 1), vec![Line::styled(title, theme.faint)]);
    let lines = page_lines(session, page, usize::from(columns.saturating_sub(4)));
    let shown = lines.into_iter().skip(usize::from(top)).map(Line::raw).collect();
    put(frame, Rect::new(2, 2, columns.saturating_sub(4), rows.saturating_sub(4)), shown);
}
