//! Agreement as I see it: figures that move with every submit, and how they are written.

use super::{Effect, Session};
use crate::model::{LabelAgreement, QuestionId};
use crate::text::decimals;

/// A label's title, its figures over all records, and over those that I submitted.
pub type AgreementRow<'s> = (&'s str, &'s LabelAgreement, Option<&'s LabelAgreement>);

impl Session {
    /// New figures. Those that come right after a submit have no interval yet: the former stays until the new one is
    /// there, some seconds later at most, so that nothing flickers; unless alpha has left it.
    pub(super) fn agreed(&mut self, question: QuestionId, mut figures: Vec<LabelAgreement>) -> Vec<Effect> {
        let former = self.agreement.get(&question).map_or(&[][..], Vec::as_slice);
        for (figures, former) in figures.iter_mut().zip(former) {
            let stays = match (figures.alpha, former.bounds()) {
                (Ok(alpha), Some((low, high))) => (low..=high).contains(&alpha),
                (Ok(_), None) => former.few_words().is_some(),
                _ => false,
            };
            if figures.interval.is_none() && stays {
                figures.interval = former.interval;
            }
        }
        self.agreement.insert(question, figures);
        Vec::new()
    }

    /// The offered labels of the active question that have figures: lowest alpha first, those without one last.
    #[must_use]
    pub fn by_alpha(&self) -> Vec<AgreementRow<'_>> {
        let (all, mine) = (self.figures(), self.my_figures());
        let mut rows: Vec<AgreementRow<'_>> = self
            .offered()
            .filter_map(|(index, label)| Some((label.title.as_str(), all.get(index)?, mine.get(index))))
            .collect();
        let rank = |row: &AgreementRow<'_>| row.1.alpha.unwrap_or(f64::INFINITY);
        rows.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        rows
    }
}

/// `.81`, `1.00`, `-.05`.
#[must_use]
pub fn alpha_words(alpha: f64) -> String {
    let text = decimals(alpha, 2);
    let short = text.strip_prefix("0.").map(|rest| format!(".{rest}"));
    short.or_else(|| text.strip_prefix("-0.").map(|rest| format!("-.{rest}"))).unwrap_or_else(|| text.clone())
}

/// `.31–.56`, or `few ticks`; nothing without an interval.
#[must_use]
pub fn interval_words(found: &LabelAgreement) -> String {
    let words = |(low, high)| format!("{}–{}", alpha_words(low), alpha_words(high));
    found.bounds().map_or_else(|| found.few_words().unwrap_or_default().to_owned(), words)
}
