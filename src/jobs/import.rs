//! Files into a dataset: one transaction, what is missing is added, equal is skipped, different stops it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{Given, JobError};
use crate::exchange::{self, Format, Item, Located, Options, ResponseRow, Summary};
use crate::model::transfer::{
    DatasetSpec, FieldSpec, LabelFull, LabelSpec, NoteSpec, QuestionSpec, RecordSpec, ResponseSpec,
};
use crate::model::{
    Answer, Answers, Dataset, Entry, Question, QuestionKind, RecordId, Response, Role, Status, Timestamp, UserId,
};
use crate::progress::Progress;
use crate::store::{NewRecord, Store};

/// What is to be imported.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// Files, in order.
    pub files: Vec<PathBuf>,
    /// How they are read.
    pub options: Options,
    /// `name` or `workspace/name`; else the file's own, else its stem.
    pub dataset: Option<String>,
    /// Name of the question that a plain file gets; `label` when none is said.
    pub question: Option<String>,
    /// Labels of that question.
    pub labels: Vec<LabelFull>,
    /// Vector files: name and path; row i belongs to record i of the one record file.
    pub vectors: Vec<(String, PathBuf)>,
    /// Who imports.
    pub user: Option<UserId>,
}

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Path of the dataset.
    pub dataset: String,
    /// Records added, and records that were there already.
    pub records: (u64, u64),
    /// Responses added, and those that were there already.
    pub responses: (u64, u64),
    /// Vectors stored.
    pub vectors: u64,
    /// Annotators made.
    pub users: Vec<String>,
    /// Columns that became metadata.
    pub metadata: Vec<String>,
    /// Formats told, by file.
    pub formats: Vec<(PathBuf, Format)>,
}

/// Imports all files, or nothing.
///
/// # Errors
/// The first thing that is wrong, with its file and line.
pub fn import(
    store: &mut dyn Store,
    import: &Import,
    given: &mut Given<'_>,
    progress: &dyn Progress,
) -> Result<Report, JobError> {
    store.begin()?;
    let done = run(store, import, given, progress);
    match done {
        Ok(report) => {
            store.commit()?;
            Ok(report)
        }
        Err(error) => {
            store.rollback()?;
            Err(error)
        }
    }
}

fn run(
    store: &mut dyn Store,
    import: &Import,
    given: &mut Given<'_>,
    progress: &dyn Progress,
) -> Result<Report, JobError> {
    let mut work = Work::new(store, import, given)?;
    for file in &import.files {
        work.file.clone_from(file);
        let summary: Summary = exchange::read(file, &import.options, &mut |located| work.take(located), progress)?;
        work.report.metadata.extend(summary.metadata);
        work.report.formats.push((file.clone(), summary.format));
    }
    work.refuse_conflicts()?;
    work.vectors(progress)?;
    work.finish()
}

struct Work<'a, 'b> {
    store: &'a mut dyn Store,
    import: &'a Import,
    given: &'a mut Given<'b>,
    file: PathBuf,
    dataset: Option<Dataset>,
    users: HashMap<String, UserId>,
    /// Records of this run, in file order, for vectors.
    rows: Vec<RecordId>,
    /// Answers of long files that this run has touched.
    touched: HashSet<(i64, i64)>,
    occurrences: HashMap<u128, u32>,
    conflicts: (u64, Vec<String>),
    report: Report,
}

impl<'a, 'b> Work<'a, 'b> {
    fn new(store: &'a mut dyn Store, import: &'a Import, given: &'a mut Given<'b>) -> Result<Self, JobError> {
        let users = store.users()?.into_iter().map(|user| (user.name, user.id)).collect();
        Ok(Self {
            store,
            import,
            given,
            file: PathBuf::new(),
            dataset: None,
            users,
            rows: Vec::new(),
            touched: HashSet::new(),
            occurrences: HashMap::new(),
            conflicts: (0, Vec::new()),
            report: Report::default(),
        })
    }

