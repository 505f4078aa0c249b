//! `labelry import`.

use std::path::{Path, PathBuf};

use super::meter::Meter;
use super::{Common, Failure, dry_run, plural, say};
use crate::exchange::{self, Format, Options, Outputs, STDIN};
use crate::jobs::import::{Import, ImportReport, OnConflict, import};
use crate::jobs::{JobContext, JobError};
use crate::model::transfer::LabelFull;
use crate::model::{Permission, QuestionKind, Status};
use crate::store::sqlite::SqliteStore;
use crate::text::{decimals, fit, one_line};

/// Add records, responses and vectors from files; importing twice changes nothing
///
/// Formats are told by content: native JSONL; plain JSONL, JSON, CSV, TSV, TXT (a text a line) and Parquet; responses
/// in long form (one answer a line); what Argilla 1 and 2, Label Studio, doccano and Prodigy export; and gzip of any of
/// these. '-' is standard input. An import is one transaction: it is done whole or not at all.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files to read; - is standard input; a settings.json, argilla.yaml or config.xml describes the others
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Name of the dataset [default: the file's own, else its stem]
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// Say what was understood, show three records, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Instead of telling by content: native, jsonl, json, csv, tsv, txt, parquet, long, argilla, argilla-records,
    /// argilla-v1, argilla-rows, label-studio, doccano or prodigy
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Text columns, in order: title,body
    #[arg(long, value_delimiter = ',')]
    text: Vec<String>,
    /// Column with the id
    #[arg(long)]
    id: Option<String>,
    /// Labels of the question: a,b,c or @file.csv (value, title, description, key, group)
    #[arg(long)]
    labels: Option<String>,
    /// Name of the question [default: label]
    #[arg(long)]
    question: Option<String>,
    /// Long form: column with the record's id
    #[arg(long)]
    item: Option<String>,
    /// Long form: column with the annotator
    #[arg(long)]
    rater: Option<String>,
    /// Long form: column with the answer
    #[arg(long)]
    value: Option<String>,
    /// Long form and --answers: what separates labels in one cell
    #[arg(long)]
    sep: Option<char>,
    /// Vectors beside the records: minilm=embeddings.npy, row i belongs to record i
    #[arg(long, value_name = "NAME=FILE", value_parser = vectors)]
    vectors: Vec<(String, PathBuf)>,
    /// Plain files: columns with 1 or 0, a label each
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    multi_hot: Vec<String>,
    /// Plain files: column with the labels that apply, as a JSON list or with --sep
    #[arg(long, value_name = "COLUMN", conflicts_with = "multi_hot")]
    answers: Option<String>,
    /// With --multi-hot and --answers: whose answers they are [default: mine]
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// Names for the ids of annotators: a CSV file with the columns id and name
    #[arg(long, value_name = "FILE")]
    map_users: Option<PathBuf>,
    /// Argilla: argilla.yaml or settings.json; Label Studio: its labelling configuration in XML [default: the one
    /// beside the file]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Argilla 2, records.json: status of all responses, which the file does not keep
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// doccano: what a record without labels says: unseen (no response) or none (none of these) [default: unseen]
    #[arg(long, value_name = "WHICH", value_parser = ["unseen", "none"])]
    empty: Option<String>,
    /// Argilla: names of the classes a column gives by number, in the order first seen, nothing for null:
    /// topic.suggestion=tax,,jobs
    #[arg(long, value_name = "COLUMN=NAMES", value_parser = classes)]
    classes: Vec<(String, Vec<Option<String>>)>,
    /// Other tools: kind of a question where its answers do not tell: comment=text
    #[arg(long, value_name = "QUESTION=KIND", value_parser = kind)]
    kind: Vec<(String, QuestionKind)>,
    /// What happens to what differs: keep what is here, take theirs, or the newest [default: stop]
    #[arg(long, value_name = "WHICH", value_parser = on_conflict)]
    on_conflict: Option<OnConflict>,
    /// Import the good lines and write the bad ones beside the file, as FILE.bad.jsonl
    #[arg(long)]
    skip_bad: bool,
    /// With --skip-bad: replace a FILE.bad.jsonl that is there
    #[arg(long, requires = "skip_bad")]
    force: bool,
}

fn on_conflict(word: &str) -> Result<OnConflict, String> {
    OnConflict::parse(word).ok_or_else(|| String::from("expected keep, newest or theirs"))
}

