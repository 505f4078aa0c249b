//! Records and all that hangs on them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::answers::AnswerForm;
use super::responses::IncomingResponse;
use super::{ImportRun, OnConflict};
use crate::jobs::JobError;
use crate::model::transfer::{AdjudicationSpec, RecordSpec, SuggestionSpec};
use crate::model::{Dataset, EventKind, QuestionId, QuestionKind, RecordId, Timestamp};
use crate::store::{Content, NewEvent, NewRecord, RecordExtras};
use crate::text::{brief, one_line};

/// What hangs on a record, checked and in the store's words, before anything of it is written.
pub(super) struct PlannedRecord<'s> {
    said: Vec<IncomingResponse<'s>>,
    suggestions: Vec<(QuestionId, &'s SuggestionSpec)>,
    adjudications: Vec<(QuestionId, Option<Timestamp>, &'s AdjudicationSpec)>,
}

impl ImportRun<'_, '_> {
    pub(super) fn record(&mut self, spec: &RecordSpec) -> Result<(), JobError> {
        let dataset = self.for_record(spec)?;
        let fields = written(&spec.fields);
        let key = self.natural_key(spec.id.as_deref(), &fields);
        let planned = self.plan(&dataset, spec)?;
        let (metadata, extra) = (written(&spec.metadata), written(&spec.extra));
        let known = self.store.content(dataset.id, &key)?;
        let new = NewRecord {
            uid: if known.is_none() { (self.given.uid)() } else { self.changeset.clone() },
            external_id: spec.id.as_deref(),
            natural_key: &key,
            fields: &fields,
            metadata: &metadata,
            extra: &extra,
        };
        let (record, fresh) = match known {
            None => {
                let record = self.store.add_record(dataset.id, &new)?;
                self.fresh.push((record, self.report.formats.len(), self.line));
                self.report.records.0 += 1;
                self.wrote = true;
                (record, true)
            }
            Some(known) if known.fields == fields && known.metadata == metadata && known.extra == extra => {
                self.report.records.1 += 1;
                (known.id, false)
            }
            Some(known) => {
                self.differing(&dataset, &known, &new)?;
                (known.id, false)
            }
        };
        self.rows.push(Some(record));
        self.hang(&dataset, record, fresh, spec, planned)
    }

    /// A record that is there with other content.
    fn differing(&mut self, dataset: &Dataset, known: &Content, new: &NewRecord<'_>) -> Result<(), JobError> {
        let name = new.external_id.unwrap_or("without id");
        if let Ok(index) = self.fresh.binary_search_by_key(&known.id, |(record, ..)| *record) {
            let (_, file, line) = self.fresh[index];
            let file = self.import.files.get(file).filter(|file| **file != self.file);
            let place = file.map_or_else(
                || format!("at line {line}"),
                |file| format!("at {}:{line}", one_line(&file.display().to_string())),
            );
            return self.refuse(
                &format!("id '{}' twice with different content, first {place}", brief(name)),
                "give each record an id of its own",
            );
        }
        let parts = parts(known, new);
        if self.import.on_conflict == OnConflict::Newest {
            let words = format!("{} record {} differs in its {parts}", self.at(), brief(name));
            self.differs.add(words, true);
            return Ok(());
        }
        if self.decide_in("record", name, &parts) {
            let at = Some(self.given.at.0);
            self.store.replace_record(known.id, new, at)?;
            let before = content(&known.fields, &known.metadata, &known.extra);
            let after = content(new.fields, new.metadata, new.extra);
            self.log(dataset, known.id, &before, &after)?;
        }
        Ok(())
    }

    /// An event of this import on a record.
    pub(super) fn log(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        before: &Value,
        after: &Value,
    ) -> Result<(), JobError> {
        let change = self.change();
        let (before, after) = (before.to_string(), after.to_string());
        let logged = NewEvent {
            kind: EventKind::Import,
            dataset: Some(dataset.id),
            record: Some(record),
            before: Some(&before),
            after: &after,
        };
        Ok(self.store.log(&change, &logged)?)
    }

    fn natural_key(&mut self, id: Option<&str>, fields: &str) -> String {
        if let Some(id) = id {
            return format!("id:{id}");
        }
        let hash = xxhash_rust::xxh3::xxh3_128(fields.as_bytes());
        let occurrence = self.occurrences.entry(hash).or_default();
        *occurrence += 1;
        format!("text:{hash:032x}:{occurrence}")
    }

    /// Checks all that hangs on a record.
    fn plan<'s>(&self, dataset: &Dataset, spec: &'s RecordSpec) -> Result<PlannedRecord<'s>, JobError> {
        self.known_fields(dataset, spec)?;
        for (name, vector) in &spec.vectors {
            let wanted = self.spaces.get(name).map(|(_, dimensions)| *dimensions);
            self.check_dimensions(name, vector.len(), wanted)?;
        }
        let texts = texts(dataset, spec);
        let form = AnswerForm { long: false, texts: texts.as_deref() };
        let mut seen = BTreeSet::new();
        let mut suggestions = Vec::with_capacity(spec.suggestions.len());
        for suggestion in &spec.suggestions {
            let question = self.question(dataset, &suggestion.question)?;
            if !seen.insert((question.id, suggestion.agent.as_str())) {
                let (agent, name) = (brief(&suggestion.agent), brief(&question.name));
                return self.refuse(
                    &format!("two suggestions of '{agent}' for '{name}'"),
                    "a record has one suggestion of an agent for a question",
                );
            }
            self.known_labels(question, &suggestion.value)?;
            self.meant(question, suggestion)?;
            suggestions.push((question.id, suggestion));
        }
        let mut decided = BTreeSet::new();
        let mut adjudications = Vec::with_capacity(spec.adjudications.len());
        for adjudication in &spec.adjudications {
            let question = self.question(dataset, &adjudication.question)?;
            if !decided.insert(question.id) {
                let name = brief(&question.name);
                return self
                    .refuse(&format!("two adjudications of '{name}'"), "a record has one verdict on a question");
            }
            self.answer(question, &adjudication.value, form)?;
            self.name(&adjudication.user)?;
            adjudications.push((question.id, self.time(adjudication.at.as_deref())?, adjudication));
        }
        Ok(PlannedRecord { said: self.said_of(dataset, spec, form)?, suggestions, adjudications })
    }

    /// Everything that hangs on a record: vectors, suggestions, responses, notes, adjudications.
    fn hang(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        fresh: bool,
        spec: &RecordSpec,
        planned: PlannedRecord<'_>,
    ) -> Result<(), JobError> {
        for (name, vector) in &spec.vectors {
            let space = self.space(dataset, name, vector.len())?;
            self.put_vector(name, space, record, vector, fresh)?;
        }
        for response in &spec.responses {
            self.count_time(response.seconds);
        }
        for suggestion in &spec.suggestions {
            self.count_scores(suggestion);
        }
        self.suggestions(dataset, record, fresh, &planned.suggestions)?;
        let nothing_said = planned.said.is_empty() && planned.adjudications.is_empty();
        let beside = if fresh || nothing_said { None } else { self.store.beside(record, record)?.remove(&record) };
        let beside = beside.unwrap_or_default();
        for said in planned.said {
            if said.pass == 1 {
                self.place(dataset, record, fresh, &beside, said)?;
            } else {
                self.place_pass(dataset, record, &beside, said)?;
            }
        }
        for (question, at, adjudication) in planned.adjudications {
            self.adjudication(dataset, record, &beside, (question, at), adjudication)?;
        }
        Ok(())
    }

    fn suggestions(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        fresh: bool,
        suggestions: &[(QuestionId, &SuggestionSpec)],
    ) -> Result<(), JobError> {
        let known =
            if fresh || suggestions.is_empty() { BTreeMap::new() } else { self.store.suggestions(&[record])? };
        let known = known.into_values().next().unwrap_or_default();
        for (question, suggestion) in suggestions {
            let old = known.iter().find(|(id, old)| id == question && old.agent == suggestion.agent);
            match old {
                None => self.report.suggestions.0 += 1,
                Some((_, old)) if same_suggestion(old, suggestion) => {
                    self.report.suggestions.1 += 1;
                    continue;
                }
                Some((_, old)) => {
                    if !self.decide("suggestion", &format!("of {}", suggestion.agent), None, None) {
                        continue;
                    }
                    self.log(dataset, record, &json!({"suggestion": old}), &json!({"suggestion": suggestion}))?;
                }
            }
            self.wrote = true;
            let at = Some(self.given.at.0);
            self.store.put_suggestion(record, *question, suggestion, at)?;
        }
        Ok(())
    }

    fn adjudication(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        beside: &RecordExtras,
        (question, at): (QuestionId, Option<Timestamp>),
        adjudication: &AdjudicationSpec,
    ) -> Result<(), JobError> {
        let mut new = adjudication.clone();
        new.at = at.map(Timestamp::to_rfc3339);
        if let Some(known) = dataset.questions.iter().find(|known| known.id == question) {
            new.question.clone_from(&known.name);
        }
        let old = beside.adjudications.iter().find(|old| old.question == new.question);
        if let Some(old) = old {
            let mine = old.at.as_deref().and_then(Timestamp::parse).map(|at| at.0);
            if *old == new || !self.decide("adjudication", &format!("of {}", new.user), mine, at.map(|at| at.0)) {
                return Ok(());
            }
            self.log(dataset, record, &json!({"adjudication": old}), &json!({"adjudication": new}))?;
        }
        let (user, _) = self.user(&new.user)?;
        self.wrote = true;
        Ok(self.store.put_adjudication(record, question, user, at, &new)?)
    }
}

/// An object as the store keeps it.
fn written(map: &Map<String, Value>) -> String {
    serde_json::to_string(map).unwrap_or_default()
}

fn same_suggestion(a: &SuggestionSpec, b: &SuggestionSpec) -> bool {
    a.value == b.value && a.scores == b.scores && a.extra == b.extra
}

/// What differs: `fields`, `fields and metadata`.
fn parts(known: &Content, new: &NewRecord<'_>) -> String {
    let parts = [
        ("fields", known.fields == new.fields),
        ("metadata", known.metadata == new.metadata),
        ("other keys", known.extra == new.extra),
    ];
    let parts: Vec<&str> = parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
    parts.join(" and ")
}

fn content(fields: &str, metadata: &str, extra: &str) -> Value {
    let part = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    json!({"fields": part(fields), "metadata": part(metadata), "extra": part(extra)})
}

/// What spans are checked against, where the dataset asks for any.
fn texts(dataset: &Dataset, spec: &RecordSpec) -> Option<Vec<(String, String)>> {
    let asks_spans = dataset.questions.iter().any(|question| question.kind == QuestionKind::Span);
    let text = |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_owned()));
    (asks_spans && !spec.fields.is_empty()).then(|| spec.fields.iter().filter_map(text).collect())
}
