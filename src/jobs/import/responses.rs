//! Responses, working copies, notes and flags: checked, then laid beside what stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::ImportRun;
use super::answers::AnswerForm;
use crate::jobs::JobError;
use crate::model::transfer::{NoteSpec, RecordSpec, ResponseSpec};
use crate::model::{Answers, Dataset, Entry, Question, QuestionId, RecordId, Response, Status, Timestamp, UserId};
use crate::store::RecordExtras;
use crate::text::{brief, names};

/// What a file says of one person's pass over one record, and nothing it does not speak of.
pub(super) struct IncomingResponse<'s> {
    pub user: &'s str,
    pub pass: i64,
    pub response: Option<(Response, &'s ResponseSpec)>,
    pub working: Option<Answers>,
    pub note: Option<&'s NoteSpec>,
}

impl ImportRun<'_, '_> {
    /// What a record's line says, by person and pass.
    pub(super) fn said_of<'s>(
        &self,
        dataset: &Dataset,
        spec: &'s RecordSpec,
        form: AnswerForm<'_>,
    ) -> Result<Vec<IncomingResponse<'s>>, JobError> {
        let mut all: Vec<IncomingResponse<'s>> = Vec::with_capacity(spec.responses.len());
        let mut seen = BTreeSet::new();
        for response in &spec.responses {
            let (user, pass) = (self.name(&response.user)?, response.pass.unwrap_or(1));
            if pass < 1 {
                return self.refuse(&format!("pass {pass}"), "passes count from 1");
            }
            if !seen.insert((user, pass)) {
                let of = if pass == 1 { String::new() } else { format!(" in pass {pass}") };
                return self.refuse(
                    &format!("two responses of '{}'{of}", brief(user)),
                    "a person has one response to a record in a pass; a second pass says \"pass\": 2",
                );
            }
            if pass > 1 && response.working.is_some() {
                return self.refuse(&format!("a working copy in pass {pass}"), "only pass 1 has a working copy");
            }
            let working = response.working.as_ref().map(|working| self.answers(dataset, working, form)).transpose()?;
            let words = self.words(dataset, response, form)?;
            all.push(IncomingResponse { user, pass, response: Some((words, response)), working, note: None });
        }
        let mut noted = BTreeSet::new();
        for note in &spec.notes {
            let user = self.name(&note.user)?;
            if !noted.insert(user) {
                return self.refuse(&format!("two notes of '{}'", brief(user)), "a person has one note on a record");
            }
            match all.iter_mut().find(|said| said.user == user && said.pass == 1) {
                Some(said) => said.note = Some(note),
                None => all.push(IncomingResponse { user, pass: 1, response: None, working: None, note: Some(note) }),
            }
        }
        Ok(all)
    }

    /// A name that a user may have.
    pub(super) fn name<'n>(&self, name: &'n str) -> Result<&'n str, JobError> {
        // Who is known by a name keeps it.
        if let Some(why) = names::fault(name).filter(|_| !self.users.contains_key(name)) {
            return self.refuse(&format!("'{}' as the name of a user: {why}", brief(name)), names::RULE);
        }
        Ok(name)
    }

    pub(super) fn time(&self, at: Option<&str>) -> Result<Option<Timestamp>, JobError> {
        match at.map(|text| Timestamp::parse(text).ok_or(text)) {
            None => Ok(None),
            Some(Ok(time)) => Ok(Some(time)),
            Some(Err(text)) => {
                self.refuse(&format!("time '{}'", brief(text)), "expected RFC 3339, as in 2026-01-31T10:00:00Z")
            }
        }
    }

    /// A response in the store's words; its uid is given when it is stored.
    pub(super) fn words(
        &self,
        dataset: &Dataset,
        spec: &ResponseSpec,
        form: AnswerForm<'_>,
    ) -> Result<Response, JobError> {
        let Some(status) = Status::parse(&spec.status) else {
            return self.refuse(&format!("status '{}'", brief(&spec.status)), "expected draft, submitted or discarded");
        };
        let answers = self.answers(dataset, &spec.answers, form)?;
        let none = Map::new();
        let older = spec.label_sets.as_ref().unwrap_or(&none);
        for name in older.keys() {
            self.question(dataset, name)?;
        }
        let set = |question: &Question| {
            (question.id, older.get(&question.name).and_then(Value::as_i64).unwrap_or(question.label_set))
        };
        let sets: BTreeMap<QuestionId, i64> =
            dataset.questions.iter().filter(|question| answers.contains_key(&question.id)).map(set).collect();
        Ok(Response {
            uid: String::new(),
            status,
            reason: spec.reason.clone(),
            active_ms: super::values::spent(spec.seconds),
            at: self.time(spec.at.as_deref())?.map(|at| at.0),
            label_sets: sets,
            answers,
            guidelines_version: spec.guidelines.unwrap_or(dataset.guidelines_version),
            saw_agents: spec.saw_agents.clone(),
            saw_others: spec.saw_others,
        })
    }

    /// Lays what the file says beside what stands; only what it speaks of is compared.
    pub(super) fn place(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        fresh: bool,
        beside: &RecordExtras,
        said: IncomingResponse<'_>,
    ) -> Result<(), JobError> {
        let (user, made) = self.user(said.user)?;
        // Nothing stands on a record of this run, and a person of this run holds nothing.
        let known = if fresh || made { Entry::default() } else { self.store.entry(user, record)? };
        let (mut next, mut extra, mut note_extra) = (known.clone(), None, None);
        if let Some((response, spec)) = said.response
            && let Some(response) = self.response(&known, response, spec, beside)
        {
            next.response = Some(response);
            extra = Some(&spec.extra);
        }
        if let Some(working) = said.working
            && known.working.as_ref() != Some(&working)
            && (known.response.is_none() || self.decide("working copy", &format!("of {}", said.user), None, None))
        {
            next.working = Some(working);
        }
        if let Some(note) = said.note
            && self.note(&known, note, beside)
        {
            next.note.clone_from(&note.note);
            next.flag = note.flag;
            note_extra = Some(&note.extra);
        }
        self.put(dataset, user, record, (&known, &next), fresh || made)?;
        let old = extra_of(beside, said.user, 1).is_some();
        if let Some(extra) = extra.filter(|extra| old || !extra.is_empty()) {
            self.store.put_extra(dataset.id, user, record, 1, extra)?;
        }
        let old = beside.notes.iter().any(|(name, _)| name == said.user);
        if let Some(extra) = note_extra.filter(|extra| old || !extra.is_empty()) {
            self.store.put_extra(dataset.id, user, record, 0, extra)?;
        }
        Ok(())
    }

    /// The response that is to be stored, if any.
    fn response(
        &mut self,
        known: &Entry,
        mut response: Response,
        spec: &ResponseSpec,
        beside: &RecordExtras,
    ) -> Option<Response> {
        let Some(old) = &known.response else {
            response.uid = (self.given.uid)().0;
            self.report.responses.0 += 1;
            return Some(response);
        };
        response.uid.clone_from(&old.uid);
        if *old == response && same_extra(extra_of(beside, &spec.user, 1), &spec.extra) {
            self.report.responses.1 += 1;
            return None;
        }
        self.decide("response", &format!("of {}", spec.user), old.at, response.at).then_some(response)
    }

    /// Whether the note is to be stored.
    fn note(&mut self, known: &Entry, note: &NoteSpec, beside: &RecordExtras) -> bool {
        let extra = beside.notes.iter().find(|(name, _)| *name == note.user).map(|(_, extra)| extra);
        let nothing = known.note.is_none() && !known.flag && extra.is_none();
        let same = known.note == note.note && known.flag == note.flag && same_extra(extra, &note.extra);
        if !same && nothing {
            self.wrote = true;
            return true;
        }
        !same && self.decide("note", &format!("of {}", note.user), None, None)
    }

    /// Stores an entry: where nothing can stand without a look, where something stands with an event.
    pub(super) fn put(
        &mut self,
        dataset: &Dataset,
        user: UserId,
        record: RecordId,
        (known, next): (&Entry, &Entry),
        nothing_stands: bool,
    ) -> Result<(), JobError> {
        if next.same_content(known) {
            return Ok(());
        }
        self.wrote = true;
        if nothing_stands {
            return Ok(self.store.add_entry(dataset.id, user, record, next)?);
        }
        if known.same_content(&Entry::default()) {
            // Somebody may have the record open: the version goes up, so that their save is a conflict.
            return Ok(self.store.put_entry(dataset.id, user, record, next)?);
        }
        let change = self.change();
        Ok(self.store.replace_entry(dataset.id, user, record, next, &change)?)
    }

    /// A response of a later pass.
    pub(super) fn place_pass(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        beside: &RecordExtras,
        said: IncomingResponse<'_>,
    ) -> Result<(), JobError> {
        let Some((mut response, spec)) = said.response else { return Ok(()) };
        let old = beside.passes.iter().find(|pass| pass.user == said.user && pass.pass == said.pass);
        let old_extra = extra_of(beside, said.user, said.pass);
        match old.map(|pass| &pass.response) {
            None => {
                response.uid = (self.given.uid)().0;
                self.report.responses.0 += 1;
            }
            Some(old) => {
                response.uid.clone_from(&old.uid);
                if *old == response && same_extra(old_extra, &spec.extra) {
                    self.report.responses.1 += 1;
                    return Ok(());
                }
                let whose = format!("of {} in pass {}", said.user, said.pass);
                if !self.decide("response", &whose, old.at, response.at) {
                    return Ok(());
                }
                let (before, after) =
                    (json!({"pass": said.pass, "response": old}), json!({"pass": said.pass, "response": response}));
                self.log(dataset, record, &before, &after)?;
            }
        }
        self.wrote = true;
        let (user, _) = self.user(said.user)?;
        self.store.put_pass(dataset.id, user, record, said.pass, &response)?;
        if old_extra.is_some() || !spec.extra.is_empty() {
            self.store.put_extra(dataset.id, user, record, said.pass, &spec.extra)?;
        }
        Ok(())
    }
}

fn extra_of<'b>(beside: &'b RecordExtras, user: &str, pass: i64) -> Option<&'b Map<String, Value>> {
    beside.responses.iter().find(|(name, of, _)| name == user && *of == pass).map(|(.., extra)| extra)
}

fn same_extra(old: Option<&Map<String, Value>>, new: &Map<String, Value>) -> bool {
    old.map_or(new.is_empty(), |old| old == new)
}