fn format(word: &str) -> Result<Format, String> {
    Format::parse(word).ok_or_else(|| format!("expected {}", Format::words().collect::<Vec<_>>().join(", ")))
}

fn status(word: &str) -> Result<Status, String> {
    Status::parse(word).ok_or_else(|| String::from("expected draft, submitted or discarded"))
}

fn classes(text: &str) -> Result<(String, Vec<Option<String>>), String> {
    let (column, names) = text.split_once('=').ok_or("expected COLUMN=NAMES, as in topic.suggestion=tax,,jobs")?;
    let name = |name: &str| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    Ok((column.to_owned(), names.split(',').map(name).collect()))
}

fn kind(text: &str) -> Result<(String, QuestionKind), String> {
    let kinds = || QuestionKind::ALL.map(QuestionKind::word).join(", ");
    let found = text.rsplit_once('=').and_then(|(name, kind)| Some((name.to_owned(), QuestionKind::parse(kind)?)));
    found.ok_or_else(|| format!("expected QUESTION=KIND, with a kind of {}", kinds()))
}

fn vectors(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=FILE, as in minilm=embeddings.npy")?;
    Ok((name.to_owned(), PathBuf::from(path)))
}

pub(super) fn run(mut args: Args, common: &Common) -> Result<(), Failure> {
    // Whatever is wrong with the files' names is said before a labelry file is made.
    let listed = args.labels.as_deref().and_then(|text| text.strip_prefix('@')).map(PathBuf::from);
    let inputs = args.files.iter().chain(args.vectors.iter().map(|(_, path)| path));
    let inputs: Vec<&PathBuf> = inputs.chain(&args.settings).chain(&args.map_users).chain(&listed).collect();
    inputs.iter().filter(|path| path.as_os_str() != STDIN).try_for_each(|path| common.may_read(path))?;
    let outputs = common.outputs().replacing(args.force).reading(inputs);
    let beside = args.vectors.iter().map(|(_, path)| path).chain(&args.settings).chain(&args.map_users);
    for file in args.files.iter().filter(|file| file.as_os_str() != STDIN).chain(beside) {
        std::fs::metadata(file).map_err(|why| {
            Failure::failed(format!("cannot read '{}': {why}", file.display())).or_hint("check its name and its folder")
        })?;
    }
    part(&mut args)?;
    if args.of.is_some() && args.multi_hot.is_empty() && args.answers.is_none() {
        return Err(Failure::failed("--of says whose the answers of --multi-hot and --answers are")
            .or_hint("say one of them too, or leave --of out")
            .with_code(2));
    }
    let meter = Meter::new();
    let labels = args.labels.as_deref().map(labels).transpose()?.unwrap_or_default();
    let path = common.file();
    if args.dry_run {
        let folder = tempfile::tempdir()?;
        // A file that is there is only looked at: all that is written to it is taken back.
        let there = if path.exists() { path } else { folder.path().join("dry-run.db") };
        return dry_run::print(&write(args, labels, &there, common, (&meter, outputs))?);
    }
    let done = write(args, labels, &path, common, (&meter, outputs));
    print(&done?, &path)
}

/// What describes the other files is not one of them.
fn part(args: &mut Args) -> Result<(), Failure> {
    let describes = |file: &PathBuf| {
        let end = file.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "xml");
        end || file.file_name().is_some_and(|name| name == "settings.json")
    };
    let (settings, files): (Vec<_>, Vec<_>) = std::mem::take(&mut args.files).into_iter().partition(describes);
    args.files = files;
    args.settings = args.settings.take().or_else(|| settings.first().cloned());
    if args.files.is_empty() {
        let words = "there is nothing to import but a description of records";
        return Err(Failure::failed(words).or_hint("name the file of the records too"));
    }
    Ok(())
}

fn write(
    args: Args,
    labels: Vec<LabelFull>,
    path: &Path,
    common: &Common,
    (meter, outputs): (&Meter, Outputs),
) -> Result<ImportReport, Failure> {
    if args.dry_run && common.file() == *path {
        return write_to(&mut common.tried(true)?.store, args, labels, common, (meter, outputs));
    }
    let mut store = SqliteStore::open_or_create(path)?;
    meter.makes(&store);
    let done = write_to(&mut store, args, labels, common, (meter, outputs));
    if done.is_err() {
        store.unmake()?;
    }
    done
}

