//! What an import would do, said without doing it.

use serde_json::Value;

use super::plural;
use super::{Failure, say};
use crate::jobs::import::ImportReport;
use crate::model::transfer::RecordSpec;
use crate::model::{Dataset, Question, QuestionKind};
use crate::text::{fit, one_line};

/// How many labels of a question are named.
const NAMED: usize = 12;
/// How many columns a sample takes.
const WIDTH: usize = 76;

pub(super) fn print(report: &ImportReport) -> Result<(), Failure> {
    for (file, format) in &report.formats {
        say(format!("{}: would be read as {}", one_line(&file.display().to_string()), format.word()))?;
    }
    let (new, known) = report.records;
    say(format!("{}: {}, {new} of them new", one_line(&report.dataset), plural(new + known, "record")))?;
    if let Some(dataset) = &report.made {
        say(format!("fields: {}", list(dataset.fields.iter().map(|field| field.name.as_str()))))?;
        for question in &dataset.questions {
            say(self::question(question))?;
        }
        for space in &dataset.vectors {
            say(format!("vectors '{}' of {} dimensions", one_line(&space.name), space.dimensions))?;
        }
    }
    let statuses: Vec<String> = report.statuses.iter().map(|(word, count)| format!("{count} {word}")).collect();
    say(format!("responses: {}", if statuses.is_empty() { String::from("none") } else { statuses.join(", ") }))?;
    for (what, (new, known)) in [("suggestions", report.suggestions), ("vectors", report.vectors)] {
        if new + known > 0 {
            say(format!("{what}: {}", new + known))?;
        }
    }
    if !report.users.is_empty() {
        say(format!("new annotators: {}", list(report.users.iter().map(String::as_str))))?;
    }
    if !report.metadata.is_empty() {
        say(format!("metadata: {}", list(report.metadata.iter().map(String::as_str))))?;
    }
    for (what, count) in &report.unusual {
        say(format!("kept, though unusual: {count} {what}"))?;
    }
    for words in &report.assumed {
        say(format!("assumed: {}", one_line(words)))?;
    }
    for (file, count) in &report.bad {
        say(format!("left out: {} of {}", plural(*count, "bad line"), one_line(&file.display().to_string())))?;
    }
    for record in &report.samples {
        sample(record, report.made.as_ref())?;
    }
    say("nothing was written (--dry-run)")
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let all: Vec<String> = names.map(one_line).collect();
    let more = match all.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn question(question: &Question) -> String {
    let name = one_line(&question.name);
    let range = match (question.kind, question.min, question.max) {
        (QuestionKind::Rating, Some(low), Some(high)) => format!(" from {low} to {high}"),
        (QuestionKind::Text | QuestionKind::Rating, ..) => String::new(),
        _ if question.labels.is_empty() => String::from(", no labels yet"),
        _ => format!(": {}", list(question.labels.iter().map(|label| label.value.as_str()))),
    };
    format!("question '{name}', {}{range}", question.kind.word())
}

/// One record: its text, and a line for each answer.
fn sample(record: &RecordSpec, dataset: Option<&Dataset>) -> Result<(), Failure> {
    let id = record.id.as_deref().unwrap_or("without id");
    let texts: Vec<&str> = record.fields.values().filter_map(Value::as_str).collect();
    say(fit(&format!("── {}: {}", one_line(id), one_line(&texts.join(" · "))), WIDTH))?;
    let said = |question: &str, value: &Value| {
        let name = dataset.and_then(|dataset| dataset.questions.iter().find(|one| one.name == question));
        let none = value.as_array().is_some_and(Vec::is_empty)
            && name.is_some_and(|question| question.kind == QuestionKind::MultiLabel);
        let words = match value {
            _ if none => String::from("none of these"),
            Value::Array(list) if list.iter().all(Value::is_string) => {
                list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        format!("{question} {words}")
    };
    for response in &record.responses {
        let answers: Vec<String> = response.answers.iter().map(|(question, value)| said(question, value)).collect();
        let words = format!("   {} {}: {}", response.user, response.status, answers.join(" · "));
        say(fit(&one_line(&words), WIDTH))?;
    }
    for suggestion in &record.suggestions {
        let agent = if suggestion.agent.is_empty() { "an agent" } else { &suggestion.agent };
        let words = format!("   {agent} suggests: {}", said(&suggestion.question, &suggestion.value));
        say(fit(&one_line(&words), WIDTH))?;
    }
    Ok(())
}