    fn take(&mut self, located: Located) -> Result<(), JobError> {
        let line = located.line;
        match located.item {
            Item::Header(spec) => self.header(*spec),
            Item::Record(spec) => self.record(&spec, line),
            Item::Response(row) => self.row(&row, line),
            Item::Bad(_) => Ok(()),
        }
    }

    fn at(&self, line: u64) -> String {
        format!("{}:{line}", self.file.display())
    }

    fn header(&mut self, mut spec: DatasetSpec) -> Result<(), JobError> {
        for question in &spec.questions {
            if QuestionKind::parse(&question.kind).is_none() {
                let kinds: Vec<_> = QuestionKind::ALL.into_iter().map(QuestionKind::word).collect();
                return Err(JobError::refused(
                    format!("{}: found question type '{}'", self.at(1), crate::text::one_line(&question.kind)),
                    format!("expected one of: {}", kinds.join(", ")),
                ));
            }
        }
        if let Some(path) = &self.import.dataset {
            let (workspace, name) = path.split_once('/').unwrap_or(("default", path));
            spec.workspace = Some(workspace.to_owned());
            name.clone_into(&mut spec.name);
        }
        if spec.name.is_empty() {
            spec.name = stem(&self.file);
        }
        self.open(&spec, true)
    }

    /// Takes the dataset of this name, or makes it.
    fn open(&mut self, spec: &DatasetSpec, create: bool) -> Result<(), JobError> {
        let workspace = spec.workspace.as_deref().unwrap_or("default");
        let find = |store: &mut dyn Store| -> Result<Option<Dataset>, JobError> {
            let all = store.datasets()?;
            Ok(all.into_iter().find(|dataset| dataset.name == spec.name && dataset.workspace == workspace))
        };
        self.dataset = find(self.store)?;
        if self.dataset.is_none() && create {
            self.store.create_dataset(spec, self.given.at, self.given.uid)?;
            self.dataset = find(self.store)?;
        }
        Ok(())
    }

    /// The dataset that a record without a header goes to.
    fn for_record(&mut self, record: &RecordSpec) -> Result<(), JobError> {
        if self.dataset.is_some() {
            return Ok(());
        }
        let path = self.import.dataset.clone().unwrap_or_else(|| stem(&self.file));
        let (workspace, name) = path.split_once('/').unwrap_or(("default", &path));
        let question = QuestionSpec {
            name: self.import.question.clone().unwrap_or_else(|| String::from("label")),
            kind: String::from("multi_label"),
            labels: self.import.labels.iter().cloned().map(LabelSpec::Full).collect(),
            ..QuestionSpec::default()
        };
        let field = |name: &String| FieldSpec { name: name.clone(), ..FieldSpec::default() };
        let spec = DatasetSpec {
            name: name.to_owned(),
            workspace: Some(workspace.to_owned()),
            fields: record.fields.keys().map(field).collect(),
            questions: vec![question],
            ..DatasetSpec::default()
        };
        self.open(&spec, true)
    }

    fn opened(&self, line: u64) -> Result<Dataset, JobError> {
        self.dataset.clone().ok_or_else(|| {
            JobError::refused(
                format!("{}: a response, but there is no dataset for it", self.at(line)),
                "import its records first, and name their dataset with --dataset",
            )
        })
    }

    fn record(&mut self, spec: &RecordSpec, line: u64) -> Result<(), JobError> {
        self.for_record(spec)?;
        let dataset = self.opened(line)?;
        let fields = Value::Object(spec.fields.clone()).to_string();
        let metadata = Value::Object(spec.metadata.clone()).to_string();
        let extra = Value::Object(spec.extra.clone()).to_string();
        let key = self.natural_key(spec.id.as_deref(), &fields);
        let record = match self.store.content(dataset.id, &key)? {
            Some(known) if known.fields == fields && known.metadata == metadata && known.extra == extra => {
                self.report.records.1 += 1;
                known.id
            }
            Some(known) => {
                let name = spec.id.as_deref().unwrap_or("a record without id");
                self.conflict(format!("{} record {} differs", self.at(line), crate::text::one_line(name)));
                known.id
            }
            None => {
                self.report.records.0 += 1;
                let record = NewRecord {
                    uid: (self.given.uid)(),
                    external_id: spec.id.as_deref(),
                    natural_key: &key,
                    fields: &fields,
                    metadata: &metadata,
                    extra: &extra,
                };
                self.store.add_record(dataset.id, &record)?
            }
        };
        self.rows.push(record);
        self.hang(&dataset, record, spec, line)
    }

