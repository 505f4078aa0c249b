//! Whether what somebody holds about a record are answers to the dataset's questions: asked before it is written.

use std::collections::BTreeMap;

use super::JobError;
use crate::model::{Answer, Dataset, Entry, InvalidAnswer, Question, RecordId};
use crate::store::Store;
use crate::text::brief;

/// The first answer that is none, with its question.
fn fault<'d>(
    dataset: &'d Dataset,
    entry: &Entry,
    texts: Option<&[(String, String)]>,
) -> Option<(&'d Question, InvalidAnswer)> {
    let given = entry.response.iter().map(|response| &response.answers).chain(&entry.working).flatten();
    let mut asked = given.filter_map(|(id, answer)| {
        let question = dataset.questions.iter().find(|question| question.id == *id)?;
        Some((question, question.validate(answer, texts).err()?))
    });
    asked.next()
}

fn has_spans(entry: &Entry) -> bool {
    let given = entry.response.iter().map(|response| &response.answers).chain(&entry.working);
    given.flat_map(BTreeMap::values).any(|answer| matches!(answer, Answer::Spans(_)))
}

/// Checks an entry before it stands in the store.
///
/// # Errors
/// [`JobError::Refused`] names the question and what is wrong, and when the file cannot be read.
pub(super) fn check(store: &mut dyn Store, dataset: &Dataset, record: RecordId, entry: &Entry) -> Result<(), JobError> {
    let texts = if has_spans(entry) { Some(store.record(record)?.fields) } else { None };
    if fault(dataset, entry, texts.as_deref()).is_none() {
        return Ok(());
    }
    // Somebody may have added a label since the caller read the dataset.
    let now = store.datasets()?.into_iter().find(|known| known.id == dataset.id);
    match now.as_ref().and_then(|dataset| fault(dataset, entry, texts.as_deref())) {
        None => Ok(()),
        Some((question, wrong)) => Err(refused("", question, &wrong)),
    }
}

/// Checks an entry of another file, as it reads here, about a record with these fields (a JSON object).
///
/// # Errors
/// [`JobError::Refused`] names record, person, question and what is wrong.
pub(in crate::jobs) fn check_other(
    dataset: &Dataset,
    (record, user): (&str, &str),
    entry: &Entry,
    fields: &str,
) -> Result<(), JobError> {
    let texts = has_spans(entry).then(|| {
        let fields: BTreeMap<String, String> = serde_json::from_str(fields).unwrap_or_default();
        fields.into_iter().collect::<Vec<_>>()
    });
    match fault(dataset, entry, texts.as_deref()) {
        None => Ok(()),
        Some((question, wrong)) => {
            Err(refused(&format!("record '{}', answer of '{}': ", brief(record), brief(user)), question, &wrong))
        }
    }
}

fn refused(place: &str, question: &Question, wrong: &InvalidAnswer) -> JobError {
    let what = format!("{place}found {wrong} as the answer to '{}'", brief(&question.name));
    JobError::refused(what, "an answer is of its question's kind, and within the record's text")
}

#[cfg(test)]
mod tests {
    use crate::model::{Answer, InvalidAnswer, Question, QuestionId, QuestionKind, Ranked, Span, Uid};

    fn question(kind: QuestionKind) -> Question {
        let mut question = Question {
            id: QuestionId(1),
            uid: Uid(String::new()),
            name: String::from("q"),
            title: String::from("q"),
            kind,
            required: false,
            min: Some(-3),
            max: Some(3),
            label_set: 1,
            labels: Vec::new(),
        };
        for value in ["x", "y"] {
            question.labels.push(crate::model::Label {
                uid: Uid(value.to_owned()),
                value: value.to_owned(),
                title: value.to_owned(),
                description: String::new(),
                key: None,
                group: None,
                exclusive: false,
                since: 1,
                retired: None,
                exceptions: Vec::new(),
                changed_at: None,
            });
        }
        question
    }

    fn span(start: u64, end: u64, field: Option<&str>) -> Span {
        let field = field.map(str::to_owned);
        Span { start, end, label: String::from("x"), field, extra: serde_json::Map::new() }
    }

    fn ranked(value: &str, rank: u64) -> Ranked {
        Ranked { value: value.to_owned(), rank: Some(rank), extra: serde_json::Map::new() }
    }

