//! Where the ratings come from: a dataset or files, and which of the two is said.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::meter::Meter;
use super::super::{Common, Failure, open as queues};
use super::{AgreementOutput, Args, policy, stored};
use crate::exchange;
use crate::jobs::agreement::{self, MeasureSelection};
use crate::jobs::ratings::{CountedAnswers, Filter, Judgements, Level, RatingsRequest, of_dataset, of_files};
use crate::jobs::{self, JobError};
use crate::model::visibility::{ONLY_MINE, Sight};
use crate::model::{Dataset, Findings, Question, QuestionKind};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::text::{near, one_line};

/// Ratings and where they are from.
pub(super) struct Source {
    pub(super) title: String,
    pub(super) dataset: Option<String>,
    pub(super) files: Vec<String>,
    pub(super) judgements: Judgements,
    pub(super) store: Option<SqliteStore>,
    /// What who asks may see.
    sight: Sight,
    /// Whether only records count that they submitted.
    pub(super) mine: bool,
    /// Figures by the stored sums and who gave the answers, where those are enough.
    stored: Option<(Findings, Vec<String>, u64)>,
}

pub(super) fn open(args: &Args, common: &Common) -> Result<Source, Failure> {
    let there = |name: &Path| name.as_os_str() == "-" || name.exists();
    match args.names.as_slice() {
        [] => from_store(args, common, args.dataset.as_deref()),
        [name] if !there(name) => match name.to_str() {
            Some(text) => no_file(text, common).and_then(|()| from_store(args, common, Some(text))),
            None => Err(Failure::failed(format!("there is no file '{}'", name.display()))),
        },
        names => match names.iter().find(|name| !there(name)) {
            Some(name) => {
                let what = format!("there is no file '{}'", name.display());
                Err(Failure::failed(what).or_hint("several names are files; a dataset is named alone"))
            }
            None => from_files(args, common),
        },
    }
}

/// A name that is no file may be a dataset's; where it cannot be, both are said.
fn no_file(name: &str, common: &Common) -> Result<(), Failure> {
    let file = common.file();
    if !file.exists() {
        let what =
            format!("there is no file '{name}', and no labelry file '{}' with a dataset of that name", file.display());
        return Err(Failure::failed(what).or_hint("check the name of the file, or name the labelry file with --db"));
    }
    let mut store = common.store()?;
    let viewer = common.viewer(&mut store)?;
    let all = jobs::datasets(&mut store, viewer.as_ref())?;
    let names: Vec<String> = all.iter().map(Dataset::path).collect();
    if names.iter().any(|path| path == name.strip_prefix("default/").unwrap_or(name)) {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = near::names(name, &names);
    let hint = match (near.as_slice(), names.as_slice()) {
        ([], []) => String::from("check the name of the file"),
        ([], all) => format!("the datasets are: {}", all.join(", ")),
        (near, _) => format!("did you mean {}?", near.join(" or ")),
    };
    let what = format!("'{name}' is neither a file nor a dataset of '{}'", file.display());
    Err(Failure::failed(what).or_hint(hint))
}

fn from_files(args: &Args, common: &Common) -> Result<Source, Failure> {
    for name in &args.names {
        if common.outputs().may_read(name).is_err() || exchange::is_sqlite(name) {
            let what = format!("'{}' is a labelry file, not a file of ratings", name.display());
            return Err(Failure::failed(what).or_hint(format!("labelry agreement --db {}", name.display())));
        }
    }
    if args.query().is_some() {
        return Err(Failure::failed("--query is for a dataset, and these are files")
            .or_hint("import them first with 'labelry import', or leave it out")
            .with_code(2));
    }
    say_which(args, common);
    let labels = args.reading.labels.as_deref().map(|text| labels(text, common)).transpose()?.unwrap_or_default();
    let asked = RatingsRequest {
        files: args.names.clone(),
        options: args.options(),
        question: args.question.clone(),
        labels,
        level: args.reading.level,
        range: args.reading.range,
        repeats: args.reading.duplicates.unwrap_or_default(),
    };
    let meter = Meter::new();
    let read = of_files(&asked, &mut std::io::stdin().lock(), &meter);
    meter.let_go();
    let judgements = read.map_err(|error| meter.failure(error))?;
    let files: Vec<String> = args.names.iter().map(|name| name.display().to_string()).collect();
    let shown = |file: &String| if file == "-" { String::from("standard input") } else { file.clone() };
    let title = files.iter().map(shown).collect::<Vec<_>>().join(", ");
    let (sight, mine) = (Sight::ALL, false);
    Ok(Source { title, dataset: None, files, judgements, store: None, sight, mine, stored: None })
}

/// An existing file wins over a dataset of the same name; that is said.
fn say_which(args: &Args, common: &Common) {
    let [name] = args.names.as_slice() else { return };
    let Some(name) = name.to_str().filter(|_| common.file().exists()) else { return };
    let datasets = SqliteStore::open_to_read(&common.file()).and_then(|mut store| store.datasets());
    if datasets.is_ok_and(|all| all.iter().any(|dataset| dataset.path() == name)) {
        let name = one_line(name);
        let words = format!("reading the file '{name}'; the dataset of that name: labelry agreement --dataset {name}");
        let _closed = writeln!(std::io::stderr(), "{words}");
    }
}

fn labels(text: &str, common: &Common) -> Result<Vec<String>, Failure> {
    if let Some(file) = text.strip_prefix('@') {
        common.may_read(Path::new(file))?;
        let all = exchange::read_labels(&PathBuf::from(file)).map_err(JobError::from)?;
        return Ok(all.into_iter().map(|label| label.value).collect());
    }
    Ok(text.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect())
}

fn from_store(args: &Args, common: &Common, name: Option<&str>) -> Result<Source, Failure> {
    let mut store = common.store()?;
    let viewer = common.viewer(&mut store)?;
    let dataset = jobs::dataset(&mut store, name, viewer.as_ref())?;
    let sight = Sight::of(viewer.as_ref(), &dataset);
    if let Some(flag) = args.only_for_files() {
        return Err(Failure::failed(format!("{flag} is for files, and '{}' is a dataset", dataset.path()))
            .or_hint("name a file, or leave it out")
            .with_code(2));
    }
    let question = super::question(&dataset, args.question.as_deref())?;
    if let Some(level) = args.reading.level.filter(|level| *level != Level::Nominal)
        && question.kind != QuestionKind::Rating
    {
        let what = format!("level '{}' wants numbers, and '{}' has labels", level.word(), question.name);
        return Err(Failure::failed(what).or_hint("labels have no order: leave --level out"));
    }
    let policy = args.policy()?;
    let title = dataset.path();
    let single = args.pairs || args.people || args.explain.is_some() || args.html.is_some();
    let mine = sight.narrows(&policy, single || args.query().is_some());
    let wanted = wanted(args, question.kind == QuestionKind::Rating, sight.others || mine);
    let plain = !mine && policy.is_default() && args.query().is_none() && args.explain.is_none() && args.html.is_none();
    // What was seen is known of all answers together, and has to be read where not all count.
    let whole = policy.wants_whole()
        || args.explain.is_some()
        || (!plain && matches!(store.seen(question.id)?, (agents, others, _) if agents + others > 0));
    let has_labels = matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label);
    if wanted == MeasureSelection::LABELS && plain && args.label.is_none() && has_labels {
        return by_sums(args, store, (&dataset, question), sight);
    }
    let whole_answers = wanted.overall || wanted.pairs || wanted.people || args.html.is_some();
    let distinct = args.label.is_none() && whole_answers;
    let queue = args.query().map(|query| queues::asked(query, &dataset, &mut store, common)).transpose()?;
    let queue = if mine {
        Some(jobs::agreement_report::only_mine(&mut store, &dataset, viewer.as_ref(), queue)?)
    } else {
        queue
    };
    let mut judgements = of_dataset(&mut store, &dataset, question, &Filter { queue, whole, distinct })?;
    judgements.notes.extend(mine.then(|| ONLY_MINE.to_owned()));
    let (dataset, files, store) = (Some(title.clone()), Vec::new(), Some(store));
    Ok(Source { dataset, title, files, judgements, store, sight, mine, stored: None })
}

