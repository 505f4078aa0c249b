//! The words as files speak them: labels and users by name, times as text. Native JSONL is these types.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// First line of a native file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format: 1.
    pub labelry: u32,
    /// The dataset.
    pub dataset: DatasetSpec,
}

/// A dataset as files speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetSpec {
    /// Name.
    pub name: String,
    /// Workspace; `default` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidelines: Option<String>,
    /// others, suggestions, both or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide: Option<String>,
    /// `import` or `shuffle:SEED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// How many submitted responses complete a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_submitted: Option<u32>,
    /// Parts of the text.
    pub fields: Vec<FieldSpec>,
    /// Questions.
    pub questions: Vec<QuestionSpec>,
    /// Named vectors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vectors: Vec<VectorSpec>,
    /// Number of the guidelines; 1 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidelines_version: Option<i64>,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// Keys of the header line beside `dataset` that this version does not know; kept.
    #[serde(skip)]
    pub header_extra: Map<String, Value>,
}

/// A field as files speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Name.
    pub name: String,
    /// Name on screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// text or markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A question as files speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QuestionSpec {
    /// Name.
    pub name: String,
    /// Name on screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One of the six kinds.
    #[serde(rename = "type")]
    pub kind: String,
    /// Default: only the first question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Labels in index order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelSpec>,
    /// Lowest rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Highest rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A label: a plain string is its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "a dataset has few labels, and most are whole")]
pub enum LabelSpec {
    /// Only the value.
    Value(String),
    /// With more.
    Full(LabelFull),
}

/// A label with everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LabelFull {
    /// Value.
    pub value: String,
    /// Name on screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The key that ticks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether ticking it takes all other ticks away, and theirs takes its.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive: Option<bool>,
    /// Label-set number in which it was first offered; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Label-set number from which it is no longer offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<i64>,
    /// Label sets of which the contrary is true: those of a merged file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<i64>,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl LabelSpec {
    /// With everything.
    #[must_use]
    pub fn full(self) -> LabelFull {
        match self {
            Self::Value(value) => LabelFull { value, ..LabelFull::default() },
            Self::Full(full) => full,
        }
    }
}

/// A named vector as files speak of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VectorSpec {
    /// Name.
    pub name: String,
    /// Numbers per vector.
    pub dimensions: usize,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A record with all that hangs on it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordSpec {
    /// The id the outside world knows it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Texts by field name.
    pub fields: Map<String, Value>,
    /// Any JSON.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Vectors by name, in the order given.
    #[serde(skip_serializing_if = "Vectors::is_empty")]
    pub vectors: Vectors,
    /// What agents suggest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<SuggestionSpec>,
    /// What people answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ResponseSpec>,
    /// Notes and flags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteSpec>,
    /// Adjudications, kept apart from responses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adjudications: Vec<AdjudicationSpec>,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Vectors by name, sorted by name when written.
pub type Vectors = std::collections::BTreeMap<String, Vec<f32>>;

/// A suggestion as files speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SuggestionSpec {
    /// Question's name.
    pub question: String,
    /// As an answer.
    pub value: Value,
    /// Probability by label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Value>,
    /// Who suggests.
    #[serde(default)]
    pub agent: String,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A response as files speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResponseSpec {
    /// User's name.
    pub user: String,
    /// draft, submitted or discarded.
    pub status: String,
    /// By question name; a question left out is missing, [] is "none of these".
    #[serde(default)]
    pub answers: Map<String, Value>,
    /// Why discarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Active seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Pass; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<i64>,
    /// Label-set number by question; the present one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_sets: Option<Map<String, Value>>,
    /// Ticks changed after the submit, not handed in yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<Map<String, Value>>,
    /// Guidelines number it was given under; the present one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines: Option<i64>,
    /// Agents whose suggestions were visible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saw_agents: Vec<String>,
    /// Whether others' answers were visible.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub saw_others: bool,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A note and a flag.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NoteSpec {
    /// User's name.
    pub user: String,
    /// The note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flag: bool,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An adjudication as files speak of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AdjudicationSpec {
    /// Question's name.
    pub question: String,
    /// As an answer.
    pub value: Value,
    /// Who decided.
    pub user: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Keys this version does not know; kept.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The keys of a dataset's header that this version does not know, where they stood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// Beside `dataset`.
    pub header: Map<String, Value>,
    /// In the dataset.
    pub dataset: Map<String, Value>,
    /// In each field.
    pub fields: Vec<Map<String, Value>>,
    /// In each question.
    pub questions: Vec<Map<String, Value>>,
    /// In each label of each question.
    pub labels: Vec<Vec<Map<String, Value>>>,
    /// In each named vector.
    pub vectors: Vec<Map<String, Value>>,
}
