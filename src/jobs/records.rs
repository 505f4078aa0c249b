//! A record with all that hangs on it, as a session shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::record_view::RecordView;
use crate::model::transfer::SuggestionSpec;
use crate::model::{Dataset, Precision, Question, Record, RecordId, Suggestion, UserId};
use crate::store::{Find, Result, Store, StoreError};

/// One record with what the person and others hold about it and what agents suggest.
///
/// # Errors
/// When there is no such record, or the file cannot be read.
pub fn load(store: &mut dyn Store, dataset: &Dataset, user: UserId, record: RecordId) -> Result<RecordView> {
    let found = load_all(store, dataset, user, &[record])?.pop();
    found.ok_or_else(|| StoreError::Missing(format!("there is no record {}", record.0)))
}

/// Records with what the person and others hold about them and what agents suggest, in the order they are named: six
/// looks at the file, however many records and people there are.
///
/// # Errors
/// When there is no such record, or the file cannot be read.
pub fn load_all(store: &mut dyn Store, dataset: &Dataset, user: UserId, ids: &[RecordId]) -> Result<Vec<RecordView>> {
    let mut suggestions = store.suggestions(ids)?;
    let mut adjudications = store.adjudications_among(ids)?;
    let records = store.records(ids)?;
    let mut held = store.held(ids)?;
    let of = |id| dataset.questions.iter().find(move |question| question.id == id);
    let view = |record: Record| {
        let held = held.remove(&record.id).unwrap_or_default();
        let mine = held.iter().find(|(id, _)| *id == user).map(|(_, named)| named.entry.clone());
        let found = suggestions.remove(&record.id).unwrap_or_default();
        let (adjudications, adjudicates) = adjudications.remove(&record.id).unwrap_or_default();
        RecordView {
            place: record.position,
            record,
            entry: mine.unwrap_or_default(),
            held: held.into_iter().map(|(_, named)| named).collect(),
            suggestions: found.into_iter().filter_map(|(id, spec)| Some(suggestion(of(id)?, spec))).collect(),
            adjudications,
            adjudicates,
        }
    };
    Ok(records.into_iter().map(view).collect())
}

/// A suggestion by label index; labels that the question does not have are left out.
fn suggestion(question: &Question, spec: SuggestionSpec) -> Suggestion {
    let given = spec.scores.as_ref().and_then(Value::as_object);
    let scores: BTreeMap<u32, f64> = given
        .into_iter()
        .flatten()
        .filter_map(|(label, score)| Some((question.label_index(label)? as u32, score.as_f64()?)))
        .collect();
    Suggestion { question: question.id, agent: spec.agent, answer: question.to_answer(&spec.value), scores }
}

/// How often each agent's labels were right so far, by what the person submitted; by question and agent. One pass over
/// their submitted records.
///
/// # Errors
/// When the file cannot be read.
pub fn precision(store: &mut dyn Store, dataset: &Dataset, user: UserId) -> Result<Vec<Precision>> {
    let mut found: Vec<Precision> = Vec::new();
    store.scan_judged(dataset.id, user, &mut |judged| {
        let (id, agent) = (judged.question, judged.agent);
        let Some(question) = dataset.questions.iter().find(|question| question.id == id) else { return };
        let value: Value = serde_json::from_str(judged.value).unwrap_or_default();
        let values = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
        let labels = values.iter().filter_map(|value| question.label_index(value.as_str()?));
        let (mut right, mut suggested) = (0, 0);
        for label in labels {
            suggested += 1;
            right += u64::from(judged.labels.get(label / 8).copied().unwrap_or(0) >> (label % 8) & 1);
        }
        match found.iter_mut().find(|known| known.question == id && known.agent == agent) {
            Some(known) => {
                known.right += right;
                known.suggested += suggested;
            }
            None => found.push(Precision { question: id, agent: agent.to_owned(), right, suggested }),
        }
    })?;
    Ok(found)
}

