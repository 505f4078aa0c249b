//! `labelry export`.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::meter::Meter;
use super::output::{self, Fresh, Stdout};
use super::{Common, Failure, Which, open};
use crate::exchange::out::{Left, PARQUET, Shape, Target};
use crate::exchange::{Outputs, STDIN};
use crate::jobs::export::{self, Aggregation, ExportSelection, Nones, Ties, Training};
use crate::jobs::{self, JobError};
use crate::model::{Dataset, QuestionKind, Sight, User};
use crate::store::Store;
use crate::text::near;

/// Write a dataset as native JSONL, as a table, for other tools, or as a training file
///
/// Formats: native (all there is, standard output without --out); csv and parquet (a row a record, with columns for each
/// person); long (a row an answer, for agreement); training (a row a record and a column a label); argilla-v1,
/// argilla-v2, label-studio, doccano, prodigy. long and training are JSONL, CSV or Parquet by the extension of --out.
/// What a format cannot hold is counted on standard error. Files are written under
/// temporary names and renamed once all are whole.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// native, csv, parquet, long, training, argilla-v1, argilla-v2, label-studio, doccano or prodigy [default: by the
    /// extension of --out, else native]
    #[arg(long, value_name = "FORMAT", value_parser = target)]
    format: Option<Target>,
    /// The file to write, or a folder for formats of several files
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace files that are there; a labelry file never is
    #[arg(long, requires = "out")]
    force: bool,
    /// Only these records, in this order: a queue (pending, submitted, discarded, flagged, …, offered:-LABEL) or words
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// The question, for training, doccano and prodigy [default: the first with labels]
    #[arg(long, value_name = "NAME")]
    question: Option<String>,
    /// People become annotator-1, annotator-2 … in the order they came into the file; texts, notes, reasons and metadata
    /// stand as they are
    #[arg(long)]
    pseudonymise: bool,
    #[command(flatten)]
    training: TrainingArgs,
}

/// What training files take.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Training files (--format training)")]
struct TrainingArgs {
    /// How several answers become one: any, majority (more than half), all, soft (the share), adjudicated (the verdict,
    /// else what all agree on), or user:NAME; wanted once a record has two submitted answers
    #[arg(long, value_name = "RULE")]
    aggregate: Option<String>,
    /// With majority: whether a record with a tie is dropped, or its label is "no" [default: drop]
    #[arg(long, value_name = "drop|no", value_parser = ties)]
    ties: Option<Ties>,
    /// Leave out records to which no label applies [default: they stay, all zeros]
    #[arg(long, conflicts_with = "none_label")]
    drop_none: bool,
    /// A label of its own for records to which none applies: its name
    #[arg(long, value_name = "LABEL")]
    none_label: Option<String>,
    /// Leave out the columns of retired labels
    #[arg(long)]
    drop_retired: bool,
    /// Keep this share of the rows, stratified by label, and hold the others back in test.jsonl
    #[arg(long, value_name = "SHARE")]
    split: Option<f64>,
    /// Of --split and --shots [default: 42]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// With --split: records of the same value stay together, as metadata.author
    #[arg(long, value_name = "metadata.KEY", requires = "split")]
    group_by: Option<String>,
    /// So many rows of each label, or all it has, from what is not held back
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    shots: Option<u32>,
}

fn target(word: &str) -> Result<Target, String> {
    Target::parse(word).ok_or_else(|| {
        let near = near::names(word, &Target::ALL.map(Target::word));
        match near.as_slice() {
            [] => format!("there is: {}", Target::ALL.map(Target::word).join(", ")),
            near => format!("did you mean {}?", near.join(" or ")),
        }
    })
}

fn ties(word: &str) -> Result<Ties, String> {
    match word {
        "drop" => Ok(Ties::Drop),
        "no" => Ok(Ties::No),
        _ => Err(String::from("drop or no")),
    }
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let target = args.target()?;
    args.training.fit(target)?;
    jobs::at_one_moment(&mut common.store()?, |store| export(args, common, target, store))
}

