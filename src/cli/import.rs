//! `labelry import`.

use std::path::{Path, PathBuf};

use super::meter::Meter;
use super::{Common, Failure, say};
use crate::exchange::{self, Format, Options};
use crate::jobs::import::{Import, OnConflict, Report, import};
use crate::jobs::{Given, JobError};
use crate::model::Action;
use crate::model::transfer::LabelFull;
use crate::store::sqlite::SqliteStore;
use crate::text::{fit, one_line};

/// Add records, responses and vectors from files; importing twice changes nothing
///
/// Formats are told by content: native JSONL, plain JSONL, CSV, TSV, and responses in long form
/// (one answer a line). An import is one transaction: it is done whole or not at all.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files to read
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Name of the dataset [default: the file's own, else its stem]
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// native, jsonl, csv, tsv or long, instead of telling by content
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
    /// Long form: what separates labels in one cell
    #[arg(long)]
    sep: Option<char>,
    /// Vectors beside the records: minilm=embeddings.npy, row i belongs to record i
    #[arg(long, value_name = "NAME=FILE", value_parser = vectors)]
    vectors: Vec<(String, PathBuf)>,
    /// What happens to what differs: keep what is here, take theirs, or the newest [default: stop]
    #[arg(long, value_name = "WHICH", value_parser = on_conflict)]
    on_conflict: Option<OnConflict>,
    /// Import the good lines and write the bad ones beside the file, as FILE.bad.jsonl
    #[arg(long)]
    skip_bad: bool,
}

fn on_conflict(word: &str) -> Result<OnConflict, String> {
    OnConflict::parse(word).ok_or_else(|| String::from("expected keep, newest or theirs"))
}

fn format(word: &str) -> Result<Format, String> {
    Format::parse(word).ok_or_else(|| String::from("expected native, jsonl, csv, tsv or long"))
}

fn vectors(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=FILE, as in minilm=embeddings.npy")?;
    Ok((name.to_owned(), PathBuf::from(path)))
}

pub(super) fn run(args: Args, common: &Common) -> Result<(), Failure> {
    // Whatever is wrong with the files' names is said before a labelry file is made.
    for file in args.files.iter().chain(args.vectors.iter().map(|(_, path)| path)) {
        std::fs::metadata(file).map_err(|why| Failure::failed(format!("cannot read '{}': {why}", file.display())))?;
    }
    let meter = Meter::new();
    let labels = args.labels.as_deref().map(labels).transpose()?.unwrap_or_default();
    let path = common.file();
    let fresh = !path.exists();
    let done = write(args, labels, &path, common, &meter);
    if fresh && done.is_err() {
        for end in ["", "-wal", "-shm"] {
            let _absent = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
    print(&done?, &path)
}

fn write(args: Args, labels: Vec<LabelFull>, path: &Path, common: &Common, meter: &Meter) -> Result<Report, Failure> {
    let mut store = SqliteStore::open_or_create(path)?;
    let user = common.user(&mut store, Action::Manage)?;
    let wanted = Import {
        files: args.files,
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
            ..Options::default()
        },
        dataset: args.dataset,
        question: args.question,
        labels,
        vectors: args.vectors,
        user: Some(user.id),
        on_conflict: args.on_conflict.unwrap_or_default(),
    };
    let mut given = Given { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let report = import(&mut store, &wanted, &mut given, meter);
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

/// `1 response`, `2 responses`, `2 working copies`.
fn plural(count: u64, word: &str) -> String {
    match word.strip_suffix('y') {
        _ if count == 1 => format!("1 {word}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {word}s"),
    }
}

fn print(report: &Report, path: &Path) -> Result<(), Failure> {
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
    for (done, counts) in [("kept as they were", &report.kept), ("replaced", &report.replaced)] {
        let counts: Vec<_> = counts.iter().map(|(kind, count)| plural(*count, kind)).collect();
        if !counts.is_empty() {
            say(format!("{done}: {}", counts.join(", ")))?;
        }
    }
    for pair in &report.neighbours {
        let [text, nearest] = [&pair.text, &pair.nearest].map(|text| fit(&one_line(text), 50));
        say(format!("{}: \"{text}\" is nearest to \"{nearest}\" ({:.2})", one_line(&pair.vectors), pair.cosine))?;
    }
    for (file, count) in &report.bad {
        say(format!("left out: {}, kept in {}", plural(*count, "bad line"), one_line(&file.display().to_string())))?;
    }
    if !report.users.is_empty() {
        say(format!("new annotators: {}", one_line(&report.users.join(", "))))?;
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
