//! Records page by page, with everything that hangs on them: all of a dataset, or those of a queue in its order.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::ExportSelection;
use crate::exchange::out::Target;
use crate::jobs::JobError;
use crate::model::transfer::{AdjudicationSpec, SuggestionSpec};
use crate::model::{
    Adjudication, AnswerParts, Dataset, Person, QuestionId, Queue, Record, RecordId, Suggested, Timestamp, UserId,
    Whole, WholeParts,
};
use crate::store::{Store, VectorsByRecord};

/// A record with what people and agents gave, as far as it is written.
pub(super) struct Full {
    pub record: Record,
    /// Keys that this version does not know.
    pub extra: Map<String, Value>,
    /// What people hold, by name.
    pub people: Vec<(String, Person)>,
    /// By question.
    pub adjudications: Vec<AdjudicationSpec>,
    /// By question and agent.
    pub suggestions: Vec<SuggestionSpec>,
    /// By name.
    pub vectors: Vec<(String, Vec<f32>)>,
}

/// Records in a page.
pub(super) const PAGE: usize = 512;

/// What is read of records for an export: what its format writes, or counts as left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExportParts {
    pub whole: WholeParts<'static>,
    pub vectors: VectorParts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VectorParts {
    None,
    /// Their names, with empty vectors: to be counted.
    Names,
    Values,
}

impl ExportParts {
    /// What a format with records needs.
    pub(super) fn of(target: Target) -> Self {
        let vectors = if target.holds_vectors() { VectorParts::Values } else { VectorParts::Names };
        Self { whole: WholeParts::ALL, vectors }
    }

    /// Who holds anything, and metadata.
    pub(super) fn columns() -> Self {
        let (answers, suggestions, adjudications) = (AnswerParts::None, false, false);
        let whole = WholeParts { answers, suggestions, adjudications, ..WholeParts::ALL };
        Self { whole, vectors: VectorParts::None }
    }

    /// The answers to one question.
    pub(super) fn training(question: QuestionId, adjudications: bool) -> Self {
        let (answers, marks, suggestions) = (AnswerParts::One(question), false, false);
        let whole = WholeParts { answers, marks, suggestions, adjudications, people: None };
        Self { whole, vectors: VectorParts::None }
    }
}

pub(super) struct Pages<'a> {
    dataset: &'a Dataset,
    wanted: &'a ExportSelection,
    parts: ExportParts,
    names: HashMap<UserId, String>,
    after: i64,
    /// The records of a queue, those to come.
    queue: Option<std::vec::IntoIter<RecordId>>,
    total: u64,
}

impl<'a> Pages<'a> {
    pub(super) fn of(
        store: &mut dyn Store,
        dataset: &'a Dataset,
        wanted: &'a ExportSelection,
        parts: ExportParts,
    ) -> Result<Self, JobError> {
        let queue = match &wanted.queue {
            Some((Queue::All, _)) | None => None,
            Some((queue, user)) => {
                Some(store.queue_records(dataset.id, *user, queue, None, i64::MAX as usize)?.into_iter())
            }
        };
        let total = match &queue {
            Some(records) => records.len() as u64,
            None => store.counts(dataset.id, UserId(0))?.records as u64,
        };
        let names = store.users()?.into_iter().map(|user| (user.id, user.name)).collect();
        Ok(Self { dataset, wanted, parts, names, after: 0, queue, total })
    }

    /// How many records there are.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The next page; none after the last.
    pub(super) fn next(&mut self, store: &mut dyn Store) -> Result<Option<Vec<Full>>, JobError> {
        let page = match &mut self.queue {
            Some(queue) => {
                let ids: Vec<RecordId> = queue.by_ref().take(PAGE).collect();
                let mut sorted = ids.clone();
                sorted.sort_unstable();
                let whole = store.whole_parts(self.dataset.id, &sorted, self.parts.whole)?;
                let mut whole: BTreeMap<RecordId, Whole> = whole.into_iter().map(|whole| (whole.id, whole)).collect();
                ids.iter().filter_map(|id| whole.remove(id)).collect()
            }
            None => store.whole_page(self.dataset.id, self.after, PAGE, self.parts.whole)?,
        };
        let Some(last) = page.last() else { return Ok(None) };
        self.after = last.position;
        let mut vectors = self.vectors(store, &page)?;
        let full = |whole: Whole| {
            let vectors = vectors.remove(&whole.id).unwrap_or_default();
            self.full(whole, vectors)
        };
        Ok(Some(page.into_iter().map(full).collect()))
    }

    fn vectors(&self, store: &mut dyn Store, page: &[Whole]) -> Result<VectorsByRecord, JobError> {
        if self.parts.vectors == VectorParts::None || self.dataset.vectors.is_empty() {
            return Ok(VectorsByRecord::new());
        }
        let ids: Vec<RecordId> = page.iter().map(|whole| whole.id).collect();
        Ok(store.vectors_among(self.dataset.id, &ids, self.parts.vectors == VectorParts::Values)?)
    }

    fn full(&self, whole: Whole, vectors: Vec<(String, Vec<f32>)>) -> Full {
        let record = Record {
            id: whole.id,
            uid: whole.uid,
            external_id: whole.external_id,
            position: whole.position,
            fields: Record::texts(&whole.fields),
            metadata: object(&whole.metadata),
        };
        let named = |(user, person): (UserId, Person)| (self.name(user).to_owned(), person);
        let mut people: Vec<_> = whole.people.into_iter().map(named).collect();
        let sight = self.wanted.sight(self.dataset);
        let viewer = self.wanted.viewer.as_ref();
        let mine = people.iter().find(|(name, _)| viewer.is_some_and(|viewer| viewer.name == *name));
        let suggested = sight.suggestions_on(mine.map(|(_, person)| &person.entry));
        people.retain(|(name, _)| self.wanted.writes(self.dataset, name));
        people.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut full = Full {
            record,
            extra: object(&whole.extra),
            people,
            adjudications: Vec::new(),
            suggestions: Vec::new(),
            vectors,
        };
        let mut adjudications = whole.adjudications;
        for question in &self.dataset.questions {
            // An adjudication shows what others gave.
            let adjudication = adjudications.remove(&question.id).filter(|_| sight.others);
            full.adjudications.extend(adjudication.map(|adjudication| self.adjudication(&question.name, adjudication)));
            let of = |one: &&Suggested| suggested && one.question == question.id;
            let mut all: Vec<_> =
                whole.suggestions.iter().filter(of).map(|one| suggestion(&question.name, one)).collect();
            all.sort_by(|a, b| a.agent.cmp(&b.agent));
            full.suggestions.append(&mut all);
        }
        full
    }

    fn name(&self, user: UserId) -> &str {
        self.names.get(&user).map_or("", String::as_str)
    }

    fn adjudication(&self, question: &str, adjudication: Adjudication) -> AdjudicationSpec {
        let Adjudication { user, value, reason, at, extra } = adjudication;
        AdjudicationSpec {
            question: question.to_owned(),
            value,
            user: self.name(user).to_owned(),
            reason,
            at: at.map(|at| Timestamp(at).to_rfc3339()),
            extra,
        }
    }
}

fn suggestion(question: &str, suggested: &Suggested) -> SuggestionSpec {
    let json = |text: &str| serde_json::from_str(text).unwrap_or_default();
    SuggestionSpec {
        question: question.to_owned(),
        agent: suggested.agent.clone(),
        value: json(&suggested.value),
        scores: suggested.scores.as_deref().map(json),
        extra: object(&suggested.extra),
    }
}

/// A JSON object as the store keeps it.
pub(super) fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}
