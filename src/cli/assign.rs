//! `labelry assign`.

use super::{Common, Failure, Which, say};
use crate::jobs::assign::{self, AssignRequest, Outcome};
use crate::jobs::{Caller, JobContext};
use crate::model::{Dataset, Permission, Plan};
use crate::runtime;
use crate::session::number;
use crate::store::sqlite::SqliteStore;
use crate::store::{AssignmentStore, Store};
use crate::text::one_line;

/// Who labels what: how many people each record wants, and who; without flags, the plan as it stands
///
/// A share of the records (--overlap) is labelled by --raters people, the others by one. With names the records are dealt
/// evenly; without, they are open to everybody, first come: what is on somebody's screen counts as theirs, till they
/// leave. A plan can be changed at any time: what is submitted stays, and only open places are dealt anew. The choice is
/// the same each time for a seed. Records imported later are open to everybody till the next assign.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Share of the records that several people label, as 0.2
    #[arg(long, value_name = "SHARE")]
    overlap: Option<f64>,
    /// How many people label those [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    raters: Option<u32>,
    /// Of the choice and the dealing [default: that of the plan so far, else 42]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The overlap is the same share of each value, as metadata.source
    #[arg(long, value_name = "metadata.KEY")]
    stratify: Option<String>,
    /// Deal to these people by name, evenly, as ana,ben
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    users: Vec<String>,
    /// Deal to somebody at most so many records, as ana=200; may be given several times
    #[arg(long, value_name = "NAME=N", value_parser = quota)]
    quota: Vec<(String, u64)>,
    /// Only say what it would come to
    #[arg(long)]
    dry_run: bool,
    /// Take the plan away
    #[arg(long, conflicts_with_all = ["overlap", "raters", "stratify", "users", "quota", "dry_run"])]
    clear: bool,
}

fn quota(text: &str) -> Result<(String, u64), String> {
    let parts = text.rsplit_once('=').and_then(|(name, count)| Some((name.to_owned(), count.parse().ok()?)));
    parts.ok_or_else(|| String::from("expected NAME=N, as in ana=200"))
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut tried = common.tried(args.dry_run)?;
    let store = &mut tried.store;
    let dataset = common.dataset(store, args.which.name())?;
    let by = common.asks(store, Permission::Assign, Some(&dataset))?;
    let mut given = JobContext { at: runtime::now(), uid: &mut runtime::uid };
    let name = one_line(&dataset.path());
    if args.clear {
        assign::clear(store, &dataset, &by, &mut given)?;
        return say(format!("{name} has no plan any more: {}", without(&dataset)));
    }
    let asks = args.overlap.is_some() || args.raters.is_some() || !args.users.is_empty() || !args.quota.is_empty();
    if !asks {
        return show(store, &dataset, &by);
    }
    let former = store.plan(dataset.id)?.map(|plan| plan.seed);
    let wanted = args.wanted(former.unwrap_or(42))?;
    let outcome = assign::assign(store, &dataset, &wanted, args.dry_run, (&by, &mut given))?;
    table(&name, &wanted, &outcome, args.dry_run)?;
    if let (Some(least), false) = (dataset.min_submitted, args.dry_run) {
        say(format!("min_submitted is {least}; while there is a plan, the plan says how many people a record wants"))?;
    }
    Ok(())
}

/// What holds without a plan.
fn without(dataset: &Dataset) -> String {
    match dataset.min_submitted {
        Some(1) => String::from("each record wants one person"),
        Some(least) => format!("each record wants {least} people"),
        None => String::from("everybody gets every record"),
    }
}

