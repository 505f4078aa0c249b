//! A dataset: fields, questions with their labels, named vectors, guidelines.

use serde_json::Value;

use super::answer::{ranking_of, spans_of};
use super::{Answer, DatasetId, QuestionId, Uid};

/// A set of records with the questions asked about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Key within this file.
    pub id: DatasetId,
    /// Identity across files.
    pub uid: Uid,
    /// Workspace the dataset belongs to.
    pub workspace: String,
    /// Unique within its workspace.
    pub name: String,
    /// Whether its workspace has no member, and so is open to all.
    pub open: bool,
    /// Newest text of the guidelines (markdown).
    pub guidelines: String,
    /// Number of the newest guidelines, 0 when there are none.
    pub guidelines_version: i64,
    /// What is hidden from an annotator until their own submit.
    pub hide: Hide,
    /// How many people must submit a record before it is complete.
    pub min_submitted: Option<u32>,
    /// `import`, or `shuffle:SEED`.
    pub order: String,
    /// Parts of a record's text, in order.
    pub fields: Vec<Field>,
    /// Questions, in order.
    pub questions: Vec<Question>,
    /// Named vectors.
    pub vectors: Vec<VectorSpace>,
}

impl Dataset {
    /// A dataset without anything in it, open to all.
    #[must_use]
    pub fn bare(workspace: &str, name: &str) -> Self {
        Self {
            id: DatasetId(0),
            uid: Uid(String::new()),
            workspace: workspace.to_owned(),
            name: name.to_owned(),
            open: true,
            guidelines: String::new(),
            guidelines_version: 0,
            hide: Hide::Others,
            min_submitted: None,
            order: String::from("import"),
            fields: Vec::new(),
            questions: Vec::new(),
            vectors: Vec::new(),
        }
    }

    /// `workspace/name`, or `name` in the default workspace.
    #[must_use]
    pub fn path(&self) -> String {
        if self.workspace == "default" { self.name.clone() } else { format!("{}/{}", self.workspace, self.name) }
    }
}

/// What is hidden from an annotator on each record until their own submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hide {
    /// Other people's answers.
    #[default]
    Others,
    /// Suggestions.
    Suggestions,
    /// Both.
    Both,
    /// Nothing.
    None,
}

impl Hide {
    /// The word used in SQL, commands and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Others => "others",
            Self::Suggestions => "suggestions",
            Self::Both => "both",
            Self::None => "none",
        }
    }

    /// The value of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Others, Self::Suggestions, Self::Both, Self::None].into_iter().find(|hide| hide.word() == word)
    }
}

/// One part of a record's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name in files.
    pub name: String,
    /// Name on screen.
    pub title: String,
    /// `text` or `markdown`.
    pub kind: String,
}

/// The six kinds of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionKind {
    /// Any number of labels, none included.
    MultiLabel,
    /// Exactly one label.
    Label,
    /// A whole number.
    Rating,
    /// Free text.
    Text,
    /// Labels in an order.
    Ranking,
    /// Labelled stretches of text.
    Span,
}

impl QuestionKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::MultiLabel, Self::Label, Self::Rating, Self::Text, Self::Ranking, Self::Span];

    /// The word used in SQL, commands and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MultiLabel => "multi_label",
            Self::Label => "label",
            Self::Rating => "rating",
            Self::Text => "text",
            Self::Ranking => "ranking",
            Self::Span => "span",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Something asked about every record.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Key within this file.
    pub id: QuestionId,
    /// Identity across files.
    pub uid: Uid,
    /// Name in files.
    pub name: String,
    /// Name on screen.
    pub title: String,
    /// What kind of answer it takes.
    pub kind: QuestionKind,
    /// Whether a submit needs an answer.
    pub required: bool,
    /// Lowest rating.
    pub min: Option<i64>,
    /// Highest rating.
    pub max: Option<i64>,
    /// Number of the present label set; each added or retired label makes a new one.
    pub label_set: i64,
    /// Labels in index order; indices are never reused.
    pub labels: Vec<Label>,
}

impl Question {
    /// Index of the label with this value.
    #[must_use]
    pub fn label_index(&self, value: &str) -> Option<usize> {
        self.labels.iter().position(|label| label.value == value)
    }

    /// An answer as files write it: labels by value.
    #[must_use]
    pub fn to_value(&self, answer: &Answer) -> Option<Value> {
        match answer {
            Answer::Labels(labels) => {
                let labels = labels.iter().filter_map(|index| self.labels.get(*index as usize));
                let mut values = labels.map(|label| Value::from(label.value.as_str()));
                if self.kind == QuestionKind::Label { values.next() } else { Some(values.collect()) }
            }
            other => other.value(),
        }
    }

    /// The answer that files write so; labels that the question does not have are left out. What is no answer to it, as a
    /// suggestion may be, is told by [`Question::validate`].
    #[must_use]
    pub fn to_answer(&self, value: &Value) -> Answer {
        match self.kind {
            QuestionKind::MultiLabel | QuestionKind::Label => {}
            QuestionKind::Ranking => return ranking_of(value).map_or_else(|| Answer::of_value(value), Answer::Ranking),
            QuestionKind::Span => return spans_of(value).map_or_else(|| Answer::of_value(value), Answer::Spans),
            QuestionKind::Rating | QuestionKind::Text => return Answer::of_value(value),
        }
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let index = |value: &Value| self.label_index(value.as_str()?).map(|index| index as u32);
        let mut labels: Vec<u32> = values.iter().filter_map(index).collect();
        labels.sort_unstable();
        labels.dedup();
        Answer::Labels(labels)
    }
}

/// The label sets in which a label was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Label-set number in which it was first offered.
    pub since: i64,
    /// Label-set number from which it is no longer offered; `i64::MAX` while it is.
    pub until: i64,
    /// Label sets of which the contrary is true, ascending: those that a merge brought from another file.
    pub exceptions: Vec<i64>,
}

impl Offered {
    /// In every label set.
    pub const ALWAYS: Self = Self { since: 1, until: i64::MAX, exceptions: Vec::new() };

    /// Whether label set `set` had it.
    #[must_use]
    pub fn in_set(&self, set: i64) -> bool {
        (self.since <= set && set < self.until) != self.exceptions.contains(&set)
    }
}

/// One label of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Identity across files.
    pub uid: Uid,
    /// Value in files.
    pub value: String,
    /// Name on screen.
    pub title: String,
    /// What belongs to it and what does not.
    pub description: String,
    /// The key that ticks it; stored, never moves.
    pub key: Option<char>,
    /// Heading it stands under.
    pub group: Option<String>,
    /// Whether it excludes all others.
    pub exclusive: bool,
    /// Label-set number in which it was first offered.
    pub since: i64,
    /// Label-set number from which it is no longer offered.
    pub retired: Option<i64>,
    /// Label sets of which the contrary is true.
    pub exceptions: Vec<i64>,
    /// When it was changed last, by somebody in some file.
    pub changed_at: Option<i64>,
}

impl Label {
    /// Whether it was offered in label set `set`.
    #[must_use]
    pub fn offered_in(&self, set: i64) -> bool {
        (self.since <= set && self.retired.is_none_or(|end| set < end)) != self.exceptions.contains(&set)
    }

    /// In which label sets it was offered.
    #[must_use]
    pub fn offered(&self) -> Offered {
        Offered { since: self.since, until: self.retired.unwrap_or(i64::MAX), exceptions: self.exceptions.clone() }
    }
}

/// A named kind of vector with a fixed dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorSpace {
    /// Name in files.
    pub name: String,
    /// Numbers per vector.
    pub dimensions: usize,
}
