//! Files into a dataset: one transaction, what is missing is added, equal is skipped, what differs is decided once.

mod ahead;
mod answers;
mod dataset;
mod inferred;
mod long;
mod records;
mod report;
mod responses;
mod values;
mod vectors;

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::caller::{entered, unowned};
use super::{Caller, JobContext, JobError};
use crate::exchange::{self, Barred, Item, Kept, Located, Options, Outputs, Source};
use crate::model::transfer::{DatasetSpec, LabelFull};
use crate::model::{Dataset, QuestionKind, RecordId, Role, Uid, User, UserId};
use crate::progress::Progress;
use crate::store::{Change, OpenTransaction, Store};
use crate::text::{brief, one_line};

pub use report::{ImportReport, Neighbours};

/// What happens to something that differs from what the file has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The import stops.
    #[default]
    Stop,
    /// What is there stays.
    Keep,
    /// The later one stands; an unknown time is older than any known one.
    Newest,
    /// The imported one stands.
    Theirs,
}

impl OnConflict {
    /// The choice of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "keep" => Some(Self::Keep),
            "newest" => Some(Self::Newest),
            "theirs" => Some(Self::Theirs),
            _ => None,
        }
    }
}

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
    /// Who imports; nobody where a file is made that nobody owns yet.
    pub by: Option<Caller>,
    /// What happens to something that differs.
    pub on_conflict: OnConflict,
    /// Names of annotators by the ids that the files know them by.
    pub users: HashMap<String, String>,
    /// Whether all is taken back, and the report is all that is wanted.
    pub dry_run: bool,
    /// Where files of bad lines may be written.
    pub outputs: Outputs,
}

/// Imports all files, or nothing. With [`Options::skip_bad`] bad lines are left out and written beside their file.
///
/// # Errors
/// [`JobError::NotAllowed`] when who imports may not; the first thing that is wrong, with its file and line.
pub fn import(
    store: &mut dyn Store,
    import: &Import,
    given: &mut JobContext<'_>,
    progress: &dyn Progress,
) -> Result<ImportReport, JobError> {
    let mut span = OpenTransaction::write(store)?;
    let (mut report, bad) = run(&mut *span, import, given, progress)?;
    if import.dry_run {
        report.bad = bad.into_iter().map(|(file, rows)| (file, rows.len() as u64)).collect();
        return Ok(report);
    }
    // Before the commit: what is said to be left out has to be somewhere.
    let mut written = Vec::new();
    let done = keep_bad(bad, &import.outputs, &mut report, &mut written).and_then(|()| Ok(span.commit()?));
    if let Err(error) = done {
        for new in written.iter().filter(|kept| !kept.replaced) {
            let _absent = std::fs::remove_file(&new.path);
        }
        return Err(error);
    }
    report.overwritten = written.into_iter().filter(|kept| kept.replaced).map(|kept| kept.path).collect();
    Ok(report)
}

/// Writes the lines that were left out beside their files.
fn keep_bad(
    bad: Vec<(PathBuf, BadRows)>,
    outputs: &Outputs,
    report: &mut ImportReport,
    written: &mut Vec<Kept>,
) -> Result<(), JobError> {
    for (file, rows) in bad {
        let file = if file.as_os_str() == exchange::STDIN { PathBuf::from("stdin") } else { file };
        let count = rows.len();
        let (path, new) = exchange::write_bad(&file, &rows, outputs).map_err(|why| {
            let file = one_line(&file.display().to_string());
            let way_out = match Barred::of(&why) {
                Some(barred) if barred.there => "nothing was imported; move that file away, or replace it with --force",
                Some(_) => "nothing was imported; move the file that is imported to a folder of its own",
                None => "nothing was imported; make room there, or its folder writable, and import again",
            };
            JobError::refused(format!("the {count} bad lines of {file} cannot be kept beside it: {why}"), way_out)
        })?;
        written.extend(new);
        report.bad.push((path, count as u64));
    }
    Ok(())
}

/// Lines that were left out: number, what is wrong, as it stands in the file.
type BadRows = Vec<(u64, String, Vec<u8>)>;

