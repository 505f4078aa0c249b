//! Label Studio: tasks as JSON, with the labelling config that says what the answers are.
//!
//! A submitted response is an annotation, a discarded one an annotation that was cancelled, a draft a draft; an agent's
//! suggestions are a prediction. "None of these" is an annotation without results where there is one question with
//! labels, else a list of choices that is empty. `completed_by` names people by email, which here is their name.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::argilla1::{kind, span_field};
use super::left::Holds;
use super::shapes::{cut, field, stretches};
use super::{About, Files, Left, List, Writer, free, labels, title};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, LabelFull, QuestionSpec, RecordSpec, ResponseSpec};

const HOLDS: Holds = Holds {
    drafts: true,
    discarded: true,
    bare: true,
    notes: false,
    flags: false,
    reasons: false,
    times: true,
    seconds: true,
    verdicts: false,
    vectors: false,
    metadata: true,
    suggestions: Some(usize::MAX),
    scores: false,
};

pub(super) struct LabelStudio<'a> {
    tasks: List,
    spec: &'a DatasetSpec,
    /// What each question is called: no tag may be called as another.
    names: Vec<String>,
    left: Left,
}

impl<'a> LabelStudio<'a> {
    pub(super) fn begin(files: &mut dyn Files, about: &'a About<'a>) -> io::Result<Self> {
        let spec = about.spec;
        let mut taken: Vec<String> = spec.fields.iter().map(|field| field.name.clone()).collect();
        let mut names = Vec::new();
        for question in &spec.questions {
            names.push(free(&question.name, "answer", &taken));
            taken.extend(names.last().cloned());
        }
        let mut out = files.beside("labelling_config.xml")?;
        out.write_all(config(spec, &names).as_bytes())?;
        out.flush()?;
        let mut left = Left::default();
        let rankings = spec.questions.iter().filter(|question| kind(question) == QuestionKind::Ranking).count();
        left.add("ranking questions with their answers", rankings);
        Ok(Self { tasks: List::begin(files.main()?)?, spec, names, left })
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            // XML has no way to say these.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn config(spec: &DatasetSpec, names: &[String]) -> String {
    let mut out = String::from("<View>\n");
    for field in &spec.fields {
        let name = escaped(&field.name);
        out.push_str(&format!("  <Text name=\"{name}\" value=\"${name}\"/>\n"));
    }
    for (question, name) in spec.questions.iter().zip(names) {
        let header = question.title.as_deref().filter(|title| *title != question.name);
        if let Some(title) = header {
            out.push_str(&format!("  <Header value=\"{}\"/>\n", escaped(title)));
        }
        out.push_str(&control(spec, question, &escaped(name)));
    }
    out.push_str("</View>\n");
    out
}

fn control(spec: &DatasetSpec, question: &QuestionSpec, name: &str) -> String {
    let to = escaped(span_field(spec, question));
    // The first question is required where nothing is said; "none of these" ticks nothing, so that it may not be there.
    let leads = spec.questions.first().is_some_and(|other| other.name == question.name);
    let required = match question.required {
        Some(true) if kind(question) != QuestionKind::MultiLabel => " required=\"true\"",
        Some(false) if leads => " required=\"false\"",
        _ => "",
    };
    // A key works once on the screen.
    let with_keys = |other: &&QuestionSpec| !labels(other).is_empty();
    let first = spec.questions.iter().find(with_keys).is_some_and(|other| other.name == question.name);
    let rows = |tag: &str| {
        let all = labels(question);
        all.iter().map(|label| row(tag, label, &all, first)).collect::<String>()
    };
    match kind(question) {
        QuestionKind::MultiLabel => {
            let rows = rows("Choice");
            format!("  <Choices name=\"{name}\" toName=\"{to}\" choice=\"multiple\"{required}>\n{rows}  </Choices>\n")
        }
        QuestionKind::Label => {
            let rows = rows("Choice");
            format!("  <Choices name=\"{name}\" toName=\"{to}\" choice=\"single\"{required}>\n{rows}  </Choices>\n")
        }
        QuestionKind::Rating if stars(question) => {
            let most = question.max.unwrap_or(5);
            format!("  <Rating name=\"{name}\" toName=\"{to}\" maxRating=\"{most}\"{required}/>\n")
        }
        QuestionKind::Rating => {
            let bound = |word: &str, bound: Option<i64>| bound.map_or_else(String::new, |n| format!(" {word}=\"{n}\""));
            let bounds = bound("min", question.min) + &bound("max", question.max);
            format!("  <Number name=\"{name}\" toName=\"{to}\"{bounds}{required}/>\n")
        }
        QuestionKind::Text => format!("  <TextArea name=\"{name}\" toName=\"{to}\"{required}/>\n"),
        QuestionKind::Span => {
            format!("  <Labels name=\"{name}\" toName=\"{to}\"{required}>\n{}  </Labels>\n", rows("Label"))
        }
        QuestionKind::Ranking => String::new(),
    }
}

/// The tag of a label. What is read on the screen is its title, and its alias stands in the answers, unless another label
/// would be found by that title.
fn row(tag: &str, label: &LabelFull, all: &[LabelFull], with_key: bool) -> String {
    let (value, shown) = (label.value.as_str(), title(label));
    let taken = |other: &LabelFull| other.value != value && (other.value == shown || title(other) == shown);
    let named = shown != value && !all.iter().any(taken);
    let mut words = vec![label.description.as_deref().unwrap_or_default()];
    if !named && shown != value {
        words.insert(0, shown);
    }
    let hint = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(": ");
    let mut row = format!("    <{tag} value=\"{}\"", escaped(if named { shown } else { value }));
    let key = label.key.as_deref().filter(|_| with_key).unwrap_or_default();
    for (name, text) in [("alias", if named { value } else { "" }), ("hint", &hint), ("hotkey", key)] {
        if !text.is_empty() {
            row.push_str(&format!(" {name}=\"{}\"", escaped(text)));
        }
    }
    row + "/>\n"
}

/// Whether a rating is one that stars can give: from 1 to at most 10.
fn stars(question: &QuestionSpec) -> bool {
    question.min.unwrap_or(1) == 1 && (1..=10).contains(&question.max.unwrap_or(5))
}

impl LabelStudio<'_> {
    /// The results of answers or suggestions; none where a question has no answer.
    fn results(&self, record: &RecordSpec, answers: &Map<String, Value>) -> Vec<Value> {
        let mut out = Vec::new();
        for (at, (question, name)) in self.spec.questions.iter().zip(&self.names).enumerate() {
            let Some(answer) = answers.get(&question.name) else { continue };
            let to = span_field(self.spec, question);
            let mut result = |kind: &str, value: Value| {
                let id = format!("{at}-{}", out.len());
                out.push(json!({"id": id, "from_name": name, "to_name": to, "type": kind, "value": value}));
            };
            match kind(question) {
                QuestionKind::MultiLabel => result("choices", json!({"choices": answer})),
                QuestionKind::Label => result("choices", json!({"choices": [answer]})),
                QuestionKind::Rating if stars(question) => result("rating", json!({"rating": answer})),
                QuestionKind::Rating => result("number", json!({"number": answer})),
                QuestionKind::Text => result("textarea", json!({"text": [answer]})),
                QuestionKind::Span => {
                    let text = field(record, to);
                    for one in stretches(answer) {
                        // Its offsets are code points too, since its front end stopped counting UTF-16 units.
                        let value = json!({
                            "start": one.start, "end": one.end, "text": cut(text, &one), "labels": [one.label],
                        });
                        result("labels", value);
                    }
                }
                QuestionKind::Ranking => {}
            }
        }
        let empty = |result: &Value| result["value"]["choices"].as_array().is_some_and(Vec::is_empty);
        let with_labels = |question: &&QuestionSpec| kind(question) == QuestionKind::MultiLabel;
        if out.iter().all(empty) && self.spec.questions.iter().filter(with_labels).count() == 1 {
            out.clear();
        }
        out
    }

