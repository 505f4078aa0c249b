//! Answering the questions of the record on screen: labels, ratings, text; what is missing before a submit.

use super::key::Key;
use super::task::Task;
use super::{Effect, Place, Session};
use crate::model::{Answer, Answers, Label, Question, QuestionId, QuestionKind, Status};

/// What a key says to the active question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerInput {
    /// This label.
    Label(u32),
    /// This rating.
    Rating(i64),
}

/// One row of the active question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionRow {
    /// A heading over labels of one group.
    Heading(String),
    /// A label, by index.
    Label(u32),
    /// None of these.
    None,
    /// A value of a rating.
    Rating(i64),
    /// A text to write.
    Text,
    /// An answer that is shown and kept: ranking, span.
    Kept,
}

impl Session {
    pub(super) fn task(&mut self) -> Option<&mut Task> {
        match &mut self.place {
            Place::At(task) => Some(task),
            _ => None,
        }
    }

    pub(super) fn asked(&self) -> QuestionId {
        self.question().map_or(QuestionId(0), |question| question.id)
    }

    /// What a key says to the active question: a label's stored key, or a rating's digit.
    pub(super) fn said(&self, key: Key) -> Option<AnswerInput> {
        let Key::Char(c) = key else { return None };
        let question = self.question()?;
        match question.kind {
            QuestionKind::MultiLabel | QuestionKind::Label => {
                let mut offered = self.offered();
                offered
                    .find(|(_, label)| self.key_of(label) == Some(c))
                    .map(|(index, _)| AnswerInput::Label(index as u32))
            }
            QuestionKind::Rating => {
                let value = i64::from(c.to_digit(10).filter(|digit| *digit > 0)?);
                scale(question).contains(&value).then_some(AnswerInput::Rating(value))
            }
            _ => None,
        }
    }

    /// The key that ticks a label here: its stored one, unless a preset or the settings give that key to an action;
    /// such a label is found with `,`.
    #[must_use]
    pub fn key_of(&self, label: &Label) -> Option<char> {
        label.key.filter(|key| self.keymap.action(Key::Char(*key)).is_none())
    }

    /// Labels that have lost their key to an action.
    #[must_use]
    pub fn keyless(&self) -> Option<String> {
        let lost = |label: &&Label| label.key.is_some() && label.retired.is_none() && self.key_of(label).is_none();
        let labels: Vec<&Label> =
            self.dataset.questions.iter().flat_map(|question| &question.labels).filter(lost).collect();
        let first = labels.first()?;
        let key = first.key.unwrap_or(' ');
        let more = if labels.len() > 1 { format!(" and {} more", labels.len() - 1) } else { String::new() };
        Some(format!("'{key}' is no label key with these settings: , finds {}{more}", first.title))
    }

    pub(super) fn tell(&mut self, said: AnswerInput) -> Vec<Effect> {
        match said {
            AnswerInput::Label(label) => self.toggle(label),
            AnswerInput::Rating(value) => self.rate(value),
        }
    }

    pub(super) fn toggle(&mut self, label: u32) -> Vec<Effect> {
        let Some(question) = self.question() else { return Vec::new() };
        let (id, kind) = (question.id, question.kind);
        let exclusive: Vec<bool> = question.labels.iter().map(|label| label.exclusive).collect();
        let excludes = |label: u32| exclusive.get(label as usize).copied().unwrap_or(false);
        if let Some(task) = self.task() {
            let ticked = task.labels(id).unwrap_or_default();
            let labels = match (kind, ticked.binary_search(&label)) {
                (QuestionKind::Label, Ok(_)) => Vec::new(),
                (QuestionKind::Label, Err(_)) => vec![label],
                (_, Err(_)) if excludes(label) => vec![label],
                (_, Ok(at)) => [&ticked[..at], &ticked[at + 1..]].concat(),
                (_, Err(at)) => {
                    let all = [&ticked[..at], &[label], &ticked[at..]].concat();
                    all.into_iter().filter(|other| *other == label || !excludes(*other)).collect()
                }
            };
            // The last tick taken away leaves no answer; "none of these" is said with `0` only.
            task.answer(id, Some(labels).filter(|labels| !labels.is_empty()).map(Answer::Labels));
        }
        self.hush()
    }

