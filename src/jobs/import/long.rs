//! Lines of a long form: those of one annotator and record become one response, wherever they stand. Its time is that of
//! the newest line, its seconds are the most that a line says (our own lines all say the same), its reason is the first.

use super::ImportRun;
use super::answers::AnswerForm;
use crate::exchange::ResponseRow;
use crate::jobs::JobError;
use crate::model::{Answer, Dataset, Entry, QuestionId, QuestionKind, RecordId, Response, UserId};
use crate::store::Find;
use crate::text::brief;

/// What this run knows of one person's response to one record.
pub(super) enum LongState {
    /// This run made it; later lines are joined to it in the store.
    Made,
    /// It stood before: the file's lines are gathered, and compared when the file has been read.
    Stands(Box<Gathered>),
}

/// The lines of one annotator and record, joined.
pub(super) struct Gathered {
    line: u64,
    response: Response,
}

impl ImportRun<'_, '_> {
    pub(super) fn row(&mut self, row: &ResponseRow) -> Result<(), JobError> {
        if self.dataset.is_none() {
            self.dataset = Some(super::Rc::new(crate::jobs::dataset(
                self.store,
                self.import.dataset.as_deref(),
                self.by.as_ref(),
            )?));
        }
        let dataset = self.opened()?;
        let Some(record) = self.store.find(dataset.id, &Find::External(&row.item))? else {
            let item = brief(&row.item);
            return self.refuse(
                &format!("item '{item}', but '{}' has no such record", brief(&dataset.path())),
                "import its records first, or name the right dataset with --dataset",
            );
        };
        let asks_spans = dataset.questions.iter().any(|question| question.kind == QuestionKind::Span);
        let texts = if asks_spans { Some(self.store.record(record)?.fields) } else { None };
        let form = AnswerForm { long: true, texts: texts.as_deref() };
        let words = self.words(&dataset, &row.response, form)?;
        self.count_time(row.response.seconds);
        let name = self.name(&row.response.user)?;
        let known = self.users.get(name).map(|(user, _)| *user);
        match known.and_then(|user| self.touched.remove(&(record, user)).map(|touched| (user, touched))) {
            None => self.first(&dataset, record, row, words),
            Some((user, touched)) => {
                // Put back whatever the line turns out to be.
                let (touched, done) = self.again(&dataset, record, user, row, words, touched);
                self.touched.insert((record, user), touched);
                done
            }
        }
    }

    /// The first line of an annotator and record in this run.
    fn first(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        row: &ResponseRow,
        mut words: Response,
    ) -> Result<(), JobError> {
        let (user, made) = self.user(&row.response.user)?;
        let fresh = made || self.fresh.binary_search_by_key(&record, |(record, ..)| *record).is_ok();
        let known = if made { Entry::default() } else { self.store.entry(user, record)? };
        let touched = if known.response.is_some() {
            LongState::Stands(Box::new(Gathered { line: self.line, response: words }))
        } else {
            words.uid = (self.given.uid)().0;
            let next = Entry { response: Some(words), ..known.clone() };
            let nothing_stands = fresh && known.same_content(&Entry::default());
            self.put(dataset, user, record, (&known, &next), nothing_stands)?;
            self.report.responses.0 += 1;
            LongState::Made
        };
        self.touched.insert((record, user), touched);
        Ok(())
    }

    /// A further line.
    fn again(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        user: UserId,
        row: &ResponseRow,
        words: Response,
        mut touched: LongState,
    ) -> (LongState, Result<(), JobError>) {
        let done = match &mut touched {
            LongState::Stands(all) => self.join(dataset, row, &mut all.response, words),
            LongState::Made => self.join_stored(dataset, record, user, row, words),
        };
        (touched, done)
    }

    fn join_stored(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        user: UserId,
        row: &ResponseRow,
        words: Response,
    ) -> Result<(), JobError> {
        let mut entry = self.store.entry(user, record)?;
        let Some(response) = &mut entry.response else { return Ok(()) };
        let before = response.clone();
        self.join(dataset, row, response, words)?;
        if *response == before {
            return Ok(());
        }
        Ok(self.store.put_entry(dataset.id, user, record, &entry)?)
    }

