//! Adjudicating: everybody's answers side by side, and which of them is right. An adjudication is kept apart from responses
//! and counts as nobody's.

use super::task::Task;
use super::{Effect, Mode, Place, Prompt, PromptKind, Session, answer_words};
use crate::model::record_view::NamedResponse;
use crate::model::{
    Adjudication, Adjudications, Answer, Answers, Dataset, Entry, EventKind, Permission, Question, QuestionId, Status,
    may,
};

/// Adjudications as answers by index.
pub(super) fn answers(dataset: &Dataset, adjudications: &Adjudications) -> Answers {
    let of = |id: QuestionId| dataset.questions.iter().find(move |question| question.id == id);
    adjudications.iter().filter_map(|(id, adjudication)| Some((*id, of(*id)?.to_answer(&adjudication.value)))).collect()
}

impl Task {
    /// From here on what is ticked is an adjudication.
    pub(super) fn adjudicate(&mut self, dataset: &Dataset) {
        let ruled = answers(dataset, &self.stood);
        self.why = self.stood.values().find_map(|adjudication| adjudication.reason.clone());
        self.answers.clone_from(&ruled);
        self.ruled = Some(ruled);
        self.undo.clear();
        self.redo.clear();
    }

    /// What somebody handed in as the answer to a question.
    fn given(&self, question: QuestionId) -> impl Iterator<Item = &Answer> {
        let submitted = |held: &NamedResponse| held.entry.status() == Some(Status::Submitted);
        let all = self.held.iter().filter(move |held| submitted(held));
        all.filter_map(move |held| held.entry.response.as_ref()?.answers.get(&question))
    }
}

impl Session {
    /// `V`: adjudicate the record on screen, or stop it.
    pub(super) fn turn_adjudicating(&mut self, now: i64) -> Vec<Effect> {
        if self.judging.take().is_some() {
            return self.look_again(now);
        }
        if !may(&self.user, Permission::Adjudicate, Some(&self.dataset)) {
            return self.say("adjudicating is for the file's owner and admins");
        }
        let Place::At(_) = &self.place else { return self.say("no record") };
        let mut effects = self.keep(now);
        self.judging = Some(self.former.len());
        effects.extend(self.look_again(now));
        effects
    }

    /// The record on screen once more, as the present mode shows it.
    fn look_again(&mut self, now: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Place::At(task) = &self.place {
            let record = task.record.id;
            effects = self.keep(now);
            self.go(super::Want::Exactly(record), &mut effects);
        }
        effects
    }