fn export(args: &Args, common: &Common, target: Target, store: &mut dyn Store) -> Result<(), Failure> {
    let viewer = common.viewer(store)?;
    let dataset = jobs::dataset(store, args.which.name(), viewer.as_ref())?;
    let sight = Sight::of(viewer.as_ref(), &dataset);
    if !sight.others {
        let words = "only your own answers are written: others' are hidden from you in this dataset";
        writeln!(std::io::stderr(), "{words}")?;
    }
    if !sight.suggestions {
        let words = "suggestions are written for records that you submitted: others are hidden from you till then";
        writeln!(std::io::stderr(), "{words}")?;
    }
    let queue = args.query.as_ref().map(|query| open::asked(query, &dataset, store, common)).transpose()?;
    let wanted =
        ExportSelection { queue, viewer, pseudonyms: args.pseudonymise, question: args.question(&dataset, target)? };
    let Some(path) = args.out.as_ref().filter(|path| path.as_os_str() != STDIN) else {
        if !target.is_one_file() {
            return Err(Failure::failed(format!("{} is several files", target.word()))
                .or_hint("name a folder, or the main file, with --out")
                .with_code(2));
        }
        let meter = Meter::beside_data();
        if target == Target::Parquet && std::io::stdout().is_terminal() {
            return Err(Failure::failed("Parquet is not for a terminal")
                .or_hint("name a file with --out, or pipe it into a program")
                .with_code(2));
        }
        let table = matches!(target, Target::Csv | Target::Long);
        let mut files = Stdout { shape: if table { Shape::Csv } else { Shape::Lines } };
        let written = export::write(store, &dataset, target, &wanted, &mut files, &meter);
        meter.done();
        return match written {
            Err(JobError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| meter.failure(error)).and_then(|(_, left)| say_left(target, &left)),
        };
    };
    let meter = Meter::new();
    let unwritten = |why: &std::io::Error| output::failure(path, why);
    let outputs = common.outputs().replacing(args.force);
    let mut files = place(path, target, outputs).map_err(|why| unwritten(&why))?;
    let written = if target == Target::Training {
        let training = args.training.training(store, &dataset, wanted.viewer.as_ref())?;
        export::training(store, &dataset, &wanted, &training, &mut files, &meter)
            .map(|written| (written.rows, "rows", written.left))
    } else {
        export::write(store, &dataset, target, &wanted, &mut files, &meter)
            .map(|(count, left)| (vec![count], "records", left))
    };
    meter.done();
    let (counts, what, left) = written.map_err(|error| match error {
        JobError::Write(why) => unwritten(&why),
        error => meter.failure(error),
    })?;
    let names = files.keep().map_err(|why| unwritten(&why))?;
    output::say_replaced(&names)?;
    let names: Vec<PathBuf> = names.into_iter().map(|kept| kept.path).collect();
    say_written(path, &names, &counts, what)?;
    say_left(target, &left)
}

/// The files: a folder where one is named, or where nothing else can be.
fn place(path: &Path, target: Target, outputs: Outputs) -> std::io::Result<Fresh> {
    let ends = path.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR);
    match target.main_name() {
        Some(main) if path.is_dir() || ends || target.extensions().is_empty() || path.extension().is_none() => {
            Fresh::folder(path, main, outputs)
        }
        _ => Ok(Fresh::file(path, outputs)),
    }
}

fn say_written(path: &Path, names: &[PathBuf], counts: &[u64], what: &str) -> Result<(), Failure> {
    let tell = |line: String| super::tell(crate::text::one_line(&line));
    if names.len() == 1 || counts.len() == 1 {
        tell(format!("{}: {} {what}", path.display(), counts[0]))?;
        let others = names.iter().filter(|name| *name != path).map(|name| name.display().to_string());
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            tell(format!("files: {}", others.join(", ")))?;
        }
        return Ok(());
    }
    for (name, count) in names.iter().zip(counts) {
        tell(format!("{}: {count} {what}", name.display()))?;
    }
    let others: Vec<String> = names.iter().skip(counts.len()).map(|name| name.display().to_string()).collect();
    tell(format!("files: {}", others.join(", ")))?;
    Ok(())
}

fn say_left(target: Target, left: &Left) -> Result<(), Failure> {
    if let Some(words) = left.words() {
        let what = if target == Target::Training { "left out" } else { "not carried over as they are" };
        super::tell(format!("{what}: {words}"))?;
    }
    Ok(())
}

impl Args {
    /// The format said, or that of the extension.
    fn target(&self) -> Result<Target, Failure> {
        let end = self.out.as_ref().and_then(|path| path.extension()).map(|end| end.to_string_lossy().to_lowercase());
        let end = end.as_deref().unwrap_or_default();
        let refused = |what: String, hint: &str| Err(Failure::failed(what).or_hint(hint).with_code(2));
        match self.format {
            _ if end == "gz" => {
                refused(format!("'.{end}' is not written"), "pipe standard output into gzip, or write .parquet")
            }
            target if !PARQUET && (end == "parquet" || target == Some(Target::Parquet)) => refused(
                String::from("this build writes no Parquet"),
                "build labelry with --features parquet, or write a .csv or .jsonl file",
            ),
            Some(target)
                if ["jsonl", "csv", "json", "parquet"].contains(&end) && !target.extensions().contains(&end) =>
            {
                let hint = match target.extensions() {
                    [] => String::from("name a folder"),
                    ends => format!("name a folder, or a .{} file", ends.join(" or .")),
                };
                refused(format!("{} is not written as .{end}", target.word()), &hint)
            }
            Some(target) => Ok(target),
            None if self.training.first_flag().is_some() => Ok(Target::Training),
            None if end == "csv" => Ok(Target::Csv),
            None if end == "parquet" => Ok(Target::Parquet),
            None if end == "json" => refused(
                String::from("a .json file may be several formats"),
                "say --format label-studio or argilla-v2; the native format is .jsonl",
            ),
            None => Ok(Target::Native),
        }
    }

