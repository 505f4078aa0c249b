//! Agreement as I see it: figures that move with every submit, and the page that shows them all.

use super::{Effect, Session, number};
use crate::model::{LabelAgreement, QuestionId, Resampling};
use crate::text::{one_line, pad};

/// Columns of the page's names where two datasets stand side by side.
const NAME: usize = 18;

/// Columns of one dataset's figures with and without the share of ticks.
const FIGURES: (usize, usize) = (31, 25);

/// A label's title, its figures over all records, and over those that I submitted.
pub type Row<'s> = (&'s str, &'s LabelAgreement, Option<&'s LabelAgreement>);

impl Session {
    /// New figures. Those that come right after a submit have no interval yet: the former stays until the new one is
    /// there, some seconds later at most, so that nothing flickers; unless alpha has left it.
    pub(super) fn agreed(&mut self, question: QuestionId, mut figures: Vec<LabelAgreement>) -> Vec<Effect> {
        let former = self.agreement.get(&question.0).map_or(&[][..], Vec::as_slice);
        for (figures, former) in figures.iter_mut().zip(former) {
            if let (Ok(alpha), None, Some((low, high))) = (figures.alpha, figures.interval, former.bounds())
                && (low..=high).contains(&alpha)
            {
                figures.interval = former.interval;
            }
        }
        self.agreement.insert(question.0, figures);
        Vec::new()
    }

    /// The offered labels of the active question that have figures: lowest alpha first, those without one last.
    #[must_use]
    pub fn by_alpha(&self) -> Vec<Row<'_>> {
        let (all, mine) = (self.figures(), self.my_figures());
        let mut rows: Vec<Row<'_>> = self
            .offered()
            .filter_map(|(index, label)| Some((label.title.as_str(), all.get(index)?, mine.get(index))))
            .collect();
        let rank = |row: &Row<'_>| row.1.alpha.unwrap_or(f64::INFINITY);
        rows.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        rows
    }
}

/// The page: all figures, side by side with mine where the width allows, else mine below.
pub(super) fn page(session: &Session, width: usize) -> String {
    let Resampling { resamples, seed } = Resampling::default();
    let rows = session.by_alpha();
    let mut out = format!(
        "Krippendorff's alpha of each label, lowest first: 1 is full agreement, 0 is chance. 95 % is the percentile \
         interval over records ({} resamples, seed {seed}).\n\n",
        number(i64::from(resamples))
    );
    let (with_share, without) = FIGURES;
    if width >= NAME + with_share + 2 + without {
        let share = width >= NAME + 2 * with_share + 2;
        out.push_str(&format!("{:NAME$}{}  {}\n", "", heading("α", true), heading("mine", share)));
        for (title, all, mine) in &rows {
            let mine = mine.map_or_else(String::new, |mine| figures(mine, share));
            out.push_str(&format!("{}{}  {mine}\n", pad(&one_line(title), NAME), figures(all, true)));
        }
    } else {
        let name = width.saturating_sub(with_share).max(4);
        let mut block = |heading: String, of: &dyn Fn(&Row<'_>) -> Option<String>| {
            out.push_str(&format!("{:name$}{heading}\n", ""));
            for row in &rows {
                let figures = of(row).unwrap_or_default();
                out.push_str(&format!("{}{figures}\n", pad(&one_line(row.0), name)));
            }
            out.push('\n');
        };
        block(heading("α", true), &|row| Some(figures(row.1, true)));
        block(heading("mine", true), &|row| row.2.map(|mine| figures(mine, true)));
    }
    out.push_str("\nmine: over the records that I submitted.\n");
    for (title, all, _) in &rows {
        if let Some(interval) = all.interval.filter(|interval| interval.undefined > 0) {
            let (undefined, of) = (number(i64::from(interval.undefined)), number(i64::from(interval.resamples)));
            out.push_str(&format!("{}: n/a in {undefined} of {of} resamples, which are left out.\n", one_line(title)));
        }
    }
    out
}

fn heading(alpha: &str, share: bool) -> String {
    format!("{alpha:>5} {:<10}{:>9}{}", "95 %", "records", if share { " ticks" } else { "" })
}

fn figures(found: &LabelAgreement, share: bool) -> String {
    let wide = if share { FIGURES.0 } else { FIGURES.1 };
    match found.alpha {
        Ok(alpha) => {
            let share = if share { format!("{:>6}", share_words(found)) } else { String::new() };
            let (alpha, units) = (alpha_words(alpha), number(found.units as i64));
            format!("{alpha:>5} {:<10}{units:>9}{share}", interval_words(found))
        }
        Err(why) => pad(&format!("{:>5} {}", "n/a", why.reason()), wide),
    }
}

/// `.81`, `1.00`, `-.05`.
#[must_use]
pub fn alpha_words(alpha: f64) -> String {
    let text = format!("{alpha:.2}");
    let text = if text == "-0.00" { "0.00" } else { &text };
    let short = text.strip_prefix("0.").map(|rest| format!(".{rest}"));
    short.or_else(|| text.strip_prefix("-0.").map(|rest| format!("-.{rest}"))).unwrap_or_else(|| text.to_owned())
}

/// `.31–.56`; nothing without an interval.
#[must_use]
pub fn interval_words(found: &LabelAgreement) -> String {
    let words = |(low, high)| format!("{}–{}", alpha_words(low), alpha_words(high));
    found.bounds().map_or_else(String::new, words)
}

/// Share of the answers that ticked the label: `12 %`, `0.4 %`.
fn share_words(found: &LabelAgreement) -> String {
    let percent = 100.0 * found.prevalence().unwrap_or(0.0);
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}
