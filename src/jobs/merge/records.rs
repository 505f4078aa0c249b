//! Records and all that hangs on them, a page at a time: matched by natural key, then by identity, never by guess.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::dataset_mapping::DatasetMapping;
use super::run::MergeRun;
use super::{Clash, report};
use crate::engine::merge::{self, MergeRule, Merged, PartOutcome};
use crate::jobs::{JobError, valid};
use crate::model::{Adjudication, Person, QuestionId, RecordId, Sight, Suggested, User, UserId, Whole};
use crate::progress::Progress;
use crate::store::NewRecord;

/// Records that are looked at together.
const PAGE: usize = 2_000;

/// Our record for each of theirs.
pub(super) type Records = HashMap<RecordId, RecordId>;

/// Names of people by key, ours and theirs.
struct UserNames {
    ours: BTreeMap<UserId, String>,
}

impl MergeRun<'_, '_, '_> {
    /// Merges the records of a dataset.
    pub(super) fn records(&mut self, ground: &DatasetMapping, progress: &dyn Progress) -> Result<Records, JobError> {
        let name = |user: User| (user.id, user.name);
        let names = UserNames { ours: self.ours.users()?.into_iter().map(name).collect() };
        let spaces = self.spaces(ground)?;
        let (mut map, mut uids, mut last) = (Records::new(), None, RecordId(0));
        let chosen = self.merge.records.clone();
        let mut rest = chosen.as_deref().unwrap_or_default();
        loop {
            let page = if chosen.is_some() {
                let (now, later) = rest.split_at(rest.len().min(PAGE));
                rest = later;
                self.theirs.whole_among(ground.theirs.id, now, None)?
            } else {
                self.theirs.whole_after(ground.theirs.id, last, PAGE)?
            };
            let Some(end) = page.last() else { return Ok(map) };
            last = end.id;
            self.page(ground, page, &mut map, &mut uids, &names, &spaces)?;
            progress.at(self.done, self.total)?;
        }
    }

    fn page(
        &mut self,
        ground: &DatasetMapping,
        page: Vec<Whole>,
        map: &mut Records,
        uids: &mut Option<HashMap<String, RecordId>>,
        names: &UserNames,
        spaces: &[(String, i64, bool)],
    ) -> Result<(), JobError> {
        let mut there = Vec::with_capacity(page.len());
        for record in &page {
            let found = if ground.new { None } else { self.find(ground, record, uids)? };
            if let Some(found) = found {
                map.insert(record.id, found);
                there.push(found);
            }
        }
        there.sort_unstable();
        there.dedup();
        let theirs = page.iter().flat_map(|record| record.people.keys());
        let people: BTreeSet<UserId> = theirs.filter_map(|user| self.people.get(user)).copied().collect();
        let ours: HashMap<RecordId, Whole> = self
            .ours
            .whole_among(ground.ours.id, &there, Some(&people))?
            .into_iter()
            .map(|whole| (whole.id, whole))
            .collect();
        for record in page {
            self.done += 1;
            let known = map.get(&record.id).and_then(|id| ours.get(id));
            let id = if let Some(known) = known {
                self.content(known, &record)?;
                known.id
            } else {
                let id = self.add(ground, &record)?;
                map.insert(record.id, id);
                id
            };
            self.vectors(id, record.id, known.is_none(), spaces)?;
            self.suggestions(ground, id, known, &record)?;
            self.adjudications(ground, id, known, &record, names)?;
            self.persons(ground, id, known, record, names)?;
        }
        Ok(())
    }

    fn find(
        &mut self,
        ground: &DatasetMapping,
        record: &Whole,
        uids: &mut Option<HashMap<String, RecordId>>,
    ) -> Result<Option<RecordId>, JobError> {
        let dataset = ground.ours.id;
        if let Some((id, _)) = self.ours.record_by_key(dataset, &record.natural_key)? {
            return Ok(Some(id));
        }
        if uids.is_none() {
            let mut all = HashMap::new();
            self.ours.scan_uids(dataset, &mut |id, uid| {
                all.insert(uid.to_owned(), id);
            })?;
            *uids = Some(all);
        }
        Ok(uids.as_ref().and_then(|all| all.get(&record.uid.0)).copied())
    }

    fn add(&mut self, ground: &DatasetMapping, record: &Whole) -> Result<RecordId, JobError> {
        self.report.records.added += 1;
        self.report.changed = true;
        let new = NewRecord {
            uid: record.uid.clone(),
            external_id: record.external_id.as_deref(),
            natural_key: &record.natural_key,
            fields: &record.fields,
            metadata: &record.metadata,
            extra: &record.extra,
        };
        let id = self.ours.add_record(ground.ours.id, &new)?;
        if record.changed_at.is_some() {
            self.ours.stamp_record(id, record.changed_at)?;
        }
        Ok(id)
    }

    fn content(&mut self, ours: &Whole, theirs: &Whole) -> Result<(), JobError> {
        let same = ours.fields == theirs.fields && ours.metadata == theirs.metadata && ours.extra == theirs.extra;
        if same && ours.changed_at == theirs.changed_at {
            self.report.records.same += 1;
            return Ok(());
        }
        let told = |of: &Whole| format!("{}\n{}\n{}", of.fields, of.metadata, of.extra);
        let (mine, other) = (told(ours), told(theirs));
        let (take, fate) = merge::content((ours.changed_at, &mine), (theirs.changed_at, &other), self.merge.rule);
        self.report.records.count(fate);
        if !take {
            return Ok(());
        }
        self.report.changed = true;
        if fate == PartOutcome::Same {
            return Ok(self.ours.stamp_record(ours.id, theirs.changed_at)?);
        }
        let new = NewRecord {
            uid: ours.uid.clone(),
            external_id: ours.external_id.as_deref(),
            natural_key: &ours.natural_key,
            fields: &theirs.fields,
            metadata: &theirs.metadata,
            extra: &theirs.extra,
        };
        Ok(self.ours.replace_record(ours.id, &new, theirs.changed_at)?)
    }

    /// Their named vectors: name, our key, and whether records of ours may lack one.
    fn spaces(&mut self, ground: &DatasetMapping) -> Result<Vec<(String, i64, bool)>, JobError> {
        let mut spaces = Vec::new();
        for space in &ground.theirs.vectors {
            let id = self.ours.vector_space(ground.ours.id, &space.name, space.dimensions)?;
            let mine = self.ours.vector_count(ground.ours.id, &space.name)?;
            let records = self.ours.counts(ground.ours.id, UserId(0))?.records as u64;
            let theirs = self.theirs.vector_count(ground.theirs.id, &space.name)?;
            spaces.push((space.name.clone(), id, theirs > 0 && (mine < records || mine == 0)));
        }
        Ok(spaces)
    }

    fn vectors(
        &mut self,
        ours: RecordId,
        theirs: RecordId,
        new: bool,
        spaces: &[(String, i64, bool)],
    ) -> Result<(), JobError> {
        if !spaces.iter().any(|(_, _, lacking)| new || *lacking) {
            return Ok(());
        }
        for (name, vector) in self.theirs.vectors(theirs)? {
            let Some((_, space, lacking)) = spaces.iter().find(|(known, ..)| *known == name) else { continue };
            if new || (*lacking && self.ours.vector(*space, ours)?.is_none()) {
                self.ours.put_vector(*space, ours, &vector)?;
                self.report.vectors += 1;
                self.report.changed = true;
            }
        }
        Ok(())
    }

    fn suggestions(
        &mut self,
        ground: &DatasetMapping,
        id: RecordId,
        ours: Option<&Whole>,
        theirs: &Whole,
    ) -> Result<(), JobError> {
        let mine = self.merge.only.and_then(|only| theirs.people.get(&only)).map(|person| &person.entry);
        if !(Sight { others: true, suggestions: !self.merge.blind }).suggestions_on(mine) {
            return Ok(());
        }
        for suggested in &theirs.suggestions {
            let Some(question) = ground.question(suggested.question) else { continue };
            let theirs = here(ground, question, suggested);
            let same = |mine: &&Suggested| mine.question == question && mine.agent == theirs.agent;
            let mine = ours.and_then(|ours| ours.suggestions.iter().find(same));
            let (take, fate) = merge::suggestion(mine, &theirs, self.merge.rule);
            self.report.suggestions.count(fate);
            if take {
                self.ours.put_suggested(id, &theirs)?;
                self.report.changed = true;
            }
        }
        Ok(())
    }

    fn adjudications(
        &mut self,
        ground: &DatasetMapping,
        id: RecordId,
        ours: Option<&Whole>,
        theirs: &Whole,
        names: &UserNames,
    ) -> Result<(), JobError> {
        let mut all = ours.map(|ours| ours.adjudications.clone()).unwrap_or_default();
        let mut changed = false;
        for (question, adjudication) in &theirs.adjudications {
            let question = *question;
            let judge = adjudication.user;
            let (Some(to), Some(user)) = (ground.question(question), self.people.get(&judge)) else {
                continue;
            };
            let value = ground.value(question, adjudication.value.clone());
            let adjudication = Adjudication { user: *user, value, ..adjudication.clone() };
            let name = |of: &Adjudication| names.ours.get(&of.user).cloned().unwrap_or_default();
            let mine = all.get(&to).map(|mine| (mine, name(mine)));
            let mine = mine.as_ref().map(|(mine, name)| (*mine, name.as_str()));
            let (take, fate) = merge::adjudication(mine, (&adjudication, &name(&adjudication)), self.merge.rule);
            self.report.adjudications.count(fate);
            if take {
                self.trust.adjudication(judge, &name(&adjudication), &adjudication, &mut self.report);
                all.insert(to, adjudication);
                changed = true;
            }
        }
        if changed {
            self.ours.put_adjudications(id, &all)?;
            self.report.changed = true;
        }
        Ok(())
    }

    fn persons(
        &mut self,
        ground: &DatasetMapping,
        id: RecordId,
        ours: Option<&Whole>,
        theirs: Whole,
        names: &UserNames,
    ) -> Result<(), JobError> {
        for (user, mut person) in theirs.people {
            let there = user;
            let Some(user) = self.people.get(&there).copied() else { continue };
            ground.entry(&mut person.entry);
            for (response, _) in person.passes.values_mut() {
                ground.response(response);
            }
            ground.level(&mut person);
            let mut mine = ours.and_then(|ours| ours.people.get(&user)).cloned();
            if let Some(mine) = &mut mine {
                ground.level(mine);
            }
            let mine = mine.as_ref();
            let name = names.ours.get(&user).map_or("", String::as_str);
            let rule = self.rule(ground, mine, &person, name, theirs.external_id.as_deref())?;
            let merged = merge::person(mine, &person, rule);
            self.report.person(name, &merged);
            if let (Some(mine), Some(clash)) = (mine, report::is_clash(&merged)) {
                let record = theirs.external_id.clone().unwrap_or_else(|| report::beginning(&theirs.fields));
                self.report.clashes.add(Clash::of(&ground.ours, record, name, mine, &person, clash));
            }
            if merged.person.is_some() {
                self.trust.person(there, name, &person, &mut self.report);
            }
            if let Some(person) = merged.person {
                let record = theirs.external_id.as_deref().unwrap_or("without id");
                valid::check_other(&ground.ours, (record, name), &person.entry, &theirs.fields)?;
                if matches!(merged.response, PartOutcome::Added | PartOutcome::Replaced) {
                    self.report.ticks(&ground.ours, &person);
                }
                self.ours.put_person(ground.ours.id, user, id, &person, mine.is_some())?;
                self.report.changed = true;
            }
        }
        Ok(())
    }

    /// The rule for one entry: asked for where both differ and somebody wants to be asked.
    fn rule(
        &mut self,
        ground: &DatasetMapping,
        mine: Option<&Person>,
        theirs: &Person,
        name: &str,
        record: Option<&str>,
    ) -> Result<MergeRule, JobError> {
        let (Some(ask), Some(mine)) = (&mut self.ask, mine) else { return Ok(self.merge.rule) };
        let merged: Merged = merge::person(Some(mine), theirs, MergeRule::Keep);
        if report::is_clash(&merged).is_none() {
            return Ok(self.merge.rule);
        }
        let record = record.unwrap_or("without id").to_owned();
        ask(&Clash::of(&ground.ours, record, name, mine, theirs, false))
    }
}

fn here(ground: &DatasetMapping, question: QuestionId, suggested: &Suggested) -> Suggested {
    let mut suggested = suggested.clone();
    if !ground.is_plain() {
        let value = serde_json::from_str(&suggested.value).unwrap_or_default();
        suggested.value = ground.value(suggested.question, value).to_string();
    }
    suggested.question = question;
    suggested
}