    #[test]
    fn each_kind_takes_answers_of_its_own() {
        let texts =
            [(String::from("text"), String::from("🌞 é")), (String::from("title"), String::from("a longer one"))];
        let check = |kind, answer| question(kind).validate(&answer, Some(&texts)).err();
        let kinds = [QuestionKind::MultiLabel, QuestionKind::Label, QuestionKind::Rating, QuestionKind::Text];
        for kind in kinds.into_iter().chain([QuestionKind::Ranking, QuestionKind::Span]) {
            let right = match kind {
                QuestionKind::MultiLabel => Answer::Labels(vec![]),
                QuestionKind::Label => Answer::Labels(vec![1]),
                QuestionKind::Rating => Answer::Rating(-3.0),
                QuestionKind::Text => Answer::Text(String::new()),
                QuestionKind::Ranking => Answer::Ranking(vec![ranked("y", 1), ranked("x", 1)]),
                QuestionKind::Span => Answer::Spans(vec![span(0, 3, None), span(1, 3, Some("text"))]),
            };
            assert_eq!(check(kind, right.clone()), None);
            for other in kinds.into_iter().filter(|other| *other != kind) {
                let labels = [QuestionKind::MultiLabel, QuestionKind::Label];
                let both = labels.contains(&kind) && labels.contains(&other);
                assert!(both || check(other, right.clone()).is_some(), "{kind:?} to {other:?}");
            }
        }
    }

    #[test]
    fn what_is_wrong_with_an_answer_is_said() {
        use InvalidAnswer as Wrong;
        let texts = [(String::from("text"), String::from("🌞 é"))];
        let (x, y) = (|| String::from("x"), || String::from("y"));
        let table = [
            (QuestionKind::MultiLabel, Answer::Labels(vec![2]), Wrong::NoSuchLabel(2)),
            (QuestionKind::MultiLabel, Answer::Labels(vec![1, 1]), Wrong::LabelsTwice),
            (QuestionKind::MultiLabel, Answer::Labels(vec![1, 0]), Wrong::LabelsTwice),
            (QuestionKind::Label, Answer::Labels(vec![0, 1]), Wrong::NotOne(2)),
            (QuestionKind::Label, Answer::Labels(vec![]), Wrong::NotOne(0)),
            (QuestionKind::Rating, Answer::Rating(4.0), Wrong::OffScale(4.0)),
            (QuestionKind::Rating, Answer::Rating(0.5), Wrong::OffScale(0.5)),
            (QuestionKind::Rating, Answer::Rating(f64::INFINITY), Wrong::OffScale(f64::INFINITY)),
            (QuestionKind::Ranking, Answer::Ranking(vec![ranked("x", 0)]), Wrong::NoRank(x())),
            (QuestionKind::Ranking, Answer::Ranking(vec![ranked("y", 1), ranked("y", 2)]), Wrong::RankedTwice(y())),
            (QuestionKind::Ranking, Answer::Ranking(vec![ranked("z", 1)]), Wrong::UnknownLabel(String::from("z"))),
            (QuestionKind::Span, Answer::Spans(vec![span(1, 1, None)]), Wrong::EmptySpan { start: 1, end: 1 }),
            (QuestionKind::Span, Answer::Spans(vec![span(3, 1, None)]), Wrong::EmptySpan { start: 3, end: 1 }),
            (
                QuestionKind::Span,
                Answer::Spans(vec![span(0, 4, None)]),
                Wrong::BeyondText { start: 0, end: 4, length: 3 },
            ),
            (
                QuestionKind::Span,
                Answer::Spans(vec![span(0, 1, Some("body"))]),
                Wrong::NoSuchField(String::from("body")),
            ),
            (
                QuestionKind::Span,
                Answer::Spans(vec![span(0, 1, None), span(0, 1, None)]),
                Wrong::SpanTwice { start: 0, end: 1 },
            ),
        ];
        for (kind, answer, wrong) in table {
            assert_eq!(question(kind).validate(&answer, Some(&texts)), Err(wrong), "{answer:?}");
        }
        let nan = question(QuestionKind::Rating).validate(&Answer::Rating(f64::NAN), None);
        assert!(matches!(nan, Err(Wrong::OffScale(_))), "{nan:?}");
    }
}
