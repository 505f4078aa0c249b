//! The dataset of an import: taken or made, and whether it has what the files speak of.

use std::path::Path;
use std::rc::Rc;

use super::ImportRun;
use super::answers::SHOWN;
use crate::exchange::ReadError;
use crate::jobs::{JobError, labels};
use crate::model::transfer::{DatasetSpec, FieldSpec, LabelFull, LabelSpec, QuestionSpec, RecordSpec};
use crate::model::{Dataset, Hide, Permission, QuestionKind, may, may_in};
use crate::store::Store;
use crate::text::{brief, names, several};

impl ImportRun<'_, '_> {
    pub(super) fn header(&mut self, mut spec: DatasetSpec) -> Result<(), JobError> {
        self.check(&spec)?;
        if let Some(path) = &self.import.dataset {
            let (workspace, name) = path.split_once('/').unwrap_or(("default", path));
            spec.workspace = Some(workspace.to_owned());
            name.clone_into(&mut spec.name);
        } else if spec.name.is_empty() {
            spec.name = stem(&self.file);
        }
        if self.open(&spec)? {
            self.has(&spec.questions)?;
        }
        self.said()
    }

    /// Whether a header can be made a dataset of.
    pub(super) fn check(&self, spec: &DatasetSpec) -> Result<(), JobError> {
        if let Some(word) = spec.hide.as_deref().filter(|word| Hide::parse(word).is_none()) {
            return self.refuse(&format!("hide '{}'", brief(word)), "expected others, suggestions, both or none");
        }
        let order = spec.order.as_deref().unwrap_or("import");
        if order != "import" && order.strip_prefix("shuffle:").is_none_or(|seed| seed.parse::<u64>().is_err()) {
            return self.refuse(&format!("order '{}'", brief(order)), "expected import or shuffle:SEED");
        }
        let fields: Vec<&str> = spec.fields.iter().map(|field| field.name.as_str()).collect();
        let questions: Vec<&str> = spec.questions.iter().map(|question| question.name.as_str()).collect();
        let vectors: Vec<&str> = spec.vectors.iter().map(|space| space.name.as_str()).collect();
        for (what, names) in [("field", fields), ("question", questions), ("vector", vectors)] {
            let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
            if let Some((_, name)) = twice {
                return self.refuse(&format!("the {what} '{}' twice", brief(name)), "give each one a name of its own");
            }
        }
        for space in &spec.vectors {
            self.check_dimensions(&space.name, space.dimensions, None)?;
        }
        for question in &spec.questions {
            let name = brief(&question.name);
            if QuestionKind::parse(&question.kind).is_none() {
                let kinds: Vec<_> = QuestionKind::ALL.into_iter().map(QuestionKind::word).collect();
                return self.refuse(
                    &format!("question type '{}'", brief(&question.kind)),
                    format!("expected one of: {}", kinds.join(", ")),
                );
            }
            if question.min.zip(question.max).is_some_and(|(min, max)| min > max) {
                return self.refuse(&format!("a rating '{name}' whose min is above its max"), "swap the two");
            }
            let full: Vec<LabelFull> = question.labels.iter().cloned().map(LabelSpec::full).collect();
            labels::check(&full).map_err(|fault: ReadError| fault.placed(&self.file, Some(self.line)))?;
        }
        Ok(())
    }

    /// Takes the dataset of this name, or makes it; tells whether it was there.
    pub(super) fn open(&mut self, spec: &DatasetSpec) -> Result<bool, JobError> {
        let workspace = spec.workspace.as_deref().unwrap_or("default");
        let find = |store: &mut dyn Store| -> Result<Option<Dataset>, JobError> {
            let all = store.datasets()?;
            Ok(all.into_iter().find(|dataset| dataset.name == spec.name && dataset.workspace == workspace))
        };
        let mut found = find(self.store)?;
        self.may_take(found.as_ref(), workspace)?;
        let there = found.is_some();
        if !there {
            self.can_be_called(workspace, &spec.name)?;
            self.store.create_dataset(spec, self.given.at, self.given.uid)?;
            (self.wrote, self.made) = (true, true);
            found = find(self.store)?;
        }
        self.dataset = found.map(Rc::new);
        let spaces = self.dataset.iter().flat_map(|dataset| &dataset.vectors);
        self.spaces = spaces.map(|space| (space.name.clone(), (None, space.dimensions))).collect();
        Ok(there)
    }

