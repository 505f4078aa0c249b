//! The mouse: a click answers like the key of what it hits, the wheel scrolls.

use super::panes;
use super::{Effect, Mode, Place, QuestionRow, Session};

impl Session {
    /// A click on a row of the active question puts the cursor there and ticks it, under the same fence as a key; a
    /// click on a similar record opens it.
    pub(super) fn click(&mut self, column: u16, row: u16, now: i64) -> Vec<Effect> {
        if self.mode != Mode::Annotate || !matches!(self.place, Place::At(_)) {
            return Vec::new();
        }
        let panes = panes::of(self);
        let Some(index) = panes::row_at(self, &panes, column, row) else { return Vec::new() };
        let rows = self.rows();
        if matches!(rows.get(index), None | Some(QuestionRow::Heading(_)))
            || self.fenced(super::key::Key::Char(' '), now)
        {
            return Vec::new();
        }
        let cursor = rows.iter().take(index).filter(|row| !matches!(row, QuestionRow::Heading(_))).count();
        self.fence.dropped = 0;
        if let Some(task) = self.task() {
            task.touch(now);
            task.cursor = cursor;
        }
        self.toggle_here()
    }

    /// The wheel scrolls what is on the screen.
    pub(super) fn wheel(&mut self, lines: i32) -> Vec<Effect> {
        match self.mode.clone() {
            Mode::Page(page, top) => {
                let most = i32::from(panes::last_page_line(self, page));
                self.mode = Mode::Page(page, (i32::from(top) + lines).clamp(0, most) as u16);
                Vec::new()
            }
            Mode::Annotate => self.scroll(lines),
            _ => Vec::new(),
        }
    }
}
