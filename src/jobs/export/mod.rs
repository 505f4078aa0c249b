//! A dataset, or a queue of it, written as files.

pub(super) mod native;
mod pages;
mod people;
mod training;

use crate::exchange::out::{self, About, Cells, Columns, Files, Left, Target};
use crate::model::transfer::FieldSpec;
use crate::model::{Dataset, Queue, Sight, User, UserId};
use crate::progress::Progress;
use crate::store::Store;

use super::JobError;
pub use crate::engine::aggregate::{Aggregation, Ties};
pub(in crate::jobs) use native::answers;
use native::{header, spec};
use pages::{ExportParts, Pages};
use people::ExportNames;
pub use training::{Nones, Training, TrainingReport, training};

/// Which records are written, and under what names.
#[derive(Debug, Clone, Default)]
pub struct ExportSelection {
    /// Only the records of this queue, as it is for this person, in its order.
    pub queue: Option<(Queue, UserId)>,
    /// Whether people are called annotator-1, annotator-2 …
    pub pseudonyms: bool,
    /// Who exports, and gets what they may see; nobody known gets no more than an annotator.
    pub viewer: Option<User>,
    /// The question of formats that have one, by its place.
    pub question: usize,
}

impl ExportSelection {
    /// What who exports may see of others.
    #[must_use]
    pub fn sight(&self, dataset: &Dataset) -> Sight {
        Sight::of(self.viewer.as_ref(), dataset)
    }

    /// The same of who exports as they stand now.
    fn asked(&self, store: &mut dyn Store, dataset: &Dataset) -> Result<Self, JobError> {
        let viewer = super::caller::reader(store, self.viewer.as_ref(), dataset)?;
        Ok(Self { viewer, ..self.clone() })
    }

    /// Whether what this person gave is written.
    fn writes(&self, dataset: &Dataset, name: &str) -> bool {
        self.sight(dataset).others || self.viewer.as_ref().is_some_and(|viewer| viewer.name == name)
    }
}

/// Writes the dataset in any format but the training one; gives the number of records and what was left out. It is meant
/// for [`super::at_one_moment`]. Memory does not grow with the dataset, but for 8 bytes for each record of a queue.
///
/// # Errors
/// [`JobError::NotAllowed`] when who exports may not read the dataset; when reading, writing or the person's patience ends.
pub fn write(
    store: &mut dyn Store,
    dataset: &Dataset,
    target: Target,
    wanted: &ExportSelection,
    files: &mut dyn Files,
    progress: &dyn Progress,
) -> Result<(u64, Left), JobError> {
    let wanted = &wanted.asked(store, dataset)?;
    if target == Target::Native {
        let mut out = files.main()?;
        let count = native::native(store, dataset, wanted, out.as_mut(), progress)?;
        return Ok((count, Left::default()));
    }
    let people = ExportNames::of(store, dataset, wanted)?;
    let mut header = header(dataset);
    native::extend(&mut header, store.extras(dataset.id)?);
    add_fields(store, dataset, &mut header.fields)?;
    let columns = if matches!(target, Target::Csv | Target::Parquet) {
        columns(store, dataset, wanted, &people)?
    } else {
        Columns::default()
    };
    let about = About { spec: &header, people: people.all(), columns, question: wanted.question };
    let Some(mut writer) = out::writer(target, files, &about)? else {
        return Ok((0, Left::default()));
    };
    let mut pages = Pages::of(store, dataset, wanted, ExportParts::of(target))?;
    let (mut done, mut unknown) = (0, 0);
    while let Some(page) = pages.next(store)? {
        for full in page {
            let named = |(name, _): &&(String, String)| !header.fields.iter().any(|field| field.name == *name);
            unknown += full.record.fields.iter().filter(named).count();
            let name = full.record.name();
            let mut spec = spec(dataset, full);
            people.rename(&mut spec);
            // Every other tool wants an id.
            spec.id.get_or_insert(name);
            writer.record(&spec)?;
            done += 1;
        }
        progress.at(done, pages.total())?;
    }
    let mut left = writer.finish()?;
    left.add(UNKNOWN_TEXTS, unknown);
    Ok((done, left))
}

const UNKNOWN_TEXTS: &str = "texts of fields that the dataset does not name";

/// A dataset may name no fields, or fewer than its records have: those of the first page are taken too.
fn add_fields(store: &mut dyn Store, dataset: &Dataset, fields: &mut Vec<FieldSpec>) -> Result<(), JobError> {
    for (record, _) in store.page(dataset.id, 0, pages::PAGE)? {
        for (name, _) in record.fields {
            if !fields.iter().any(|field| field.name == name) {
                fields.push(FieldSpec { name, ..FieldSpec::default() });
            }
        }
    }
    Ok(())
}