impl Args {
    fn wanted(&self, seed: u64) -> Result<AssignRequest, Failure> {
        let overlap = self.overlap.unwrap_or(if self.raters.is_some() { 1.0 } else { 0.0 });
        let refused = |what: String, hint: &str| Err(Failure::failed(what).or_hint(hint).with_code(2));
        if !(0.0..=1.0).contains(&overlap) {
            return refused(format!("--overlap is a share from 0 to 1, not {overlap}"), "as --overlap 0.2");
        }
        let stratify = match self.stratify.as_deref().map(|key| key.strip_prefix("metadata.")) {
            Some(None) => {
                return refused(
                    String::from("--stratify names a key of the metadata"),
                    "as --stratify metadata.source",
                );
            }
            other => other.flatten().map(str::to_owned),
        };
        let even = self.users.iter().filter(|name| !name.is_empty()).map(|name| (name.clone(), None));
        let quotas = self.quota.iter().map(|(name, count)| (name.clone(), Some(*count)));
        let people: Vec<(String, Option<u64>)> = even.chain(quotas).collect();
        let raters = self.raters.unwrap_or(2);
        if !people.is_empty() && overlap > 0.0 && (people.len() as u64) < u64::from(raters) {
            let what = format!("{raters} people are wanted for some records, and {} named", are(people.len()));
            return refused(what, "name more of them, or lower --raters");
        }
        Ok(AssignRequest { overlap, raters, seed: self.seed.unwrap_or(seed), stratify, people })
    }
}

fn are(count: usize) -> String {
    if count == 1 { String::from("1 is") } else { format!("{count} are") }
}

fn n(count: u64) -> String {
    number(count as i64)
}

fn table(name: &str, wanted: &AssignRequest, outcome: &Outcome, dry_run: bool) -> Result<(), Failure> {
    let Outcome { records, shared, answers, given, left, .. } = outcome;
    let would = if dry_run { " would be" } else { "" };
    say(format!(
        "{name}:{would} {} records, {} wanted by {} people and {} by one; {} answers, {} of them given",
        n(*records),
        n(*shared),
        wanted.raters,
        n(records - shared),
        n(*answers),
        n(*given),
    ))?;
    if outcome.people.is_empty() {
        return say("open to everybody, first come");
    }
    say(format!("{:<24}{:>10}{:>10}{:>10}", "", "finished", "to do", "in all"))?;
    for (name, finished, all) in &outcome.people {
        say(format!("{:<24}{:>10}{:>10}{:>10}", one_line(name), n(*finished), n(all - finished), n(*all)))?;
    }
    if *left > 0 {
        say(format!("{} answers are left without anybody: raise a quota, or name more people", n(*left)))?;
    }
    Ok(())
}

/// The plan as it stands.
fn show(store: &mut SqliteStore, dataset: &Dataset, by: &Caller) -> Result<(), Failure> {
    let name = one_line(&dataset.path());
    let Some(Plan { overlap, raters, seed, stratify, people }) = assign::plan(store, dataset, by)? else {
        say(format!("{name} has no plan: {}", without(dataset)))?;
        return say("make one with --overlap, --raters, --users, --quota");
    };
    let by = stratify.map(|key| format!(", stratified by metadata.{}", one_line(&key))).unwrap_or_default();
    let share = overlap * 100.0;
    say(format!("{name}: {share:.0} % of the records want {raters} people, the others one{by}; seed {seed}"))?;
    if people.is_empty() {
        say("open to everybody, first come")?;
    }
    let users = store.users()?;
    for (id, count) in store.assigned(dataset.id)? {
        let Some(user) = users.iter().find(|user| user.id == id) else { continue };
        let quota = people.iter().find(|(known, _)| *known == id).and_then(|(_, quota)| *quota);
        let quota = quota.map(|quota| format!(" of at most {}", n(quota))).unwrap_or_default();
        let pending = store.pending(dataset.id, id)?;
        say(format!("{:<24}{:>10} records{quota}, {} to do", one_line(&user.name), n(count), n(pending)))?;
    }
    let done = store.completed(dataset.id)?;
    let records = store.counts(dataset.id, crate::model::UserId(0))?.records;
    say(format!("{} of {} records are complete", n(done), number(records)))
}
