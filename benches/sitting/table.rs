//! The table that is printed: a figure a row, with its peer.

use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

/// Figures in the order they were taken.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 6]>,
    notes: Vec<String>,
}

impl Table {
    /// Times of one thing, and of its peer taken in alternation; the ratio is that of the medians.
    pub(crate) fn times(&mut self, what: &str, mut times: Vec<Duration>, peer: Option<(&str, Vec<Duration>)>) {
        times.sort();
        let ratio = peer.map(|(name, mut peer)| {
            peer.sort();
            let ratio = at(&times, 50).as_secs_f64() / at(&peer, 50).as_secs_f64();
            (format!("{ratio:.2}×"), format!("{name} ({} … {})", short(at(&peer, 50)), short(at(&peer, 100))))
        });
        let (ratio, peer) = ratio.unwrap_or_default();
        let figures = [at(&times, 0), at(&times, 50), at(&times, 100)].map(short);
        let [least, median, most] = figures;
        self.rows.push([what.to_owned(), least, median, most, ratio, peer]);
    }

    /// Counts of one thing.
    pub(crate) fn counts(&mut self, what: &str, mut counts: Vec<usize>) {
        counts.sort_unstable();
        let pick = |percent: usize| counts.get((counts.len().saturating_sub(1)) * percent / 100).copied().unwrap_or(0);
        let [least, median, most] = [0, 50, 100].map(|percent| pick(percent).to_string());
        self.rows.push([what.to_owned(), least, median, most, String::new(), String::new()]);
    }

    /// Something that is no figure of the table.
    pub(crate) fn note(&mut self, words: impl Into<String>) {
        self.notes.push(words.into());
    }
}

/// A percentile of sorted times: the nearest rank.
pub(crate) fn at(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

/// In µs or ms, as a person reads it.
pub(crate) fn short(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1_000.0 { format!("{micros:.0} µs") } else { format!("{:.2} ms", micros / 1_000.0) }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let heads = ["figure", "min", "median", "max", "ratio", "peer (median … max)"].map(String::from);
        let rows: Vec<&[String; 6]> = std::iter::once(&heads).chain(&self.rows).collect();
        let wide = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..6).map(wide).collect();
        for row in rows {
            write!(out, "{:<w$}", row[0], w = widths[0])?;
            for column in 1..5 {
                write!(out, "  {:>w$}", row[column], w = widths[column])?;
            }
            writeln!(out, "  {}", row[5])?;
        }
        self.notes.iter().try_for_each(|note| writeln!(out, "{note}"))
    }
}