    /// The place of the question that training, doccano and prodigy are about.
    fn question(&self, dataset: &Dataset, target: Target) -> Result<usize, Failure> {
        let about_one = matches!(target, Target::Training | Target::Doccano | Target::Prodigy);
        if let Some(name) = &self.question {
            if !about_one {
                let what = format!("--question is for training, doccano and prodigy; {} has them all", target.word());
                return Err(Failure::failed(what).or_hint("leave it out").with_code(2));
            }
            let found = dataset.questions.iter().position(|question| question.name == *name);
            let names: Vec<&str> = dataset.questions.iter().map(|question| question.name.as_str()).collect();
            return found.ok_or_else(|| {
                Failure::failed(format!("there is no question '{name}'"))
                    .or_hint(format!("there is: {}", names.join(", ")))
            });
        }
        let wanted = |kinds: &[QuestionKind]| dataset.questions.iter().position(|one| kinds.contains(&one.kind));
        let labels = wanted(&[QuestionKind::MultiLabel, QuestionKind::Label]);
        let spans = || wanted(&[QuestionKind::Span]).filter(|_| target != Target::Training);
        match labels.or_else(spans) {
            Some(at) => Ok(at),
            None if !about_one => Ok(0),
            None => Err(Failure::failed(format!("'{}' has no question with labels", dataset.path()))
                .or_hint("take --format long or csv")),
        }
    }
}

impl TrainingArgs {
    /// A flag that was given.
    fn first_flag(&self) -> Option<&'static str> {
        let all = [
            ("--aggregate", self.aggregate.is_some()),
            ("--ties", self.ties.is_some()),
            ("--drop-none", self.drop_none),
            ("--none-label", self.none_label.is_some()),
            ("--drop-retired", self.drop_retired),
            ("--split", self.split.is_some()),
            ("--seed", self.seed.is_some()),
            ("--group-by", self.group_by.is_some()),
            ("--shots", self.shots.is_some()),
        ];
        all.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }

    fn fit(&self, target: Target) -> Result<(), Failure> {
        let refused = |what: String, hint: &str| Err(Failure::failed(what).or_hint(hint).with_code(2));
        if let Some(name) = self.first_flag().filter(|_| target != Target::Training) {
            return refused(format!("{name} is for training files"), "add --format training, or leave it out");
        }
        if self.ties.is_some() && self.aggregate.as_deref() != Some("majority") {
            return refused(String::from("--ties is for --aggregate majority"), "leave it out");
        }
        if self.split.is_some_and(|share| !(share > 0.0 && share < 1.0)) {
            return refused(String::from("--split is a share between 0 and 1"), "as --split 0.8");
        }
        if self.seed.is_some() && self.split.is_none() && self.shots.is_none() {
            return refused(String::from("--seed is for --split and --shots"), "leave it out");
        }
        Ok(())
    }

    fn training(&self, store: &mut dyn Store, dataset: &Dataset, viewer: Option<&User>) -> Result<Training, Failure> {
        let user = self.aggregate.as_deref().and_then(|rule| rule.strip_prefix("user:"));
        let rule = match self.aggregate.as_deref() {
            None => Aggregation::Only,
            Some("any") => Aggregation::Any,
            Some("majority") => Aggregation::Majority(self.ties.unwrap_or_default()),
            Some("all") => Aggregation::All,
            Some("soft") => Aggregation::Soft,
            Some("adjudicated") => Aggregation::Adjudicated,
            Some(_) if user.is_some() => Aggregation::Only,
            Some(other) => {
                return Err(Failure::failed(format!("there is no rule '{other}'"))
                    .or_hint("there is: any, majority, all, soft, adjudicated, user:NAME")
                    .with_code(2));
            }
        };
        if let Some(name) = user {
            known(store, dataset, name, viewer)?;
        }
        let nones = match &self.none_label {
            Some(label) => Nones::Label(label.clone()),
            None if self.drop_none => Nones::Drop,
            None => Nones::Keep,
        };
        let group_by = match self.group_by.as_deref().map(|key| key.strip_prefix("metadata.")) {
            Some(None) => {
                return Err(Failure::failed("--group-by names a key of the metadata")
                    .or_hint("as --group-by metadata.author")
                    .with_code(2));
            }
            other => other.flatten().map(str::to_owned),
        };
        Ok(Training {
            rule,
            user: user.map(str::to_owned),
            nones,
            drop_retired: self.drop_retired,
            split: self.split,
            shots: self.shots,
            group_by,
            seed: self.seed.unwrap_or(42),
        })
    }
}

/// Whether somebody of that name has submitted answers here, as far as that may be known.
fn known(store: &mut dyn Store, dataset: &Dataset, name: &str, viewer: Option<&User>) -> Result<(), Failure> {
    let mut names = Vec::new();
    if !Sight::of(viewer, dataset).others && viewer.is_none_or(|viewer| viewer.name != name) {
        let what = format!("'{}' hides others' answers, and these would be of '{name}'", dataset.path());
        return Err(Failure::failed(what).or_hint("an owner or an admin may; your own answers you may have"));
    }
    for user in store.users()? {
        if store.counts(dataset.id, user.id)?.submitted > 0 {
            names.push(user.name);
        }
    }
    if names.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(Failure::failed(format!("nobody named '{name}' has submitted an answer"))
        .or_hint(format!("there is: {}", names.join(", "))))
}