    /// Joins a line's answer to those of the lines before it.
    fn join(&self, dataset: &Dataset, row: &ResponseRow, all: &mut Response, words: Response) -> Result<(), JobError> {
        if all.status != words.status {
            return self.refuse(
                &format!("status {} after {}", words.status.word(), all.status.word()),
                "lines of one annotator and record must have one status",
            );
        }
        for (question, answer) in &words.answers {
            let kind = dataset.questions.iter().find(|known| known.id == *question).map(|known| known.kind);
            match (all.answers.get_mut(question), answer) {
                (Some(Answer::Labels(old)), Answer::Labels(new)) if kind == Some(QuestionKind::MultiLabel) => {
                    old.extend(new);
                    old.sort_unstable();
                    old.dedup();
                }
                (Some(old), new) if old != new => {
                    let name = dataset.questions.iter().find(|known| known.id == *question);
                    let name = name.map_or_else(String::new, |question| brief(&question.name));
                    let (user, item) = (brief(&row.response.user), brief(&row.item));
                    return self.refuse(
                        &format!("a second answer of '{user}' to '{name}' about '{item}'"),
                        "only labels of a multi_label question may come on several lines",
                    );
                }
                (Some(_), _) => {}
                (None, new) => {
                    all.answers.insert(*question, new.clone());
                }
            }
        }
        all.label_sets.extend(words.label_sets);
        all.at = all.at.max(words.at);
        all.active_ms = all.active_ms.max(words.active_ms);
        all.reason = all.reason.take().or(words.reason);
        Ok(())
    }

    /// The file has been read: its responses are compared with those that stood before, question by question. A
    /// question that was not answered yet is added.
    pub(super) fn settle(&mut self) -> Result<(), JobError> {
        let stands: Vec<(RecordId, UserId)> = self
            .touched
            .iter()
            .filter(|(_, touched)| matches!(touched, LongState::Stands(_)))
            .map(|(key, _)| *key)
            .collect();
        let mut all = Vec::with_capacity(stands.len());
        for key in stands {
            if let Some(LongState::Stands(gathered)) = self.touched.remove(&key) {
                all.push((key, gathered));
            }
        }
        all.sort_by_key(|(_, gathered)| gathered.line);
        for ((record, user), gathered) in all {
            self.line = gathered.line;
            self.compare(record, user, *gathered)?;
        }
        Ok(())
    }

    /// A time or seconds of their own are no difference: parts of a response may have been given at different times.
    fn compare(&mut self, record: RecordId, user: UserId, gathered: Gathered) -> Result<(), JobError> {
        let dataset = self.opened()?;
        let known = self.store.entry(user, record)?;
        let Some(old) = &known.response else { return Ok(()) };
        let said = gathered.response;
        let other =
            |(question, answer): (&QuestionId, &Answer)| old.answers.get(question).is_some_and(|old| old != answer);
        let reason = old.reason.is_some() && said.reason.is_some() && old.reason != said.reason;
        let mut response = old.clone();
        if old.status != said.status || reason || said.answers.iter().any(other) {
            let name = self.users.iter().find(|(_, (id, _))| *id == user).map_or("", |(name, _)| name).to_owned();
            if !self.decide("response", &format!("of {name}"), old.at, said.at) {
                return Ok(());
            }
            // What replaces brings its own time, or none.
            let (status, reason, active_ms, at) = (said.status, said.reason, said.active_ms, said.at);
            response = Response { status, reason, active_ms, at, ..response };
        } else {
            response.at = old.at.max(said.at);
            response.active_ms = old.active_ms.max(said.active_ms);
            response.reason = old.reason.clone().or(said.reason);
            let missing = said.answers.keys().any(|question| !old.answers.contains_key(question));
            if response == *old && !missing {
                self.report.responses.1 += 1;
                return Ok(());
            }
            self.report.responses.0 += 1;
        }
        response.answers.extend(said.answers);
        response.label_sets.extend(said.label_sets);
        let next = Entry { response: Some(response), ..known.clone() };
        self.put(&dataset, user, record, (&known, &next), false)
    }
}