    /// Everything that hangs on a record: vectors, suggestions, responses, notes.
    fn hang(&mut self, dataset: &Dataset, record: RecordId, spec: &RecordSpec, line: u64) -> Result<(), JobError> {
        for (name, vector) in &spec.vectors {
            let space = self.store.vector_space(dataset.id, name, vector.len()).map_err(|error| {
                JobError::refused(format!("{}: {error}", self.at(line)), "all vectors of a name have one dimension")
            })?;
            self.store.put_vector(space, record, vector)?;
            self.report.vectors += 1;
        }
        for suggestion in &spec.suggestions {
            let question = self.question(dataset, &suggestion.question, line)?.id;
            self.store.put_suggestion(record, question, suggestion)?;
        }
        for response in &spec.responses {
            let note = spec.notes.iter().find(|note| note.user == response.user);
            self.response(dataset, record, Some(response), note, line)?;
        }
        for note in &spec.notes {
            if spec.responses.iter().all(|response| response.user != note.user) {
                self.response(dataset, record, None, Some(note), line)?;
            }
        }
        Ok(())
    }

    fn natural_key(&mut self, id: Option<&str>, fields: &str) -> String {
        if let Some(id) = id {
            return format!("id:{id}");
        }
        let hash = xxhash_rust::xxh3::xxh3_128(fields.as_bytes());
        let occurrence = self.occurrences.entry(hash).or_default();
        *occurrence += 1;
        format!("text:{hash:032x}:{occurrence}")
    }

    fn conflict(&mut self, words: String) {
        self.conflicts.0 += 1;
        if self.conflicts.1.len() < 3 {
            self.conflicts.1.push(words);
        }
    }

    fn refuse_conflicts(&self) -> Result<(), JobError> {
        let (count, examples) = &self.conflicts;
        if *count == 0 {
            return Ok(());
        }
        Err(JobError::refused(
            format!("{count} differ from what the file has already: {}", examples.join("; ")),
            "nothing was written; import into another dataset with --dataset",
        ))
    }

    fn user(&mut self, name: &str) -> Result<UserId, JobError> {
        if let Some(id) = self.users.get(name) {
            return Ok(*id);
        }
        let uid = (self.given.uid)();
        let user = self.store.create_user(&uid, name, Role::Annotator, self.given.at)?;
        self.users.insert(name.to_owned(), user.id);
        self.report.users.push(name.to_owned());
        Ok(user.id)
    }

    fn response(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        spec: Option<&ResponseSpec>,
        note: Option<&NoteSpec>,
        line: u64,
    ) -> Result<(), JobError> {
        let name = spec.map(|spec| &spec.user).or(note.map(|note| &note.user)).cloned().unwrap_or_default();
        let user = self.user(&name)?;
        let mut entry = Entry {
            note: note.and_then(|note| note.note.clone()),
            flag: note.is_some_and(|note| note.flag),
            ..Entry::default()
        };
        if let Some(spec) = spec {
            entry.response = Some(self.words(dataset, spec, line)?);
            if let Some(working) = &spec.working {
                entry.working = Some(self.answers(dataset, working, line)?);
            }
        }
        let known = self.store.entry(user, record)?;
        if known.same_content(&Entry::default()) {
            self.report.responses.0 += u64::from(spec.is_some());
            return Ok(self.store.add_entry(dataset.id, user, record, &entry)?);
        }
        self.report.responses.1 += u64::from(spec.is_some());
        if let (Some(old), Some(new)) = (&known.response, &mut entry.response) {
            new.uid.clone_from(&old.uid);
        }
        if !known.same_content(&entry) {
            let name = crate::text::one_line(&name);
            self.conflict(format!("{} response of {name} differs", self.at(line)));
        }
        Ok(())
    }