/// Nothing of the answers is read: the sums of each label are kept with every answer.
fn by_sums(
    args: &Args,
    mut store: SqliteStore,
    (dataset, question): (&Dataset, &Question),
    sight: Sight,
) -> Result<Source, Failure> {
    let (findings, raters) = stored(&mut store, question, args.resampling())?;
    let users = store.users()?.into_iter();
    let raters: Vec<String> = users.filter(|user| raters.contains(&user.id)).map(|user| user.name).collect();
    let (agents, others, answers) = store.seen(question.id)?;
    let judgements = Judgements::none(question, (agents, others));
    let title = dataset.path();
    let (stored, mine) = (Some((findings, raters, answers)), false);
    let (dataset, files, store) = (Some(title.clone()), Vec::new(), Some(store));
    Ok(Source { title, dataset, files, judgements, store, sight, mine, stored })
}

/// What is computed and shown: the parts that were named, or else what a reader wants first; figures of single people
/// only where they may be seen.
fn wanted(args: &Args, numbers: bool, single: bool) -> MeasureSelection {
    let Args { by_label, pairs, people, json, .. } = args;
    let none = !(*by_label || *pairs || *people);
    MeasureSelection {
        overall: none || (*by_label && numbers),
        labels: !numbers && (none || *by_label),
        pairs: *pairs || (none && *json && single),
        people: *people,
    }
}