    /// Enter: the adjudication is saved, and the next record comes.
    pub(super) fn rule(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return Vec::new() };
        let (name, stood) = (task.record.name(), task.stood.clone());
        if task.answers.is_empty() && stood.is_empty() {
            return self.say("nothing is decided: tick what is right · 0 none of these · x leaves it undecided");
        }
        let given = self.adjudications(task, now);
        if given == stood {
            return self.onward(now);
        }
        let words = if task.answers.is_empty() {
            format!("{name}: the verdict is taken back")
        } else {
            format!("{name}: verdict {}", self.answers_words(&task.answers))
        };
        let after = Entry { adjudications: Some(given), seen: self.seen(task), ..task.base.clone() };
        let mut intent = Self::intent(task, EventKind::Adjudication, after, now);
        intent.stood = stood;
        let mut effects = vec![self.save(intent, words)];
        effects.extend(self.onward(now));
        effects
    }

    /// What stands for each question when this is saved: what was not touched stays whose it is.
    fn adjudications(&self, task: &Task, now: i64) -> Adjudications {
        let questions = self.dataset.questions.iter();
        let adjudication = |question: &Question| {
            let answer = task.answers.get(&question.id)?;
            let former = task.stood.get(&question.id);
            let same = task.ruled.as_ref().and_then(|ruled| ruled.get(&question.id)) == Some(answer);
            if let Some(former) = former.filter(|former| same && former.reason == task.why) {
                return Some((question.id, former.clone()));
            }
            let (value, reason) = (question.to_value(answer)?, task.why.clone());
            let extra = former.map(|former| former.extra.clone()).unwrap_or_default();
            Some((question.id, Adjudication { user: self.user.id, value, reason, at: Some(now), extra }))
        };
        questions.filter_map(adjudication).collect()
    }

    /// `x`: nothing is decided here.
    pub(super) fn leave_undecided(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return Vec::new() };
        let words = format!("{} stays as it was", task.record.name());
        let effects = self.onward(now);
        self.message = words;
        effects
    }

    /// `y`: the answer that most people gave; of several as frequent, none.
    pub(super) fn take_majority(&mut self) -> Vec<Effect> {
        let asked = self.asked();
        let Place::At(task) = &self.place else { return Vec::new() };
        let mut counted: Vec<(&Answer, usize)> = Vec::new();
        for answer in task.given(asked) {
            match counted.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, count)) => *count += 1,
                None => counted.push((answer, 1)),
            }
        }
        let most = counted.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let found: Vec<&Answer> =
            counted.iter().filter(|(_, count)| *count == most).map(|(answer, _)| *answer).collect();
        let [answer] = found[..] else {
            return self.say(if most == 0 { "nobody has answered this" } else { "no answer was given most often" });
        };
        let (answer, all) = (answer.clone(), task.given(asked).count());
        if let Some(task) = self.task() {
            task.answer(asked, Some(answer));
        }
        self.say(format!("{most} of {all} say so; Enter saves it as the verdict"))
    }

    pub(super) fn ask_why(&mut self) -> Vec<Effect> {
        if let Place::At(task) = &self.place {
            self.mode =
                Mode::Prompt(Prompt { what: PromptKind::Adjudication, text: task.why.clone().unwrap_or_default() });
        }
        Vec::new()
    }

    pub(super) fn why(&mut self, text: &str) -> Vec<Effect> {
        let why = Some(text.to_owned()).filter(|text| !text.is_empty());
        if let Some(task) = self.task() {
            task.why = why;
        }
        self.say("Enter saves it with the verdict")
    }

    /// Of those who answered the active question, how many gave each label, and how many they are.
    #[must_use]
    pub fn given(&self, task: &Task) -> Option<(Vec<u32>, u32)> {
        let question = self.question()?;
        let mut votes = vec![0; question.labels.len()];
        let mut voters = 0;
        for answer in task.given(question.id) {
            let Answer::Labels(labels) = answer else { continue };
            voters += 1;
            for label in labels {
                if let Some(count) = votes.get_mut(*label as usize) {
                    *count += 1;
                }
            }
        }
        (voters > 0).then_some((votes, voters))
    }

    /// What everybody handed in or discarded: name, words, and whether it equals the adjudication on the screen.
    #[must_use]
    pub fn side_by_side<'t>(&self, task: &'t Task) -> Vec<(&'t str, String, bool)> {
        let Some(question) = self.question() else { return Vec::new() };
        let adjudication = task.answers.get(&question.id);
        let row = |held: &'t NamedResponse| {
            let response = held.entry.response.as_ref().filter(|response| response.status != Status::Draft)?;
            let answer = response.answers.get(&question.id);
            let mut words = match (response.status, answer) {
                (Status::Submitted, Some(answer)) => answer_words(question, answer),
                (Status::Submitted, None) => String::from("left out"),
                _ => format!("discarded: {}", response.reason.as_deref().unwrap_or("no reason given")),
            };
            if let Some(note) = &held.entry.note {
                words.push_str(&format!(" · {note}"));
            }
            Some((
                held.user.as_str(),
                words,
                response.status == Status::Submitted && answer.is_some() && answer == adjudication,
            ))
        };
        task.held.iter().filter_map(row).collect()
    }

    /// Who decided before, and why.
    #[must_use]
    pub fn adjudication_words(&self, task: &Task) -> Option<String> {
        let adjudication = task.stood.get(&self.asked())?;
        let who = task.adjudicates.get(&adjudication.user).map_or("somebody", String::as_str);
        let what = answer_words(self.question()?, &self.question()?.to_answer(&adjudication.value));
        let why = adjudication.reason.as_ref().map_or_else(String::new, |why| format!(" · {why}"));
        Some(format!("verdict by {who}: {what}{why}"))
    }
}
