//! Files of other tools: the dataset that was learned of them, names for their users' ids, what had to be assumed.

use std::rc::Rc;

use super::ImportRun;
use crate::exchange::{Item, Learned, ResponseRow};
use crate::jobs::JobError;
use crate::model::Dataset;
use crate::model::transfer::{DatasetSpec, FieldSpec, LabelSpec, RecordSpec, ResponseSpec};

/// How many records a report shows.
const SHOWN: usize = 3;

impl ImportRun<'_, '_> {
    /// Labels of the command line come first, in their order, with all that is said of them.
    pub(super) fn with_labels(&self, mut spec: DatasetSpec) -> DatasetSpec {
        let said = &self.import.labels;
        if let [only] = &mut spec.questions[..]
            && !said.is_empty()
        {
            let learned = std::mem::take(&mut only.labels);
            let new = |label: &LabelSpec| {
                let full = label.clone().full();
                said.iter().all(|known| known.value != full.value)
            };
            only.labels = said.iter().cloned().map(LabelSpec::Full).collect();
            only.labels.extend(learned.into_iter().filter(new));
        }
        spec
    }

    /// The dataset of the first record, with the questions that were learned.
    pub(super) fn for_learned(
        &mut self,
        record: &RecordSpec,
        (workspace, name): (&str, &str),
    ) -> Result<Rc<Dataset>, JobError> {
        let mut spec = self.learned.clone().unwrap_or_default();
        spec.workspace = Some(workspace.to_owned());
        name.clone_into(&mut spec.name);
        if spec.fields.is_empty() {
            let field = |name: &String| FieldSpec { name: name.clone(), ..FieldSpec::default() };
            spec.fields = record.fields.keys().map(field).collect();
        }
        self.check(&spec)?;
        if self.open(&spec)? {
            self.has(&spec.questions)?;
        }
        self.opened()
    }

    /// Gives users their names.
    pub(super) fn rename(&self, item: &mut Item) {
        let users = &self.import.users;
        if users.is_empty() {
            return;
        }
        let rename = |user: &mut String| {
            if let Some(name) = users.get(user) {
                user.clone_from(name);
            }
        };
        match item {
            Item::Record(record) => {
                record.responses.iter_mut().for_each(|response| rename(&mut response.user));
                record.notes.iter_mut().for_each(|note| rename(&mut note.user));
                record.adjudications.iter_mut().for_each(|adjudication| rename(&mut adjudication.user));
            }
            Item::Response(row) => rename(&mut row.response.user),
            Item::Header(_) | Item::Bad(_) => {}
        }
    }

    /// Counts what a record says, and keeps the first ones for the report.
    pub(super) fn show(&mut self, record: &RecordSpec) {
        record.responses.iter().for_each(|response| self.count(response));
        if self.import.dry_run && self.report.samples.len() < SHOWN {
            self.report.samples.push(record.clone());
        }
    }

    pub(super) fn show_row(&mut self, row: &ResponseRow) {
        self.count(&row.response);
        let shown = self.report.samples.iter_mut().find(|record| record.id.as_ref() == Some(&row.item));
        if let Some(record) = shown {
            record.responses.push(row.response.clone());
        }
    }

    fn count(&mut self, response: &ResponseSpec) {
        *self.report.statuses.entry(response.status.clone()).or_default() += 1;
    }

    /// Says what was assumed; also that users are known by id only.
    pub(super) fn assume(&mut self, learned: &Learned) {
        self.report.assumed = learned.assumed();
        let ids = self.report.users.iter().filter(|name| is_id(name)).count();
        if ids > 0 {
            let words =
                format!("{ids} annotators are known by their ids only: --map-users file.csv (id,name) names them");
            self.report.assumed.push(words);
        }
    }
}

/// A number, or a UUID.
fn is_id(name: &str) -> bool {
    let uuid = name.len() == 36 && name.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    uuid || name.chars().all(|c| c.is_ascii_digit())
}