/// The columns of a table: one pass over metadata and people.
fn columns(
    store: &mut dyn Store,
    dataset: &Dataset,
    wanted: &ExportSelection,
    people: &ExportNames,
) -> Result<Columns, JobError> {
    let mut pages = Pages::of(store, dataset, wanted, ExportParts::columns())?;
    let mut columns = Columns::default();
    let mut metadata = std::collections::HashMap::new();
    let mut holding = std::collections::BTreeSet::new();
    while let Some(page) = pages.next(store)? {
        for full in page {
            for (user, _) in full.people {
                if !holding.contains(&user) {
                    holding.insert(user);
                }
            }
            for (name, value) in full.record.metadata {
                let at = *metadata.entry(name).or_insert_with_key(|name| {
                    columns.metadata.push((name.clone(), Cells::None));
                    columns.metadata.len() - 1
                });
                let (_, cells) = &mut columns.metadata[at];
                *cells = cells.and(&value);
            }
        }
    }
    let mut names: Vec<String> = holding.iter().map(|name| people.name(name).to_owned()).collect();
    names.sort_by_key(|name| people.place(name));
    columns.people = names;
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;

    use super::{Aggregation, ExportSelection, Nones, Training, training, write};
    use crate::exchange::out::{Files, Shape, Sink, Target};
    use crate::model::transfer::{DatasetSpec, LabelSpec, QuestionSpec, SuggestionSpec};
    use crate::model::{Role, Timestamp, Uid, UserId};
    use crate::progress::Silent;
    use crate::store::sqlite::{SqliteStore, counted};
    use crate::store::{NewRecord, Store};

    struct Nowhere;

    impl Files for Nowhere {
        fn main(&mut self) -> io::Result<Sink> {
            Ok(Box::new(io::sink()))
        }

        fn beside(&mut self, _: &str) -> io::Result<Sink> {
            self.main()
        }

        fn rest(&mut self) -> io::Result<Sink> {
            self.main()
        }

        fn is_folder(&self) -> bool {
            true
        }

        fn shape(&self) -> Shape {
            Shape::Lines
        }
    }

    fn filled(store: &mut SqliteStore) {
        let mut made = 0;
        let mut uid = || {
            made += 1;
            Uid(format!("u-{made}"))
        };
        let topic = QuestionSpec {
            name: "topic".into(),
            kind: "multi_label".into(),
            labels: vec![LabelSpec::Value("tax".into())],
            ..QuestionSpec::default()
        };
        let spec = DatasetSpec { name: "mail".into(), questions: vec![topic], ..DatasetSpec::default() };
        let dataset = store.create_dataset(&spec, Timestamp(1), &mut uid).unwrap();
        let question = store.datasets().unwrap()[0].questions[0].id;
        let space = store.vector_space(dataset, "minilm", 2).unwrap();
        store.begin().unwrap();
        store.create_user(&uid(), "ana", Role::Owner, Timestamp(1)).unwrap();
        for at in 0..60 {
            let natural_key = format!("id:r{at}");
            let (fields, uid) = (r#"{"text":"hello"}"#, uid());
            let external_id = Some(natural_key.as_str());
            let (metadata, extra) = ("{}", "{}");
            let record = NewRecord { uid, external_id, natural_key: &natural_key, fields, metadata, extra };
            let record = store.add_record(dataset, &record).unwrap();
            store.put_vector(space, record, &[0.5, 1.0]).unwrap();
            let suggestion = SuggestionSpec { agent: "m".into(), value: json!(["tax"]), ..SuggestionSpec::default() };
            store.put_suggestion(record, question, &suggestion, None).unwrap();
        }
        store.finish_bulk(dataset, &uid(), Some(UserId(1)), Timestamp(1), "{}").unwrap();
        store.commit().unwrap();
    }

    #[test]
    fn an_export_reads_what_its_format_writes_and_each_record_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        filled(&mut store);
        let dataset = store.datasets().unwrap().remove(0);
        let wanted = ExportSelection { viewer: store.users().unwrap().pop(), ..ExportSelection::default() };
        let mut reads = |target: Target| {
            let (ran, left) = counted::statements(&mut store, |store| {
                if target == Target::Training {
                    let (rule, nones) = (Aggregation::Any, Nones::Keep);
                    let asked = Training {
                        rule,
                        nones,
                        user: None,
                        drop_retired: false,
                        split: None,
                        shots: None,
                        group_by: None,
                        seed: 1,
                    };
                    training(store, &dataset, &wanted, &asked, &mut Nowhere, &Silent).unwrap().left
                } else {
                    write(store, &dataset, target, &wanted, &mut Nowhere, &Silent).unwrap().1
                }
            });
            let of = |what: &str| ran.iter().filter(|sql| sql.contains(what)).count();
            assert!(ran.len() < 60, "no statement for each of 60 records: {ran:#?}");
            let vectors = left.counts().get("vectors").copied();
            [of("v.value"), of("SELECT v.record, NULL"), of("FROM suggestion"), of("changed_at, position FROM record")]
                .into_iter()
                .map(|count| count as u64)
                .chain(vectors)
                .collect::<Vec<_>>()
        };
        // Two pages are asked for: the second is empty and nothing hangs on it.
        assert_eq!(reads(Target::Native), [1, 0, 1, 2]);
        assert_eq!(reads(Target::Argilla2), [1, 0, 1, 2]);
        assert_eq!(reads(Target::Long), [0, 1, 1, 2, 60], "vectors are counted by the index");
        assert_eq!(reads(Target::Csv), [0, 1, 1, 4, 60], "a pass before it finds the columns");
        assert_eq!(reads(Target::Training), [0, 0, 0, 2]);
    }
}