fn run(
    store: &mut dyn Store,
    import: &Import,
    given: &mut JobContext<'_>,
    progress: &dyn Progress,
) -> Result<(ImportReport, Vec<(PathBuf, BadRows)>), JobError> {
    let mut work = ImportRun::new(store, import, given)?;
    let mut bad = Vec::new();
    let opened = import.files.iter().map(|file| Source::open(file, progress));
    let sources: Vec<Source> = opened.collect::<Result<_, JobError>>()?;
    let mut learned = exchange::learn::<JobError>(&sources, &import.options, progress)?;
    work.learned = learned.as_ref().map(|learned| work.with_labels(learned.dataset.clone()));
    for (file, source) in import.files.iter().zip(&sources) {
        work.file.clone_from(file);
        let options = work.options()?;
        let mut take = |located| work.take(located);
        let summary = ahead::read(source, &options, learned.as_mut(), &mut take, progress)?;
        work.settle()?;
        work.report.metadata.extend(summary.metadata);
        work.report.formats.push((file.clone(), summary.format));
        let rows = std::mem::take(&mut work.bad);
        if !rows.is_empty() {
            bad.push((file.clone(), rows));
        }
    }
    work.vectors(progress)?;
    work.differs.refuse(import.on_conflict)?;
    if let Some(learned) = &learned {
        work.assume(learned);
    }
    Ok((work.finish(&bad)?, bad))
}

/// Files without one record to make a dataset of.
fn nothing(files: &[PathBuf], bad: &[(PathBuf, BadRows)]) -> JobError {
    let count: usize = bad.iter().map(|(_, rows)| rows.len()).sum();
    if let Some((_, why, _)) = bad.iter().find_map(|(_, rows)| rows.first()) {
        let lines = if count == 1 { "the only line is bad" } else { &*format!("all {count} lines are bad, the first") };
        return JobError::refused(
            format!("{lines}: {why}"),
            "nothing was imported; mend the file, or say with --format, --text and --id how it is to be read",
        );
    }
    let names: Vec<_> = files.iter().map(|file| one_line(&file.display().to_string())).collect();
    JobError::refused(
        format!("{}: found no record where at least one was expected", names.join(", ")),
        "check that the program that wrote the file had finished",
    )
}

struct ImportRun<'a, 'b> {
    store: &'a mut dyn Store,
    import: &'a Import,
    given: &'a mut JobContext<'b>,
    /// Groups the events of this import.
    changeset: Uid,
    /// Who imports, if anybody does.
    by: Option<User>,
    file: PathBuf,
    line: u64,
    dataset: Option<Rc<Dataset>>,
    /// Whether this run made it.
    made: bool,
    /// What the files' dataset was learned to be, where they do not say it by themselves.
    learned: Option<DatasetSpec>,
    /// Users by name, and whether this run made them.
    users: HashMap<String, (UserId, bool)>,
    /// Records of this run, in file order, for vectors; none where a line was bad.
    rows: Vec<Option<RecordId>>,
    /// Records that this run made, ascending, with file and line.
    fresh: Vec<(RecordId, usize, u64)>,
    /// Responses of long files.
    touched: HashMap<(RecordId, UserId), long::LongState>,
    occurrences: HashMap<u128, u32>,
    /// Named vectors: key, once it is known, and dimensions.
    spaces: HashMap<String, (Option<i64>, usize)>,
    differs: report::Differs,
    bad: BadRows,
    /// Whether anything was written.
    wrote: bool,
    report: ImportReport,
}

impl<'a, 'b> ImportRun<'a, 'b> {
    fn new(store: &'a mut dyn Store, import: &'a Import, given: &'a mut JobContext<'b>) -> Result<Self, JobError> {
        let by = match &import.by {
            Some(by) => Some(entered(store, by, given)?),
            None => unowned(store).map(|()| None)?,
        };
        let users = store.users()?.into_iter().map(|user| (user.name, (user.id, false))).collect();
        let step = (given.uid)();
        store.begin_changeset(&step, true)?;
        Ok(Self {
            store,
            import,
            given,
            changeset: step,
            by,
            file: PathBuf::new(),
            line: 0,
            dataset: None,
            made: false,
            learned: None,
            users,
            rows: Vec::new(),
            fresh: Vec::new(),
            touched: HashMap::new(),
            occurrences: HashMap::new(),
            spaces: HashMap::new(),
            differs: report::Differs::default(),
            bad: Vec::new(),
            wrote: false,
            report: ImportReport::default(),
        })
    }

    /// How the next file is read: a text is not split, and only the dataset knows which answers are texts.
    fn options(&mut self) -> Result<Options, JobError> {
        let mut options = self.import.options.clone();
        if options.separator.is_none() {
            return Ok(options);
        }
        let dataset = match &self.dataset {
            Some(dataset) => Some(Rc::clone(dataset)),
            None => match crate::jobs::dataset(self.store, self.import.dataset.as_deref(), self.by.as_ref()) {
                Ok(dataset) => Some(Rc::new(dataset)),
                // A dataset that these files make, or none: a line that needs one says so.
                Err(JobError::Refused(..)) => None,
                Err(error) => return Err(error),
            },
        };
        let questions = dataset.as_ref().map_or(&[][..], |dataset| &dataset.questions);
        for question in questions.iter().filter(|question| question.kind == QuestionKind::Text) {
            options.texts.push(question.name.clone());
            if questions.len() == 1 {
                options.texts.push(String::new());
            }
        }
        Ok(options)
    }