    fn rate(&mut self, value: i64) -> Vec<Effect> {
        let id = self.asked();
        if let Some(task) = self.task() {
            let value = value as f64;
            let same = task.rating(id) == Some(value);
            task.answer(id, (!same).then_some(Answer::Rating(value)));
        }
        self.hush()
    }

    /// `0`: none of these; of a rating that has 0 or 10, that.
    pub(super) fn none(&mut self) -> Vec<Effect> {
        let Some(question) = self.question() else { return Vec::new() };
        let id = question.id;
        match question.kind {
            QuestionKind::MultiLabel => {
                if let Some(task) = self.task() {
                    let none = task.labels(id) == Some(&[]);
                    task.answer(id, (!none).then(|| Answer::Labels(Vec::new())));
                }
                self.hush()
            }
            QuestionKind::Rating => {
                let values = scale(question);
                match [0, 10].into_iter().find(|value| values.contains(value)) {
                    Some(value) => self.rate(value),
                    None => self.say("this scale has no 0"),
                }
            }
            QuestionKind::Label => self.say("one label has to be chosen · x discard"),
            _ => self.say("0 answers questions with labels only"),
        }
    }

    /// The rows of the active question, in the order they are shown.
    #[must_use]
    pub fn rows(&self) -> Vec<QuestionRow> {
        let Some(question) = self.question() else { return Vec::new() };
        match question.kind {
            QuestionKind::MultiLabel | QuestionKind::Label => {
                let mut rows = Vec::with_capacity(question.labels.len() + 1);
                let mut group: Option<&String> = None;
                for (index, label) in self.offered() {
                    if label.group.as_ref() != group {
                        group = label.group.as_ref();
                        rows.extend(group.map(|group| QuestionRow::Heading(group.clone())));
                    }
                    rows.push(QuestionRow::Label(index as u32));
                }
                if question.kind == QuestionKind::MultiLabel {
                    rows.push(QuestionRow::None);
                }
                rows
            }
            QuestionKind::Rating => scale(question).map(QuestionRow::Rating).collect(),
            QuestionKind::Text => vec![QuestionRow::Text],
            QuestionKind::Ranking | QuestionKind::Span => vec![QuestionRow::Kept],
        }
    }

    pub(super) fn cursor(&mut self, by: isize) -> Vec<Effect> {
        let rows = self.rows().iter().filter(|row| !matches!(row, QuestionRow::Heading(_))).count();
        if let Some(task) = self.task() {
            task.cursor = task.cursor.saturating_add_signed(by).min(rows.saturating_sub(1));
        }
        Vec::new()
    }