/// The record of this id, else of this number, with or without `#`.
///
/// # Errors
/// When the file cannot be read.
pub fn named(store: &mut dyn Store, dataset: &Dataset, name: &str) -> Result<Option<RecordId>> {
    let found = store.find(dataset.id, &Find::External(name))?;
    match (found, name.trim_start_matches('#').parse()) {
        (None, Ok(position)) => store.find(dataset.id, &Find::Position(position)),
        (found, _) => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{load, load_all};
    use crate::jobs::similar::neighbours;
    use crate::model::transfer::{AdjudicationSpec, DatasetSpec, LabelSpec, QuestionSpec, SuggestionSpec};
    use crate::model::{Answer, Dataset, Entry, RecordId, Response, Role, Seen, Status, Timestamp, Uid, UserId};
    use crate::store::sqlite::{SqliteStore, counted};
    use crate::store::{NamedResponse, NewRecord, Store};

    const RECORDS: usize = 60;

    /// A dataset in which everybody answered everything, some with a note and a flag, one a second time.
    fn answered(store: &mut SqliteStore, people: usize) -> (Dataset, Vec<UserId>, Vec<RecordId>) {
        let mut made = 0;
        let mut uid = || {
            made += 1;
            Uid(format!("u-{made}"))
        };
        let question = |name: &str| QuestionSpec {
            name: name.into(),
            kind: "multi_label".into(),
            labels: vec![LabelSpec::Value("tax".into()), LabelSpec::Value("jobs".into())],
            ..QuestionSpec::default()
        };
        let questions = vec![question("topic"), question("tone")];
        let spec = DatasetSpec { name: "mail".into(), questions, ..DatasetSpec::default() };
        store.create_dataset(&spec, Timestamp(1), &mut uid).unwrap();
        let dataset = store.datasets().unwrap().remove(0);
        store.begin().unwrap();
        // Names that sort otherwise than their keys.
        let names = (0..people).map(|who| format!("p{}", people - who));
        let people: Vec<UserId> =
            names.map(|name| store.create_user(&uid(), &name, Role::Annotator, Timestamp(1)).unwrap().id).collect();
        let mut records = Vec::new();
        for at in 0..RECORDS {
            let natural_key = format!("id:r{at}");
            let record = NewRecord {
                uid: uid(),
                external_id: None,
                natural_key: &natural_key,
                fields: r#"{"text":"hello"}"#,
                metadata: "{}",
                extra: "{}",
            };
            let record = store.add_record(dataset.id, &record).unwrap();
            for (who, user) in people.iter().enumerate() {
                hold(store, &dataset, (*user, record), (at + who) as u32 % 4);
            }
            let suggestion =
                SuggestionSpec { agent: "setfit".into(), value: json!(["tax"]), ..SuggestionSpec::default() };
            store.put_suggestion(record, dataset.questions[0].id, &suggestion, None).unwrap();
            let right = AdjudicationSpec { value: json!(["jobs"]), ..AdjudicationSpec::default() };
            store.put_adjudication(record, dataset.questions[1].id, people[0], None, &right).unwrap();
            records.push(record);
        }
        store.commit().unwrap();
        (dataset, people, records)
    }

    fn hold(store: &mut SqliteStore, dataset: &Dataset, (user, record): (UserId, RecordId), kind: u32) {
        let response = Response {
            uid: format!("{}-{}", user.0, record.0),
            status: if kind == 2 { Status::Draft } else { Status::Submitted },
            answers: dataset.questions.iter().map(|question| (question.id, Answer::Labels(vec![kind % 2]))).collect(),
            reason: None,
            active_ms: Some(1_500),
            at: Some(1_000),
            label_sets: dataset.questions.iter().map(|question| (question.id, 1)).collect(),
            guidelines_version: 0,
            saw_agents: vec!["setfit".into()],
            saw_others: false,
        };
        let mut entry = Entry { response: Some(response.clone()), ..Entry::default() };
        if kind == 3 {
            entry = Entry { response: None, note: Some("why?".into()), flag: true, ..Entry::default() };
            entry.seen = Seen { others: true, agents: ["setfit".into()].into() };
            store.put_pass(dataset.id, user, record, 2, &response).unwrap();
        }
        store.add_entry(dataset.id, user, record, &entry).unwrap();
    }

    #[test]
    fn a_record_and_its_neighbours_cost_a_handful_of_statements_whatever_the_number_of_people() {
        let mut counts = Vec::new();
        for people in [1, 5, 20] {
            let folder = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
            let (dataset, _, records) = answered(&mut store, people);
            let me = UserId(1);
            let (one, shown) = counted::statements(&mut store, |store| load(store, &dataset, me, records[0]).unwrap());
            assert_eq!((shown.record.id, shown.held.len()), (records[0], people));
            let (list, _) = counted::statements(&mut store, |store| load_all(store, &dataset, me, &records).unwrap());
            let near: Vec<(RecordId, f32)> = records[..50].iter().rev().map(|id| (*id, 0.5)).collect();
            let (near, found) = counted::statements(&mut store, |store| neighbours(store, &near).unwrap());
            assert_eq!((found.len(), found[0].record.id), (50, records[49]));
            counts.push([one.len(), list.len(), near.len()]);
        }
        assert_eq!(counts, [[6, 6, 4]; 3], "a record, a list of 60, 50 neighbours; with 1, 5 and 20 people");
    }

    #[test]
    fn what_is_read_of_many_records_at_once_is_what_each_of_them_holds() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        let (dataset, people, mut records) = answered(&mut store, 5);
        records.reverse();
        let names: Vec<(UserId, String)> =
            store.users().unwrap().into_iter().map(|user| (user.id, user.name)).collect();
        for (view, id) in load_all(&mut store, &dataset, people[1], &records).unwrap().into_iter().zip(&records) {
            assert_eq!((view.record, view.entry), (store.record(*id).unwrap(), store.entry(people[1], *id).unwrap()));
            let mut held: Vec<NamedResponse> = names
                .iter()
                .map(|(user, name)| NamedResponse { user: name.clone(), entry: store.entry(*user, *id).unwrap() })
                .collect();
            held.sort_by(|a, b| a.user.cmp(&b.user));
            assert_eq!(view.held, held);
            assert_eq!(view.adjudications, store.adjudications(*id).unwrap());
            assert_eq!(view.adjudicates, [(people[0], String::from("p5"))].into());
            assert_eq!((view.suggestions.len(), view.suggestions[0].agent.as_str()), (1, "setfit"));
        }
        assert!(load_all(&mut store, &dataset, people[1], &[records[0], RecordId(9_999)]).is_err());
    }
}
