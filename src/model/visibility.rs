//! What somebody may see of others in a dataset: the one rule that commands, screens and every query ask.
//!
//! Whoever may not see others' answers sees them on a record once they have submitted it; seen once is seen, an undo
//! included. Of whole datasets they see figures of agreement from [`FEWEST`] records on, and whatever narrows those down
//! (a query, a person, a time, the records behind a figure) counts only records that they have submitted. Suggestions
//! that are hidden go the same way, record by record.

use super::rights::{Permission, may};
use super::{Dataset, Entry, Findings, Hide, LabelAgreement, Policy, Status, Undefined, User};

/// From how many records with two answers on figures of a whole dataset are shown to who may not see others' answers:
/// of fewer ones a figure before and after an answer would tell that answer.
pub const FEWEST: u64 = 20;

/// What is said where only records count that somebody submitted.
pub const ONLY_MINE: &str = "others' answers are hidden from you here: only records that you submitted count";

/// What somebody may see before their own submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Others' answers.
    pub others: bool,
    /// Suggestions.
    pub suggestions: bool,
}

impl Sight {
    /// Everything.
    pub const ALL: Self = Self { others: true, suggestions: true };

    /// Of somebody who asks; nobody known sees no more than an annotator.
    #[must_use]
    pub fn of(viewer: Option<&User>, dataset: &Dataset) -> Self {
        let hidden = Self::labelling(dataset);
        let may = |action, shown| viewer.map_or(shown, |user| may(user, action, Some(dataset)));
        Self {
            others: may(Permission::ReadOthers, hidden.others),
            suggestions: may(Permission::ReadSuggestions, hidden.suggestions),
        }
    }

    /// Of whoever labels, whatever their role: nobody is shown others' work on the record they are at.
    #[must_use]
    pub fn labelling(dataset: &Dataset) -> Self {
        Self {
            others: !matches!(dataset.hide, Hide::Others | Hide::Both),
            suggestions: !matches!(dataset.hide, Hide::Suggestions | Hide::Both),
        }
    }

    /// Others' answers to a record of which they hold this.
    #[must_use]
    pub fn others_on(self, mine: Option<&Entry>) -> bool {
        let seen = |mine: &Entry| mine.status() == Some(Status::Submitted) || mine.seen.others;
        self.others || mine.is_some_and(seen)
    }

    /// Suggestions for a record of which they hold this.
    #[must_use]
    pub fn suggestions_on(self, mine: Option<&Entry>) -> bool {
        let seen = |mine: &Entry| mine.status() == Some(Status::Submitted) || !mine.seen.agents.is_empty();
        self.suggestions || mine.is_some_and(seen)
    }

    /// Whether only records count that they submitted: under any policy but the default one, and of some records only.
    #[must_use]
    pub fn narrows(self, policy: &Policy, some_records: bool) -> bool {
        !self.others && (some_records || !policy.is_default())
    }

    /// Figures of a whole dataset as far as they are shown, without any that are about single people.
    #[must_use]
    pub fn whole(self, found: Findings) -> Findings {
        if self.others {
            return found;
        }
        let labels = self.labels(found.labels);
        if found.units >= FEWEST {
            return Findings { labels, pairs: Vec::new(), people: Vec::new(), ..found };
        }
        let mut overall = found.overall;
        for (_, figure) in &mut overall {
            (figure.value, figure.interval) = (Err(Undefined::TooFew), None);
        }
        Findings {
            units: 0,
            values: 0,
            overall,
            labels,
            pairs: Vec::new(),
            people: Vec::new(),
            narrowed: crate::model::Narrowed::default(),
        }
    }

    /// The same of labels.
    #[must_use]
    pub fn labels(self, found: Vec<LabelAgreement>) -> Vec<LabelAgreement> {
        let shown = |label: LabelAgreement| {
            if self.others || label.units >= FEWEST { label } else { LabelAgreement::too_few() }
        };
        found.into_iter().map(shown).collect()
    }
}

impl LabelAgreement {
    /// Nothing is told.
    fn too_few() -> Self {
        Self { alpha: Err(Undefined::TooFew), units: 0, values: 0, positives: 0, percent: None, interval: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{FEWEST, Sight};
    use crate::model::{Dataset, Entry, Findings, Hide, LabelAgreement, Policy, Role, Seen, Undefined, User, UserId};

    fn user(role: Role) -> User {
        let (name, workspaces) = (String::from("ana"), Vec::new());
        let uid = crate::model::Uid(String::from("u"));
        User { id: UserId(1), uid, name, role, login: None, workspaces, disabled: false }
    }

    #[test]
    fn each_role_sees_what_the_dataset_shows_it() {
        let hides = [Hide::None, Hide::Others, Hide::Suggestions, Hide::Both];
        let sees = |viewer: Option<&User>| {
            hides.map(|hide| {
                let dataset = Dataset { hide, ..Dataset::bare("w", "d") };
                let Sight { others, suggestions } = Sight::of(viewer, &dataset);
                (others, suggestions)
            })
        };
        let all = [(true, true); 4];
        assert_eq!(sees(Some(&user(Role::Owner))), all);
        assert_eq!(sees(Some(&user(Role::Admin))), all);
        let shown = [(true, true), (false, true), (true, false), (false, false)];
        assert_eq!(sees(Some(&user(Role::Annotator))), shown);
        assert_eq!(sees(None), shown, "a stranger");
    }

    #[test]
    fn what_was_seen_once_stays_seen() {
        let blind = Sight { others: false, suggestions: false };
        assert!(!blind.others_on(None) && !blind.suggestions_on(Some(&Entry::default())));
        let seen = Seen { others: true, agents: [String::from("setfit")].into() };
        let undone = Entry { seen, ..Entry::default() };
        assert!(blind.others_on(Some(&undone)) && blind.suggestions_on(Some(&undone)));
    }

    #[test]
    fn figures_of_fewer_records_than_that_tell_nothing() {
        let label = |units| LabelAgreement {
            alpha: Ok(0.5),
            units,
            values: 2 * units,
            positives: 3,
            percent: Some(0.7),
            interval: None,
        };
        let found = |units| Findings {
            narrowed: crate::model::Narrowed::default(),
            units,
            values: 2 * units,
            overall: Vec::new(),
            labels: vec![label(units), label(3)],
            pairs: Vec::new(),
            people: Vec::new(),
        };
        let blind = Sight { others: false, suggestions: true };
        let few = blind.whole(found(FEWEST - 1));
        assert_eq!((few.units, few.values, few.labels[0].positives), (0, 0, 0));
        assert_eq!(few.labels[0].alpha, Err(Undefined::TooFew));
        let many = blind.whole(found(FEWEST));
        assert_eq!((many.units, many.labels[0].alpha), (FEWEST, Ok(0.5)));
        assert_eq!(many.labels[1].alpha, Err(Undefined::TooFew), "a label that was offered on few records");
        assert_eq!(Sight::ALL.whole(found(3)), found(3));
    }

    #[test]
    fn whatever_narrows_the_records_down_counts_those_one_submitted() {
        let blind = Sight { others: false, suggestions: true };
        let (plain, unassisted) = (Policy::default(), Policy { unassisted: true, ..Policy::default() });
        assert!(!blind.narrows(&plain, false) && blind.narrows(&plain, true) && blind.narrows(&unassisted, false));
        assert!(!Sight::ALL.narrows(&unassisted, true));
    }
}