    fn annotation(&self, record: &RecordSpec, response: &ResponseSpec) -> Value {
        let mut out = json!({
            "completed_by": {"email": response.user},
            "result": self.results(record, &response.answers),
            "was_cancelled": response.status == "discarded",
            "ground_truth": false,
        });
        more(&mut out, response);
        out
    }
}

fn more(out: &mut Value, response: &ResponseSpec) {
    if let Some(seconds) = response.seconds {
        out["lead_time"] = json!(seconds);
    }
    if let Some(at) = &response.at {
        out["created_at"] = json!(at);
        out["updated_at"] = json!(at);
    }
}

/// The lowest of the probabilities of what is suggested.
fn score(suggestion: &crate::model::transfer::SuggestionSpec) -> Option<f64> {
    match super::shapes::score(suggestion) {
        Value::Array(all) => all.iter().filter_map(Value::as_f64).reduce(f64::min),
        other => other.as_f64(),
    }
}

impl Writer for LabelStudio<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        // The config names every text, and a task without one is refused.
        let texts = self.spec.fields.iter().map(|spec| (spec.name.clone(), field(record, &spec.name).into()));
        let mut data: Map<String, Value> = texts.collect();
        if let Some(id) = &record.id {
            data.insert("external_id".into(), id.as_str().into());
        }
        for (name, value) in &record.metadata {
            let taken: Vec<String> = data.keys().cloned().collect();
            data.insert(free(name, "metadata", &taken), value.clone());
        }
        let responses = || record.responses.iter().filter(|response| response.pass.unwrap_or(1) == 1);
        let (drafts, done): (Vec<_>, Vec<_>) = responses().partition(|response| response.status == "draft");
        let mut agents: Vec<(&str, Map<String, Value>, Option<f64>)> = Vec::new();
        for one in &record.suggestions {
            let further = super::shapes::score(one).as_array().map_or(0, |all| all.len() - 1);
            self.left.add("scores of further suggested labels, of which a prediction has the lowest", further);
            if let Some((_, answers, only)) = agents.iter_mut().find(|(agent, ..)| *agent == one.agent) {
                answers.insert(one.question.clone(), one.value.clone());
                // A prediction has one score, and it is not to be read as that of another answer.
                let lost = usize::from(only.take().is_some()) + usize::from(score(one).is_some());
                self.left.add("scores of agents that suggest for several questions", lost);
            } else {
                let answers = [(one.question.clone(), one.value.clone())].into_iter().collect();
                agents.push((&one.agent, answers, score(one)));
            }
        }
        let prediction = |(agent, answers, score): &(&str, Map<String, Value>, Option<f64>)| {
            let mut out = json!({"model_version": agent, "result": self.results(record, answers)});
            if let Some(score) = score {
                out["score"] = json!(score);
            }
            out
        };
        let draft = |response: &&ResponseSpec| {
            let mut out = json!({"user": response.user, "result": self.results(record, &response.answers)});
            more(&mut out, response);
            out
        };
        let mut task = json!({
            "data": data,
            "annotations": done.iter().map(|one| self.annotation(record, one)).collect::<Vec<_>>(),
            "predictions": agents.iter().map(prediction).collect::<Vec<_>>(),
        });
        if !drafts.is_empty() {
            task["drafts"] = drafts.iter().map(draft).collect();
        }
        self.tasks.item(&task)
    }

    fn finish(self: Box<Self>) -> io::Result<Left> {
        self.tasks.end()?;
        Ok(self.left)
    }
}