    fn words(&mut self, dataset: &Dataset, spec: &ResponseSpec, line: u64) -> Result<Response, JobError> {
        let status = Status::parse(&spec.status).ok_or_else(|| {
            let found = crate::text::one_line(&spec.status);
            JobError::refused(
                format!("{}: found status '{found}'", self.at(line)),
                "expected draft, submitted or discarded",
            )
        })?;
        let at = match &spec.at {
            None => None,
            Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
                let found = crate::text::one_line(text);
                JobError::refused(
                    format!("{}: found time '{found}'", self.at(line)),
                    "expected RFC 3339, as in 2026-01-31T10:00:00Z",
                )
            })?),
        };
        let older = |question: &Question| {
            let set = spec.label_sets.as_ref().and_then(|sets| sets.get(&question.name)).and_then(Value::as_i64);
            (question.id.0, set.unwrap_or(question.label_set))
        };
        let answers = self.answers(dataset, &spec.answers, line)?;
        let sets: BTreeMap<i64, i64> = dataset.questions.iter().map(older).collect();
        Ok(Response {
            uid: (self.given.uid)().0,
            status,
            reason: spec.reason.clone(),
            active_ms: spec.seconds.map(|seconds| (seconds * 1_000.0).round() as i64),
            at: at.map(|at| at.0),
            label_sets: sets.into_iter().filter(|(question, _)| answers.contains_key(question)).collect(),
            answers,
            guidelines_version: dataset.guidelines_version,
            saw_agents: Vec::new(),
            saw_others: false,
        })
    }

    fn answers(&self, dataset: &Dataset, answers: &Map<String, Value>, line: u64) -> Result<Answers, JobError> {
        let mut out = Answers::new();
        for (name, value) in answers {
            let question = self.question(dataset, name, line)?;
            if value.is_null() {
                continue;
            }
            out.insert(question.id.0, self.answer(question, value, line)?);
        }
        Ok(out)
    }

    fn answer(&self, question: &Question, value: &Value, line: u64) -> Result<Answer, JobError> {
        if question.kind != QuestionKind::MultiLabel {
            return Ok(Answer::Value(value.clone()));
        }
        let Some(values) = value.as_array() else {
            return Err(JobError::refused(
                format!("{}: found {value} as an answer to '{}'", self.at(line), question.name),
                "expected a list of labels",
            ));
        };
        let mut labels = Vec::with_capacity(values.len());
        for value in values {
            let index = value.as_str().and_then(|value| question.label_index(value)).ok_or_else(|| {
                let offered: Vec<_> = question.labels.iter().map(|label| label.value.as_str()).collect();
                let found = crate::text::one_line(&value.to_string());
                JobError::refused(
                    format!("{}: found label {found}, which '{}' does not have", self.at(line), question.name),
                    format!("it has: {}; add it with 'labelry labels add'", offered.join(", ")),
                )
            })?;
            labels.push(index as u32);
        }
        labels.sort_unstable();
        labels.dedup();
        Ok(Answer::Labels(labels))
    }

    fn question<'d>(&self, dataset: &'d Dataset, name: &str, line: u64) -> Result<&'d Question, JobError> {
        let only = name.is_empty() && dataset.questions.len() == 1;
        let found = dataset.questions.iter().find(|question| only || question.name == name);
        found.ok_or_else(|| {
            let names: Vec<_> = dataset.questions.iter().map(|question| question.name.as_str()).collect();
            JobError::refused(
                format!(
                    "{}: found question '{}', which the dataset does not have",
                    self.at(line),
                    crate::text::one_line(name)
                ),
                format!("it has: {}", names.join(", ")),
            )
        })
    }

    /// A line of a long form: lines of one annotator and record become one response.
    fn row(&mut self, row: &ResponseRow, line: u64) -> Result<(), JobError> {
        if self.dataset.is_none() {
            self.dataset = Some(super::dataset(self.store, self.import.dataset.as_deref())?);
        }
        let dataset = self.opened(line)?;
        let record = self.store.content(dataset.id, &format!("id:{}", row.item))?.map(|content| content.id);
        let Some(record) = record else {
            let item = crate::text::one_line(&row.item);
            return Err(JobError::refused(
                format!("{}: found item '{item}', but '{}' has no such record", self.at(line), dataset.path()),
                "import its records first, or name the right dataset with --dataset",
            ));
        };
        let user = self.user(&row.response.user)?;
        if !self.touched.contains(&(record.0, user.0)) {
            let before = self.report.responses.0;
            self.response(&dataset, record, Some(&row.response), None, line)?;
            if self.report.responses.0 > before {
                self.touched.insert((record.0, user.0));
            }
            return Ok(());
        }
        self.join(&dataset, record, user, row, line)
    }

    fn join(
        &mut self,
        dataset: &Dataset,
        record: RecordId,
        user: UserId,
        row: &ResponseRow,
        line: u64,
    ) -> Result<(), JobError> {
        let more = self.words(dataset, &row.response, line)?;
        let mut entry = self.store.entry(user, record)?;
        let Some(response) = &mut entry.response else {
            return Ok(());
        };
        if response.status != more.status {
            return Err(JobError::refused(
                format!("{}: found status {} after {}", self.at(line), more.status.word(), response.status.word()),
                "lines of one annotator and record must have one status",
            ));
        }
        for (question, answer) in more.answers {
            let joined = match (response.answers.remove(&question), answer) {
                (Some(Answer::Labels(mut old)), Answer::Labels(new)) => {
                    old.extend(new);
                    old.sort_unstable();
                    old.dedup();
                    Answer::Labels(old)
                }
                (_, answer) => answer,
            };
            response.answers.insert(question, joined);
        }
        response.label_sets.extend(more.label_sets);
        Ok(self.store.put_entry(dataset.id, user, record, &entry)?)
    }

    fn vectors(&mut self, progress: &dyn Progress) -> Result<(), JobError> {
        let import = self.import;
        for (name, path) in &import.vectors {
            let dataset = self.opened(0)?;
            let mut space = None;
            let (store, rows) = (&mut *self.store, &self.rows);
            let mut stored = 0u64;
            let mut put = |row: usize, value: &[f32]| -> Result<(), JobError> {
                let Some(record) = rows.get(row) else {
                    return Err(JobError::refused(
                        format!("{}: found more rows than the {} records of the file", path.display(), rows.len()),
                        "row i belongs to record i: give the vectors of this very file",
                    ));
                };
                let id = match space {
                    Some(id) => id,
                    None => *space.insert(store.vector_space(dataset.id, name, value.len())?),
                };
                stored += 1;
                Ok(store.put_vector(id, *record, value)?)
            };
            exchange::read_npy(path, &mut put, progress)?;
            if stored != rows.len() as u64 {
                return Err(JobError::refused(
                    format!("{}: found {stored} rows for {} records", path.display(), rows.len()),
                    "row i belongs to record i: give the vectors of this very file",
                ));
            }
            self.report.vectors += stored;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Report, JobError> {
        let Some(dataset) = self.dataset.take() else {
            return Err(JobError::refused("the files have no records", ""));
        };
        self.report.dataset = dataset.path();
        self.report.metadata.dedup();
        let what = serde_json::json!({"records": self.report.records.0, "responses": self.report.responses.0});
        let uid = (self.given.uid)();
        let added = self.report.records.0 + self.report.responses.0 + self.report.vectors;
        if added > 0 {
            self.store.finish_bulk(dataset.id, &uid, self.import.user, self.given.at, &what.to_string())?;
        }
        Ok(self.report)
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| String::from("data"), |stem| stem.to_string_lossy().into_owned())
}