    pub(super) fn toggle_here(&mut self) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return Vec::new() };
        let rows = self.rows();
        match rows.iter().filter(|row| !matches!(row, QuestionRow::Heading(_))).nth(task.cursor) {
            Some(QuestionRow::Label(label)) => self.toggle(*label),
            Some(QuestionRow::Rating(value)) => self.rate(*value),
            Some(QuestionRow::None) => self.none(),
            Some(QuestionRow::Text) => self.write(),
            Some(QuestionRow::Kept) => self.say("shown only; kept as it is"),
            Some(QuestionRow::Heading(_)) | None => Vec::new(),
        }
    }

    /// `.`: what I submitted last.
    pub(super) fn again(&mut self) -> Vec<Effect> {
        let asked = self.asked();
        let Some(answer) = self.last.get(&asked).cloned() else {
            return self.say("nothing was submitted in this session yet");
        };
        if let Some(task) = self.task() {
            task.answer(asked, Some(answer));
        }
        self.say("")
    }

    /// `y`: the answer of the first agent that suggests one.
    pub(super) fn take_suggestion(&mut self) -> Vec<Effect> {
        let asked = self.asked();
        let Place::At(task) = &self.place else { return Vec::new() };
        if !self.suggestions_shown(task) {
            return self.say("suggestions are hidden till your own answer");
        }
        let Some(suggestion) = task.suggestions.iter().find(|suggestion| suggestion.question == asked) else {
            return self.say("nobody suggests anything here");
        };
        let (answer, agent) = (suggestion.answer.clone(), suggestion.agent.clone());
        let single = self.question().is_some_and(|question| question.kind == QuestionKind::Label);
        if single && answer == Answer::Labels(Vec::new()) {
            return self.say(format!("{agent} suggests no label"));
        }
        let wrong = self.question().and_then(|question| question.validate(&answer, Some(&task.record.fields)).err());
        if let Some(wrong) = wrong {
            return self.say(format!("{agent} suggests {wrong}"));
        }
        if let Some(task) = self.task() {
            task.answer(asked, Some(answer));
        }
        self.say(format!("taken from {agent}; Enter submits"))
    }

    /// Tab and Shift-Tab.
    pub(super) fn turn(&mut self, by: isize) -> Vec<Effect> {
        let count = self.dataset.questions.len();
        if count < 2 {
            return self.say("there is one question");
        }
        let to = (self.question as isize + by).rem_euclid(count as isize) as usize;
        self.ask(to);
        match self.question().map(|question| question.kind) {
            Some(QuestionKind::Text) => self.write(),
            _ => self.say(""),
        }
    }

    /// Makes a question the active one.
    pub(super) fn ask(&mut self, question: usize) {
        self.question = question;
        if let Some(task) = self.task() {
            task.cursor = 0;
        }
    }

    /// Whether a label was not there yet when the answer that stands was given: it is missing in that answer, not "no".
    #[must_use]
    pub fn unasked(&self, task: &Task, question: &Question, label: u32) -> bool {
        let Some(response) = task.base.response.as_ref().filter(|response| response.status == Status::Submitted) else {
            return false;
        };
        let set = response.label_sets.get(&question.id).copied().unwrap_or(question.label_set);
        let offered = question.labels.get(label as usize).is_some_and(|label| label.offered_in(set));
        response.answers.contains_key(&question.id) && !offered
    }

    /// The first required question without an answer, and what to do about it.
    pub(super) fn missing(&self, answers: &Answers) -> Option<(usize, String)> {
        let answerable = |kind| !matches!(kind, QuestionKind::Ranking | QuestionKind::Span);
        let mut questions = self.dataset.questions.iter().enumerate();
        let (index, question) = questions.find(|(_, question)| {
            question.required && answerable(question.kind) && !answers.contains_key(&question.id)
        })?;
        let words = match question.kind {
            QuestionKind::MultiLabel => "nothing is ticked: 0 none of these · x discard",
            QuestionKind::Label => "one label has to be chosen · x discard",
            QuestionKind::Rating => "a rating is missing · x discard",
            _ => "a text is missing: Space writes it · x discard",
        };
        let name = if self.dataset.questions.len() > 1 { format!("{}: ", question.title) } else { String::new() };
        Some((index, format!("{name}{words}")))
    }

    /// Answers as a person reads them, question by question.
    #[must_use]
    pub fn answers_words(&self, answers: &Answers) -> String {
        let all = self.dataset.questions.iter();
        let said: Vec<String> =
            all.filter_map(|question| Some(answer_words(question, answers.get(&question.id)?))).collect();
        if said.is_empty() { String::from("no answer") } else { said.join(" · ") }
    }
}

/// The values of a rating, lowest first; 1 to 5 where the question says nothing.
#[must_use]
pub fn scale(question: &Question) -> std::ops::RangeInclusive<i64> {
    let low = question.min.unwrap_or(1);
    let high = question.max.unwrap_or(5).max(low);
    // A scale that nobody could show is cut; the import checks answers against the whole one.
    low..=high.min(low.saturating_add(99))
}

/// One answer as a person reads it.
#[must_use]
pub fn answer_words(question: &Question, answer: &Answer) -> String {
    match answer {
        Answer::Labels(labels) if labels.is_empty() => String::from("none of these"),
        Answer::Labels(labels) => {
            let titles = labels.iter().filter_map(|index| question.labels.get(*index as usize));
            titles.map(|label| label.title.as_str()).collect::<Vec<_>>().join(", ")
        }
        other => other.value().as_ref().map_or_else(String::new, super::plain),
    }
}