impl Source {
    pub(super) fn report(self, args: &Args) -> Result<AgreementOutput, Failure> {
        let numbers = matches!(self.judgements.values, crate::model::Values::Numbers(_));
        let wanted = wanted(args, numbers, self.sight.others || self.mine);
        let label = args.label.as_deref().map(|label| self.label(label)).transpose()?;
        let mut words = policy::Words { policy: args.policy()?, ..policy::Words::default() };
        let whole = !self.sight.others && !self.mine;
        let (mut findings, mut raters, filled) = if let Some((findings, raters, answers)) = self.stored {
            words.seen = self.judgements.seen.shares(answers);
            (findings, raters, 0)
        } else {
            let counted = words.policy.apply(&self.judgements)?;
            words = policy::Words { mine: self.mine, ..policy::Words::of(words.policy, args.query(), &counted) };
            if !whole {
                self.enough(&counted)?;
            }
            let tests = args.fail_under.is_some();
            let all = MeasureSelection {
                labels: wanted.labels || (!numbers && (tests || wanted.people || args.csv.is_some())),
                overall: wanted.overall || (numbers && (tests || args.csv.is_some())),
                ..wanted
            };
            slow(&counted, all, args.resampling())?;
            let findings = figures(&counted, label, all, args.resampling());
            let name = |rater: &u32| self.judgements.raters[*rater as usize].clone();
            (findings, counted.raters.iter().map(name).collect(), counted.filled)
        };
        if whole {
            findings = self.sight.whole(findings);
            if findings.units == 0 {
                // Neither who answered nor what they saw is told of so few records.
                raters.clear();
                (words.seen, words.left_out) = (None, String::new());
            }
        }
        let single = matches!(self.judgements.values, crate::model::Values::Labels(_));
        let declared = label.is_some() || (single && self.judgements.declared);
        let labels = match label {
            Some(label) => vec![self.judgements.labels[label as usize].clone()],
            None => self.judgements.labels,
        };
        Ok(AgreementOutput {
            title: self.title,
            dataset: self.dataset,
            files: self.files,
            question: self.judgements.question,
            label: label.and(args.label.clone()),
            labels,
            declared,
            raters,
            findings,
            wanted,
            level: args.reading.level,
            filled,
            notes: self.judgements.notes,
            policy: words,
            resampling: args.resampling(),
        })
    }

    pub(super) fn label(&self, name: &str) -> Result<u32, Failure> {
        let all: Vec<&str> = self.judgements.labels.iter().map(String::as_str).collect();
        if let Some(at) = all.iter().position(|label| *label == name) {
            return Ok(at as u32);
        }
        let near = near::names(name, &all);
        let hint = match near.as_slice() {
            [] if all.is_empty() => String::from("answers are numbers; --level nominal takes them as labels"),
            [] => format!("there is: {}", all.iter().take(12).copied().collect::<Vec<_>>().join(", ")),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Err(Failure::failed(format!("there is no label '{name}'")).or_hint(hint))
    }

    /// Of files that cannot give any figure it is said at once; a dataset may be young, and prints n/a.
    fn enough(&self, counted: &CountedAnswers) -> Result<(), Failure> {
        let paired = counted.ratings.rows.chunk_by(|a, b| a.unit == b.unit).any(|unit| unit.len() > 1);
        if paired {
            return Ok(());
        }
        let names: Vec<&str> =
            counted.raters.iter().map(|rater| self.judgements.raters[*rater as usize].as_str()).collect();
        let failure = match (counted.ratings.rows.len(), names.as_slice()) {
            (0, _) => Failure::failed(format!("no response counts: {}", counted.left_out()))
                .or_hint("only submitted answers count: see --count drafts, --count discarded, --by, --since, --until"),
            (_, [only]) => Failure::failed(format!("only one rater, '{only}', has answered; agreement takes two"))
                .or_hint("check which column names the rater: --rater COLUMN, or --wide with a column for each"),
            (rows, several) => Failure::failed(format!(
                "no record has answers of two raters: {rows} answers of {} raters, each about another record",
                several.len()
            ))
            .or_hint("raters have to name a record by the same id: check the --item column"),
        };
        if self.dataset.is_none() {
            return Err(failure);
        }
        let _closed = writeln!(std::io::stderr(), "{}", one_line(failure.words()));
        Ok(())
    }
}

/// Intervals of whole answers follow every answer; where that takes long it is said before.
fn slow(counted: &CountedAnswers, all: MeasureSelection, resampling: crate::model::Resampling) -> Result<(), Failure> {
    let draws = counted.ratings.rows.len() as u64 * u64::from(resampling.resamples);
    if (all.overall || all.pairs) && draws > jobs::agreement_report::MOST {
        let answers = crate::session::number(counted.ratings.rows.len() as i64);
        let words = format!(
            "labelry: intervals of whole answers over {answers} answers take minutes; --by-label needs none of them, \
             --resamples 100 is ten times as quick, --resamples 0 leaves them out"
        );
        writeln!(std::io::stderr(), "{words}")?;
    }
    Ok(())
}

/// The figures; of one label everything is about that label, as a yes/no question.
fn figures(
    counted: &CountedAnswers,
    label: Option<u32>,
    all: MeasureSelection,
    resampling: crate::model::Resampling,
) -> Findings {
    let Some(label) = label else { return agreement::findings(&counted.ratings, all, resampling) };
    let one = agreement::of_label(&counted.ratings, label);
    let mut findings = agreement::findings(&one, MeasureSelection { labels: true, ..all }, resampling);
    findings.labels = findings.labels.split_off(1);
    for rater in &mut findings.people {
        rater.prevalence = rater.prevalence.split_off(1.min(rater.prevalence.len()));
    }
    findings
}
