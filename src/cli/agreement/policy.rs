//! The policy in words: the line that stands above every figure.

use serde_json::{Map, Value, json};

use crate::jobs::ratings::{CountedAnswers, Missing, Policy, Unsaid};
use crate::model::Resampling;

/// The policy and what came of it.
#[derive(Default)]
pub(super) struct Words {
    pub(super) policy: Policy,
    pub(super) query: Option<String>,
    /// Shares of the counted answers given with suggestions and with others' answers seen.
    pub(super) seen: Option<(f64, f64)>,
    /// Whether only records count that who asks submitted.
    pub(super) mine: bool,
    /// Responses that do not count, as `12 drafts, 18 discarded`.
    pub(super) left_out: String,
    /// What the answers do not say of that which is asked.
    pub(super) silent: Unsaid,
}

impl Words {
    pub(super) fn of(policy: Policy, query: Option<&str>, counted: &CountedAnswers) -> Self {
        let (query, left_out) = (query.map(str::to_owned), counted.left_out());
        Self { policy, query, seen: counted.seen, mine: false, left_out, silent: counted.silent }
    }

    /// `submitted only; skips excluded`.
    pub(super) fn line(&self) -> String {
        let Policy { drafts, discarded, missing, people, since, until, unassisted } = &self.policy;
        let mut parts = vec![String::from(match (drafts, discarded) {
            (false, false) => "submitted only",
            (true, false) => "submitted and drafts",
            (false, true) => "submitted and discarded",
            (true, true) => "submitted, drafts and discarded",
        })];
        parts.extend(self.none_of().map(|what| format!("there are no {what}")));
        if !discarded {
            parts.push(String::from("skips excluded"));
        }
        match missing {
            Missing::Missing => {}
            Missing::No => parts.push(String::from("a response without an answer counts as \"no\"")),
            Missing::NoMatrix => parts.push(String::from("a missing answer or response counts as \"no\"")),
        }
        if !people.is_empty() {
            parts.push(format!("only {}", people.join(", ")));
        }
        parts.extend(unassisted.then(|| String::from("only answers given unassisted")));
        parts.extend(
            (self.silent.seen > 0)
                .then(|| format!("{} do not say what was seen, and count", answers(self.silent.seen))),
        );
        parts.extend(since.map(|since| format!("from {}", since.to_rfc3339())));
        parts.extend(until.map(|until| format!("before {}", until.to_rfc3339())));
        parts.extend((self.silent.times > 0).then(|| {
            let fate = if since.is_some() { "are left out" } else { "count as older" };
            format!("{} of unknown time {fate}", answers(self.silent.times))
        }));
        parts.extend(self.query.as_ref().map(|query| format!("records of '{query}'")));
        parts.extend(self.mine.then(|| String::from("only records that you submitted")));
        if let Some((agents, others)) = self.seen {
            parts.push(format!(
                "{:.0} % given with suggestions seen, {:.0} % with others' answers seen",
                agents * 100.0,
                others * 100.0
            ));
        }
        parts.join("; ")
    }

    /// Statuses that are to count and that no response has.
    fn none_of(&self) -> impl Iterator<Item = &'static str> {
        let Unsaid { no_drafts, no_discarded, .. } = self.silent;
        no_drafts.then_some("drafts").into_iter().chain(no_discarded.then_some("discarded ones"))
    }

    pub(super) fn object(&self, resampling: Resampling) -> Value {
        let Policy { drafts, discarded, missing, people, since, until, unassisted } = &self.policy;
        let mut count = vec!["submitted"];
        count.extend(drafts.then_some("drafts"));
        count.extend(discarded.then_some("discarded"));
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("count", json!(count));
        put(
            "missing",
            match missing {
                Missing::Missing => Value::Null,
                Missing::No => json!("no"),
                Missing::NoMatrix => json!("no-matrix"),
            },
        );
        put("resamples", json!(resampling.resamples));
        put("seed", json!((resampling.resamples > 0).then_some(resampling.seed)));
        if *unassisted {
            put("unassisted", json!(true));
        }
        if self.silent.seen > 0 {
            put("seen_unknown", json!(self.silent.seen));
        }
        if self.silent.times > 0 {
            put("time_unknown", json!(self.silent.times));
        }
        let none: Vec<&str> = self.none_of().collect();
        if !none.is_empty() {
            put("there_are_no", json!(none));
        }
        if !people.is_empty() {
            put("users", json!(people));
        }
        if let Some(since) = since {
            put("since", json!(since.to_rfc3339()));
        }
        if let Some(until) = until {
            put("until", json!(until.to_rfc3339()));
        }
        if let Some(query) = &self.query {
            put("query", json!(query));
        }
        if self.mine {
            put("only_mine", json!(true));
        }
        if let Some((agents, others)) = self.seen {
            put("saw_suggestions", json!(agents));
            put("saw_others", json!(others));
        }
        Value::Object(object)
    }
}

fn answers(count: u64) -> String {
    if count == 1 { String::from("1 answer") } else { format!("{count} answers") }
}