fn write_to(
    store: &mut SqliteStore,
    args: Args,
    labels: Vec<LabelFull>,
    common: &Common,
    (meter, outputs): (&Meter, Outputs),
) -> Result<ImportReport, Failure> {
    let users = args.map_users.as_deref().map(exchange::read_users).transpose().map_err(JobError::from)?;
    let by = common.asks(store, Permission::Manage, None)?;
    let wanted = Import {
        options: Options {
            format: args.format,
            text: args.text,
            id: args.id,
            question: args.question.clone(),
            item: args.item,
            rater: args.rater,
            value: args.value,
            separator: args.sep,
            skip_bad: args.skip_bad,
            multi_hot: args.multi_hot,
            answers: args.answers,
            answerer: args.of.unwrap_or_else(|| by.name().to_owned()),
            labels: labels.iter().map(|label| label.value.clone()).collect(),
            settings: args.settings,
            status: args.status,
            empty_is_none: args.empty.as_deref() == Some("none"),
            classes: args.classes,
            kinds: args.kind,
            ..Options::default()
        },
        files: args.files,
        dataset: args.dataset,
        question: args.question,
        labels,
        vectors: args.vectors,
        by: Some(by),
        on_conflict: args.on_conflict.unwrap_or_default(),
        users: users.unwrap_or_default(),
        dry_run: args.dry_run,
        outputs,
    };
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let report = import(store, &wanted, &mut given, meter);
    if report.is_ok() {
        meter.keeps();
    }
    meter.done();
    report.map_err(|error| meter.failure(error))
}

fn labels(text: &str) -> Result<Vec<LabelFull>, Failure> {
    if let Some(file) = text.strip_prefix('@') {
        return Ok(exchange::read_labels(Path::new(file)).map_err(JobError::from)?);
    }
    let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
    Ok(values.map(|value| LabelFull { value: value.to_owned(), ..LabelFull::default() }).collect())
}

fn print(report: &ImportReport, path: &Path) -> Result<(), Failure> {
    for (file, format) in &report.formats {
        say(format!("{}: read as {}", one_line(&file.display().to_string()), format.word()))?;
    }
    let there = |count: u64| {
        if count > 0 { format!(" ({count} were there already)") } else { String::new() }
    };
    let (records, known) = report.records;
    say(format!("{}: {records} records{}", one_line(&report.dataset), there(known)))?;
    let (responses, known) = report.responses;
    if responses + known > 0 {
        say(format!("{responses} responses{}", there(known)))?;
    }
    for (what, (count, known)) in [("suggestions", report.suggestions), ("vectors", report.vectors)] {
        if count + known > 0 {
            say(format!("{count} {what}{}", there(known)))?;
        }
    }
    let (zeros, first) = &report.zeros;
    if *zeros > 0 {
        let words = plural(*zeros, "vector");
        say(format!("{words} of nothing but zeros, which has no neighbours, the first: {first}"))?;
    }
    for (done, counts) in [("kept as they were", &report.kept), ("replaced", &report.replaced)] {
        let counts: Vec<_> = counts.iter().map(|(kind, count)| plural(*count, kind)).collect();
        if !counts.is_empty() {
            say(format!("{done}: {}", counts.join(", ")))?;
        }
    }
    for pair in &report.neighbours {
        let [text, nearest] = [&pair.text, &pair.nearest].map(|text| fit(&one_line(text), 50));
        say(format!(
            "{}: \"{text}\" is nearest to \"{nearest}\" ({})",
            one_line(&pair.vectors),
            decimals(f64::from(pair.cosine), 2)
        ))?;
    }
    for (file, count) in &report.bad {
        say(format!("left out: {}, kept in {}", plural(*count, "bad line"), one_line(&file.display().to_string())))?;
    }
    for (what, count) in &report.unusual {
        say(format!("kept, though unusual: {count} {what}"))?;
    }
    for file in &report.overwritten {
        say(format!("replaced {}", one_line(&file.display().to_string())))?;
    }
    if !report.users.is_empty() {
        say(format!("new annotators: {}", one_line(&report.users.join(", "))))?;
    }
    for words in &report.assumed {
        say(format!("assumed: {}", one_line(words)))?;
    }
    if !report.metadata.is_empty() {
        say(format!("became metadata, or left aside in long form: {}", one_line(&report.metadata.join(", "))))?;
    }
    if report.unlabelled {
        say(
            "no labels yet: add them with 'labelry labels add', or in the interface; a first import takes --labels a,b,c",
        )?;
    }
    say(format!("next: labelry {} --dataset {}", path.display(), one_line(&report.dataset)))
}
