//! What an agent suggests for one question of one record.

use std::collections::BTreeMap;

use super::{Answer, QuestionId};

/// One agent's suggestion. It is shown beside the labels and never ticked by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The question it answers.
    pub question: QuestionId,
    /// Who suggests.
    pub agent: String,
    /// The suggested answer.
    pub answer: Answer,
    /// Probability (0 to 1) by label index, where the agent gave one.
    pub scores: BTreeMap<u32, f64>,
}
