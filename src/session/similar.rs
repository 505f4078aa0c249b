//! Similar records beside the one on screen: what is known of them, and how they were answered.

use super::{Effect, Place, Session, answer_words};
use crate::model::record_view::NamedResponse;
use crate::model::{Answer, Neighbour, Question, RecordId, Seen, Sight, Status};

/// From this cosine on, two records are as good as the same.
pub const NEAR_DUPLICATE: f32 = 0.95;

/// Nearest neighbours whose answers are counted as a vote on a label.
const VOTERS: usize = 10;

/// An answer in a row of several: its labels joined by a plus, since commas stand between answers.
fn brief(question: &Question, answer: &Answer) -> String {
    match answer {
        Answer::Labels(labels) if labels.len() > 1 => {
            let titles = labels.iter().filter_map(|index| question.labels.get(*index as usize));
            titles.map(|label| label.title.as_str()).collect::<Vec<_>>().join("+")
        }
        _ => answer_words(question, answer),
    }
}

impl Session {
    /// Asks for the similar records of one; what is known of other records is let go.
    pub(super) fn similar_of(&mut self, record: RecordId, ahead: bool) -> Vec<Effect> {
        if self.dataset.vectors.is_empty() {
            return Vec::new();
        }
        let here = match &self.place {
            Place::At(task) if ahead => Some(task.record.id),
            _ => None,
        };
        self.similar.retain(|known, _| *known == record || Some(*known) == here);
        vec![Effect::Similar(record, self.space, ahead)]
    }

    pub(super) fn found_similar(
        &mut self,
        record: RecordId,
        space: usize,
        found: Result<Vec<Neighbour>, String>,
    ) -> Vec<Effect> {
        let here = matches!(&self.place, Place::At(task) if task.record.id == record);
        let next = self.in_hand.as_ref().is_some_and(|(_, loaded)| loaded.record.id == record);
        if space != self.space || !(here || next) {
            return Vec::new();
        }
        let seen = if here { self.seen_beside(&found) } else { Vec::new() };
        self.similar.insert(record, found);
        seen
    }

    /// Neighbours whose answers by others are now on the screen: that is kept, so that an undo does not hide it.
    fn seen_beside(&self, found: &Result<Vec<Neighbour>, String>) -> Vec<Effect> {
        let Some(question) = self.question().filter(|_| !Sight::labelling(&self.dataset).others) else {
            return Vec::new();
        };
        let known = |neighbour: &&Neighbour| {
            let own = neighbour.held.iter().find(|held| held.user == self.user.name);
            own.is_some_and(|held| held.entry.seen.others)
        };
        let shown = |neighbour: &&Neighbour| {
            self.answers_of(&neighbour.held, question).1.is_some_and(|others| !others.is_empty())
        };
        let all = found.as_ref().map_or(&[][..], Vec::as_slice).iter();
        let new = all.filter(|neighbour| !known(neighbour)).filter(shown);
        new.map(|neighbour| Effect::See(neighbour.record.id, Seen { others: true, ..Seen::default() })).collect()
    }

    /// The neighbours of the record on screen, as far as they are known.
    #[must_use]
    pub fn neighbours(&self) -> Option<&Result<Vec<Neighbour>, String>> {
        match &self.place {
            Place::At(task) => self.similar.get(&task.record.id),
            _ => None,
        }
    }

    /// Another named vector.
    pub(super) fn turn_space(&mut self) -> Vec<Effect> {
        let count = self.dataset.vectors.len();
        if count < 2 {
            return self.say("there is one kind of vectors");
        }
        self.space = (self.space + 1) % count;
        self.similar.clear();
        self.message = format!("similar by {}", self.dataset.vectors[self.space].name);
        match &self.place {
            Place::At(task) => {
                let record = task.record.id;
                self.similar_of(record, false)
            }
            _ => Vec::new(),
        }
    }

    /// Submitted answers of a neighbour to the active question: mine, and others' where they may be shown.
    fn answers_of<'n>(
        &self,
        held: &'n [NamedResponse],
        question: &Question,
    ) -> (Option<&'n Answer>, Option<Vec<&'n Answer>>) {
        let submitted = |held: &'n NamedResponse| {
            let response = held.entry.response.as_ref().filter(|response| response.status == Status::Submitted);
            response.and_then(|response| response.answers.get(&question.id))
        };
        let own = held.iter().find(|held| held.user == self.user.name);
        let mine = own.and_then(submitted);
        let shown = Sight::labelling(&self.dataset).others_on(own.map(|held| &held.entry));
        let others = held.iter().filter(|held| held.user != self.user.name).filter_map(submitted);
        let others: Vec<_> = others.collect();
        (mine, shown.then_some(others))
    }

    /// How a neighbour was answered: `you billing`, `you and 2 × billing`, `you delivery ≠ 2 × bug`,
    /// `hidden till yours`.
    #[must_use]
    pub fn neighbour_words(&self, held: &[NamedResponse]) -> String {
        let Some(question) = self.question() else { return String::new() };
        let (mine, others) = self.answers_of(held, question);
        let mut groups: Vec<(&Answer, usize)> = Vec::new();
        let Some(others) = others else {
            return mine
                .map_or_else(|| String::from("hidden till yours"), |mine| format!("you {}", brief(question, mine)));
        };
        for answer in others {
            match groups.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, count)) => *count += 1,
                None => groups.push((answer, 1)),
            }
        }
        groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let times = |(answer, count): &(&Answer, usize)| format!("{count} × {}", brief(question, answer));
        let said: Vec<String> = groups.iter().map(times).collect();
        match (mine, groups.as_slice()) {
            (None, []) => String::from("not answered"),
            (None, _) => said.join(", "),
            (Some(mine), []) => format!("you {}", brief(question, mine)),
            (Some(mine), [(answer, _)]) if *answer == mine => format!("you and {}", said.join(", ")),
            (Some(mine), _) => format!("you {} ≠ {}", brief(question, mine), said.join(", ")),
        }
    }

    /// Whether a neighbour is as good as the same record and was answered otherwise than what is on the screen.
    #[must_use]
    pub fn differs(&self, neighbour: &Neighbour) -> bool {
        let (Some(question), Place::At(task)) = (self.question(), &self.place) else { return false };
        if neighbour.score < NEAR_DUPLICATE {
            return false;
        }
        let Some(here) = task.answers.get(&question.id) else { return false };
        let (mine, others) = self.answers_of(&neighbour.held, question);
        mine.into_iter().chain(others.unwrap_or_default()).any(|answer| answer != here)
    }

    /// Of the nearest answered neighbours, how many have each label of the active question, and how many there are.
    #[must_use]
    pub fn votes(&self) -> Option<(Vec<u32>, u32)> {
        let question = self.question()?;
        let found = self.neighbours()?.as_ref().ok()?;
        let mut votes = vec![0; question.labels.len()];
        let mut voters = 0;
        for neighbour in found {
            let (mine, others) = self.answers_of(&neighbour.held, question);
            // Mine where I answered, else what the others say most often.
            let others = others.unwrap_or_default();
            let most = others.iter().max_by_key(|answer| others.iter().filter(|other| other == answer).count());
            let Some(Answer::Labels(labels)) = mine.or(most.copied()) else { continue };
            voters += 1;
            for label in labels {
                if let Some(count) = votes.get_mut(*label as usize) {
                    *count += 1;
                }
            }
            if voters as usize == VOTERS {
                break;
            }
        }
        (voters > 0).then_some((votes, voters))
    }
}
