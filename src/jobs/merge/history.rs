//! The other file's history, added to ours: events that are here already are known by their uid.

use std::collections::BTreeMap;

use super::dataset_mapping::DatasetMapping;
use super::records::Records;
use super::run::MergeRun;
use crate::jobs::JobError;
use crate::model::{DatasetId, Entry, EventKind, RecordId, UserId};
use crate::progress::Progress;
use crate::store::{Change, HistoryEvent, NewEvent};

/// Events that are read together.
const PAGE: usize = 5_000;

impl MergeRun<'_, '_, '_> {
    /// Adds events of the merged datasets, and those that belong to none. In the words of ours, so that an undo can tell
    /// what stands.
    pub(super) fn history(
        &mut self,
        grounds: &[(DatasetMapping, Records)],
        progress: &dyn Progress,
    ) -> Result<(), JobError> {
        let same_people = self.people.iter().all(|(theirs, ours)| theirs == ours);
        let (mut last, mut left) = (0, BTreeMap::new());
        loop {
            let page = self.theirs.events_after(last, PAGE)?;
            let Some(end) = page.last() else { return self.keep_later(left) };
            last = end.seq;
            for told in page {
                if let Some(told) = self.translated(told, grounds, same_people)
                    && self.ours.add_event(&told)?
                {
                    self.report.events += 1;
                    self.report.changed = true;
                    if let (Some(record), Some(user), Some(dataset)) = (told.record, told.user, told.dataset) {
                        left.insert((record, user), (dataset, told.after));
                    }
                }
            }
            progress.at(self.done, self.total)?;
        }
    }

    /// Says what stands of the entries that the new events leave at something else: what was here was the later.
    fn keep_later(&mut self, left: BTreeMap<(RecordId, UserId), (DatasetId, Option<String>)>) -> Result<(), JobError> {
        for ((record, user), (dataset, after)) in left {
            let Some(after) = after.and_then(|text| serde_json::from_str::<Entry>(&text).ok()) else { continue };
            let stands = self.ours.entry(user, record)?;
            if stands.same_content(&Entry { adjudications: None, ..after.clone() }) {
                continue;
            }
            let json = |entry: &Entry| serde_json::to_string(entry).unwrap_or_default();
            let (before, after) = (json(&Entry { adjudications: None, ..after }), json(&stands));
            let change = Change {
                event: (self.given.uid)(),
                changeset: self.changeset.clone(),
                user: Some(user),
                at: self.given.at,
            };
            let logged = NewEvent {
                kind: EventKind::Merge,
                dataset: Some(dataset),
                record: Some(record),
                before: Some(&before),
                after: &after,
            };
            self.ours.log(&change, &logged)?;
        }
        Ok(())
    }

    /// An event as it reads here; none where it is not for us.
    fn translated(
        &self,
        told: HistoryEvent,
        grounds: &[(DatasetMapping, Records)],
        same_people: bool,
    ) -> Option<HistoryEvent> {
        if told.kind == EventKind::Pack {
            // How the other file came about is nothing that happened here.
            return None;
        }
        let user = told.user.and_then(|user| self.people.get(&user)).copied();
        if self.merge.only.is_some() && user.is_none() {
            return None;
        }
        let Some(dataset) = told.dataset else {
            let known = self.merge.only.is_none() && (user.is_some() || told.user.is_none());
            return known.then_some(HistoryEvent { user, ..told });
        };
        let (ground, records) = grounds.iter().find(|(ground, _)| ground.theirs.id == dataset)?;
        let record = match told.record {
            None => None,
            Some(record) => Some(*records.get(&record)?),
        };
        let here = |text: Option<String>| {
            let text = text?;
            if record.is_none() || (ground.is_plain() && same_people) {
                return Some(text);
            }
            Some(self.entry(ground, &text).unwrap_or(text))
        };
        Some(HistoryEvent {
            user,
            dataset: Some(ground.ours.id),
            record,
            before: here(told.before),
            after: here(told.after),
            ..told
        })
    }

    /// An entry of the history in our words; none where it is something else.
    fn entry(&self, ground: &DatasetMapping, text: &str) -> Option<String> {
        let mut entry: Entry = serde_json::from_str(text).ok()?;
        ground.entry(&mut entry);
        if let Some(adjudications) = entry.adjudications.take() {
            let here = adjudications.into_iter().filter_map(|(question, mut adjudication)| {
                adjudication.value = ground.value(question, adjudication.value);
                adjudication.user = *self.people.get(&adjudication.user)?;
                Some((ground.question(question)?, adjudication))
            });
            entry.adjudications = Some(here.collect());
        }
        serde_json::to_string(&entry).ok()
    }
}
