//! Rows in which terminals may count otherwise than the picture does are drawn whole, so that a wrong guess costs a
//! gap and nothing of a former picture stays.

use std::collections::BTreeSet;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};

use crate::text::cells::{Surety, cells_of, holdable, surety};

/// Draws what changed; but a row that holds or held anything disputed is erased and drawn anew as a whole when any
/// of it changes. In such a row the cursor is set anew behind all that is disputed.
pub struct WholeRows<B> {
    to: B,
    /// What the terminal shows, as far as it was drawn.
    shown: Vec<Vec<Cell>>,
}

impl<B: Backend> WholeRows<B> {
    /// Draws to this backend, whose screen is empty.
    pub const fn new(to: B) -> Self {
        Self { to, shown: Vec::new() }
    }

    /// Takes over a cell that changed.
    fn note(&mut self, x: u16, y: u16, cell: &Cell) {
        let (x, y) = (usize::from(x), usize::from(y));
        if self.shown.len() <= y {
            self.shown.resize_with(y + 1, Vec::new);
        }
        let row = &mut self.shown[y];
        // As far as the picture says: a widget of another measure may have put the next letter nearer.
        let before = row.get(x).map_or(1, CellWidth::cell_width);
        let end = x + usize::from(cell.cell_width().max(before).max(1));
        if row.len() < end {
            row.resize(end, Cell::EMPTY);
        }
        row[x] = cell.clone();
        row[x + 1..end].fill(Cell::EMPTY);
    }

    fn is_unsure(&self, y: u16) -> bool {
        let row = self.shown.get(usize::from(y));
        row.is_some_and(|row| row.iter().any(|cell| cell.symbol().len() > 1 && surety(cell.symbol()) != Surety::Sure))
    }
}

/// A row's cells in the order in which they are drawn: stretches from right to left, each up to what is disputed.
/// So none begins where the cursor is believed to stand, and the backend sets it.
fn stretches(row: &[Cell], y: u16) -> Vec<(u16, u16, Cell)> {
    let mut all: Vec<Vec<(u16, u16, Cell)>> = vec![Vec::new()];
    let mut before = Surety::Sure;
    let mut x = 0;
    while let Some(cell) = row.get(x) {
        let sure = surety(cell.symbol());
        // What is ambiguous comes in words at times: the cursor is set where they end.
        if before == Surety::Disputed || before == Surety::Ambiguous && sure != before {
            all.push(Vec::new());
        }
        before = sure;
        let free = row[x + 1..].iter().take_while(|next| next.symbol() == " ").count();
        let wide = cells_of(cell.symbol()).min(1 + free);
        let mut at = x;
        for (nth, part) in holdable(cell.symbol()).into_iter().enumerate() {
            if nth > 0 {
                all.push(Vec::new());
            }
            if let Some(stretch) = all.last_mut() {
                let mut one = cell.clone();
                set(&mut one, part);
                stretch.push((at as u16, y, one));
            }
            at += cells_of(part);
        }
        if sure == Surety::Disputed && wide > 1 {
            // Where the terminal needs fewer cells the gap has the colours of the text.
            let mut blank = cell.clone();
            set(&mut blank, " ");
            all.push((x + 1..x + wide).map(|x| (x as u16, y, blank.clone())).collect());
        }
        x += wide;
    }
    let blank = |cell: &Cell| cell.symbol() == " " && cell.style() == Cell::EMPTY.style();
    all.into_iter().rev().flatten().filter(|(_, _, cell)| !blank(cell)).collect()
}

/// What was drawn has been looked at: it is harmless in parts, too.
#[expect(clippy::disallowed_methods, reason = "a part of what is clean is clean")]
fn set(cell: &mut Cell, symbol: &str) {
    cell.set_symbol(symbol);
}

impl<B: Backend> Backend for WholeRows<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let content: Vec<_> = content.collect();
        let touched: BTreeSet<u16> = content.iter().map(|(_, y, _)| *y).collect();
        let mut whole: BTreeSet<u16> = touched.iter().copied().filter(|y| self.is_unsure(*y)).collect();
        for (x, y, cell) in &content {
            self.note(*x, *y, cell);
        }
        whole.extend(touched.into_iter().filter(|y| self.is_unsure(*y)));
        let rows = whole.iter().map(|y| stretches(&self.shown[usize::from(*y)], *y));
        let rows: Vec<(u16, u16, Cell)> = rows.flatten().collect();
        for y in &whole {
            self.to.set_cursor_position(Position::new(0, *y))?;
            self.to.clear_region(ClearType::CurrentLine)?;
        }
        let changed = content.into_iter().filter(|(_, y, _)| !whole.contains(y));
        self.to.draw(changed.chain(rows.iter().map(|(x, y, cell)| (*x, *y, cell))))
    }

    fn append_lines(&mut self, n: u16) -> Result<(), B::Error> {
        self.to.append_lines(n)
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.to.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.to.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.to.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.to.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.clear_region(ClearType::All)
    }

    /// Only the whole screen is ever cleared; what was shown is forgotten.
    fn clear_region(&mut self, region: ClearType) -> Result<(), B::Error> {
        self.shown.clear();
        self.to.clear_region(region)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.to.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.to.window_size()
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::{Backend, TestBackend};
    use ratatui::buffer::Cell;

    use super::{WholeRows, stretches};

    #[test]
    fn what_another_measure_put_side_by_side_is_drawn_all_the_same() {
        let mut rows = WholeRows::new(TestBackend::new(10, 1));
        let cells = ["👍🏽", "b", "ل", "ا"].map(Cell::new);
        rows.draw(cells.iter().zip([0, 2, 3, 4]).map(|(cell, x)| (x, 0, cell))).unwrap();
        rows.draw([(0, 0, &Cell::new("👎🏽"))].into_iter()).unwrap();
        let drawn: Vec<(u16, String)> =
            stretches(&rows.shown[0], 0).into_iter().map(|(x, _, cell)| (x, cell.symbol().to_owned())).collect();
        // From right to left, each stretch as far as what is disputed.
        assert_eq!(drawn, [(4, "ا"), (2, "b"), (3, "ل"), (0, "👎🏽")].map(|(x, text)| (x, text.to_owned())));
    }
}