    fn take(&mut self, mut located: Located) -> Result<(), JobError> {
        self.line = located.line;
        self.rename(&mut located.item);
        let record = matches!(located.item, Item::Record(_));
        let done = match located.item {
            Item::Header(spec) => return self.header(*spec),
            Item::Record(spec) => self.record(&spec).map(|()| self.show(&spec)),
            Item::Response(row) => self.row(&row).map(|()| self.show_row(&row)),
            Item::Bad(bad) => {
                self.leave_out(bad.error.to_string(), bad.raw, bad.record);
                Ok(())
            }
        };
        match done {
            // A row is checked whole before anything of it is written, so there is nothing to take back.
            Err(error @ JobError::Refused(..)) if self.import.options.skip_bad => {
                self.leave_out(error.to_string(), located.raw, record);
                Ok(())
            }
            done => done,
        }
    }

    /// Row i of a vector file belongs to record i of the file, the bad ones counted.
    fn leave_out(&mut self, error: String, raw: Vec<u8>, record: bool) {
        if record {
            self.rows.push(None);
        }
        self.bad.push((self.line, error, raw));
    }

    /// File and line.
    fn at(&self) -> String {
        format!("{}:{}", one_line(&self.file.display().to_string()), self.line)
    }

    /// Refuses a line: what is wrong with it, and the way out.
    fn refuse<T>(&self, what: &str, way_out: impl Into<String>) -> Result<T, JobError> {
        Err(JobError::refused(format!("{}: found {what}", self.at()), way_out))
    }

    fn opened(&self) -> Result<Rc<Dataset>, JobError> {
        self.dataset.clone().ok_or_else(|| {
            JobError::refused(
                format!("{}: a response, but there is no dataset for it", self.at()),
                "import its records first, and name their dataset with --dataset",
            )
        })
    }

    /// The annotator of a name, made when there is none; and whether this run made them.
    fn user(&mut self, name: &str) -> Result<(UserId, bool), JobError> {
        if let Some(known) = self.users.get(name) {
            return Ok(*known);
        }
        let uid = (self.given.uid)();
        let user = self.store.create_user_by(&uid, name, Role::Annotator, self.given.at, self.importer())?;
        self.users.insert(name.to_owned(), (user.id, true));
        self.report.users.push(name.to_owned());
        Ok((user.id, true))
    }

    fn change(&mut self) -> Change {
        Change {
            event: (self.given.uid)(),
            changeset: self.changeset.clone(),
            user: self.importer(),
            at: self.given.at,
        }
    }

    fn importer(&self) -> Option<UserId> {
        self.by.as_ref().map(|by| by.id)
    }

    /// Whether the imported one of two that differ shall stand. When nothing was said about it, it is counted and
    /// the import ends with it.
    fn decide(&mut self, kind: &'static str, whose: &str, mine: Option<i64>, theirs: Option<i64>) -> bool {
        let take = match self.import.on_conflict {
            OnConflict::Stop => {
                let words = format!("{} {kind} {} differs", self.at(), brief(whose));
                self.differs.add(words, false);
                return false;
            }
            OnConflict::Keep => false,
            // None is less than any time.
            OnConflict::Newest => theirs > mine,
            OnConflict::Theirs => true,
        };
        self.wrote |= take;
        let counted = if take { &mut self.report.replaced } else { &mut self.report.kept };
        *counted.entry(kind).or_default() += 1;
        take
    }

    /// [`Self::decide`] for what has no time and differs in some parts only.
    fn decide_in(&mut self, kind: &'static str, whose: &str, parts: &str) -> bool {
        if self.import.on_conflict == OnConflict::Stop {
            let words = format!("{} {kind} {} differs in its {parts}", self.at(), brief(whose));
            self.differs.add(words, false);
            return false;
        }
        self.decide(kind, whose, None, None)
    }

    fn finish(mut self, bad: &[(PathBuf, BadRows)]) -> Result<ImportReport, JobError> {
        let Some(dataset) = self.dataset.take() else { return Err(nothing(&self.import.files, bad)) };
        self.report.dataset = dataset.path();
        self.report.made = Some((*dataset).clone());
        self.report.metadata.dedup();
        let what = serde_json::json!({"records": self.report.records.0, "responses": self.report.responses.0});
        self.store.end_changeset()?;
        if self.wrote {
            self.store.finish_bulk(dataset.id, &self.changeset, self.importer(), self.given.at, &what.to_string())?;
        }
        Ok(self.report)
    }
}