    /// Whether a dataset can be made of this name; one that is there keeps the name it has.
    fn can_be_called(&self, workspace: &str, name: &str) -> Result<(), JobError> {
        let inner = || workspace.contains('/').then_some("it has a slash");
        for (what, name, fault) in
            [("dataset", name, names::fault(name)), ("workspace", workspace, names::fault(workspace).or_else(inner))]
        {
            if let Some(why) = fault {
                let way_out = format!("name it with --dataset NAME or WORKSPACE/NAME: {}", names::RULE);
                return self.refuse(&format!("'{}' as the name of a {what}: {why}", brief(name)), way_out);
            }
        }
        Ok(())
    }

    /// Whether who imports may do so there; a dataset that they do not see is not told of.
    fn may_take(&mut self, found: Option<&Dataset>, workspace: &str) -> Result<(), JobError> {
        let Some(by) = &self.by else { return Ok(()) };
        let allowed = match found {
            Some(dataset) => may(by, Permission::Manage, Some(dataset)),
            None => may_in(by, Permission::Manage, workspace, false),
        };
        if allowed {
            return Ok(());
        }
        let what = format!("'{}' may not import into the workspace '{}'", brief(&by.name), brief(workspace));
        let way_out = "ask the file's owner, or name a workspace of yours: --dataset WORKSPACE/NAME";
        Err(JobError::NotAllowed(what, way_out.to_owned()))
    }

    /// The dataset that a record goes to: the header's, else the one that is named, else one made for it.
    pub(super) fn for_record(&mut self, record: &RecordSpec) -> Result<Rc<Dataset>, JobError> {
        if self.dataset.is_some() {
            return self.opened();
        }
        let path = self.import.dataset.clone().unwrap_or_else(|| stem(&self.file));
        let (workspace, name) = path.split_once('/').unwrap_or(("default", &path));
        if self.learned.is_some() {
            return self.for_learned(record, (workspace, name));
        }
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
        labels::check(&self.import.labels).map_err(|fault| fault.placed(Path::new("--labels"), None))?;
        if self.open(&spec)? {
            self.said()?;
        } else {
            self.report.unlabelled = self.import.labels.is_empty();
        }
        self.opened()
    }

    /// Whether an existing dataset has what the command line says.
    fn said(&self) -> Result<(), JobError> {
        let (said, labels) = (&self.import.question, &self.import.labels);
        if said.is_none() && labels.is_empty() {
            return Ok(());
        }
        let dataset = self.opened()?;
        let name = match (said, &dataset.questions[..]) {
            (Some(name), _) => name.clone(),
            (None, [only]) => only.name.clone(),
            (None, _) => String::from("label"),
        };
        let kind = dataset.questions.iter().find(|question| question.name == name);
        let kind = kind.map_or(QuestionKind::MultiLabel, |question| question.kind);
        let labels = labels.iter().cloned().map(LabelSpec::Full).collect();
        self.has(&[QuestionSpec { name, kind: kind.word().to_owned(), labels, ..QuestionSpec::default() }])
    }

    /// Whether the dataset has these questions with these labels.
    pub(super) fn has(&self, questions: &[QuestionSpec]) -> Result<(), JobError> {
        let dataset = self.opened()?;
        for spec in questions {
            let Some(question) = dataset.questions.iter().find(|question| question.name == spec.name) else {
                let names: Vec<_> = dataset.questions.iter().map(|question| brief(&question.name)).collect();
                return Err(JobError::refused(
                    format!("'{}' has no question '{}'", brief(&dataset.path()), brief(&spec.name)),
                    format!("it has: {}; or import into another dataset with --dataset", names.join(", ")),
                ));
            };
            if question.kind.word() != spec.kind {
                return Err(JobError::refused(
                    format!(
                        "question '{}' is {} here and {} in the file",
                        brief(&spec.name),
                        question.kind.word(),
                        spec.kind
                    ),
                    "import into another dataset with --dataset",
                ));
            }
            let wanted = spec.labels.iter().map(|label| match label {
                LabelSpec::Value(value) => value,
                LabelSpec::Full(full) => &full.value,
            });
            let missing: Vec<_> = wanted.filter(|value| question.label_index(value).is_none()).collect();
            if let Some(first) = missing.first() {
                let all = several(missing.iter().map(|value| brief(value)), SHOWN);
                let add = if missing.len() == 1 { "add it first" } else { "add each first" };
                let command = labels::adding(&dataset, question, first);
                return Err(JobError::refused(
                    format!("question '{}' has no label {all}", brief(&spec.name)),
                    format!("{add}: {command}; or import into another dataset with --dataset"),
                ));
            }
        }
        Ok(())
    }
}

pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
    let stem = name.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem != crate::exchange::STDIN).unwrap_or_else(|| String::from("data"))
}
