//! Label Studio's labelling configuration: XML that says which texts are shown, what is asked of them, and with which
//! labels, those included that nobody ticked.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::json;

use super::error::{Kind, ReadError, harmless, quoted};
use super::labels::label_fault;
use super::source::open;
use super::{Options, json, lines};
use crate::model::QuestionKind;
use crate::model::transfer::{LabelFull, LabelSpec, QuestionSpec};
use crate::text::folded;

/// What a configuration is called where one lies beside its tasks; the first is the one that our export writes.
const NAMES: [&str; 5] =
    ["labelling_config.xml", "labeling_config.xml", "labelstudio_config.xml", "label_config.xml", "config.xml"];
/// How the root of a configuration begins.
const VIEW: &[u8] = b"<View";
/// Configurations are small; more is something else.
const MOST: u64 = 2_000_000;
/// Bytes of a tag: its attributes are compared with each other.
const LONGEST: usize = 50_000;
/// The most elements, attributes and texts.
const NODES: u32 = 200_000;
/// Elements inside each other.
const DEEPEST: usize = 100;
/// Numbers further from zero are no ratings.
const FURTHEST: i64 = 1_000;
/// Between the levels of a taxonomy.
pub(super) const LEVELS: &str = " > ";
/// Tags that show a text of the task.
const TEXTS: [&str; 4] = ["Text", "HyperText", "Header", "Markdown"];
/// Tags that ask what is read here.
const ASKING: [&str; 6] = ["Choices", "Taxonomy", "Rating", "Number", "TextArea", "Labels"];

/// What a configuration says.
#[derive(Default)]
pub(super) struct Config {
    /// Where it stands.
    pub path: PathBuf,
    /// What is asked, in its order.
    pub questions: Vec<QuestionSpec>,
    /// Names of the tags that show a text, and the keys of the tasks' data that they show.
    texts: Vec<(String, String)>,
    /// Tags that ask in a way that is not read: tag and name.
    unread: Vec<(String, String)>,
    /// Numbers without bounds that a rating can have.
    unbounded: Vec<String>,
    /// The heading since the last question or text.
    heading: Option<String>,
}

/// The configuration that the person names, else one that lies beside the file.
pub(super) fn find(file: &Path, options: &Options) -> Result<Option<Config>, ReadError> {
    if let Some(path) = &options.settings {
        return read(path, false);
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    for path in NAMES.iter().map(|name| folder.join(name)).filter(|path| path.is_file()) {
        if let Some(config) = read(&path, true)? {
            return Ok(Some(config));
        }
    }
    Ok(None)
}

/// Reads a configuration; none where what lies beside is XML of something else.
fn read(path: &Path, beside: bool) -> Result<Option<Config>, ReadError> {
    let place = |error: ReadError| error.placed(path, None);
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| ReadError::io(path, &error))?;
    // Many programs have a config.xml.
    let view = bytes.windows(VIEW.len()).any(|part| part == VIEW);
    if beside && !view && path.file_name().is_some_and(|name| name == "config.xml") {
        return Ok(None);
    }
    if bytes.len() as u64 > MOST {
        return Err(place(wrong("more than 2 MB", "a labelling configuration")));
    }
    let mut text = lines::head(&bytes).and_then(|bytes| lines::text_of(bytes, "the file")).map_err(place)?;
    let project;
    if text.trim_start().starts_with('{') {
        project = json::object(text).map_err(place)?;
        let config = project.get("label_config").and_then(|config| config.as_str());
        text = config.ok_or_else(|| place(wrong("JSON without it", "the string 'label_config'")))?;
    }
    match parse(text).map_err(place)? {
        (view, config) if config.asks() && (view || !beside) => Ok(Some(Config { path: path.to_owned(), ..config })),
        _ if beside => Ok(None),
        _ => Err(place(wrong("XML that asks nothing", "a labelling configuration with Choices or the like"))),
    }
}

/// What a text says, and whether its root is a View.
fn parse(text: &str) -> Result<(bool, Config), ReadError> {
    if text.split('<').any(|tag| tag.len() > LONGEST) {
        return Err(wrong(&format!("a tag or text of more than {LONGEST} bytes"), "a labelling configuration"));
    }
    let limits = ParsingOptions { nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, limits).map_err(|error| {
        let line = u64::from(error.pos().row);
        let (found, expected) = match error {
            roxmltree::Error::DtdDetected => (String::from("a DTD"), "a labelling configuration without one"),
            roxmltree::Error::NodesLimitReached => (format!("more than {NODES} elements"), "a labelling configuration"),
            error => (format!("no XML ({})", harmless(&error.to_string())), "a labelling configuration"),
        };
        wrong(&found, expected).placed(Path::new(""), Some(line))
    })?;
    let mut config = Config::default();
    config.walk(document.root_element(), 0)?;
    Ok((document.root_element().has_tag_name("View"), config))
}

impl Config {
    /// Keys of the tasks' data that are shown as texts.
    pub fn fields(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (_, key) in &self.texts {
            if !all.contains(key) {
                all.push(key.clone());
            }
        }
        all
    }

    /// Names of all that is asked, read or not, and whether it is a text.
    pub fn asked(&self) -> impl Iterator<Item = (&str, bool)> {
        let read = self.questions.iter().map(|one| (one.name.as_str(), one.kind == QuestionKind::Text.word()));
        let others = self.unread.iter().map(|(_, name)| name).chain(&self.unbounded);
        read.chain(others.map(|name| (name.as_str(), false)))
    }

    /// What is taken from it and what is not, as sentences.
    pub fn assumed(&self) -> Vec<String> {
        let path = harmless(&self.path.to_string_lossy());
        let mut all = vec![format!("questions, labels and texts are those of {path}")];
        if !self.unread.is_empty() {
            let one = |(tag, name): &(String, String)| format!("{} {}", harmless(tag), quoted(name));
            let unread = self.unread.iter().map(one).collect::<Vec<_>>().join(", ");
            all.push(format!("{path} asks what is not read: {unread}; such results are kept beside their response"));
        }
        for name in &self.unbounded {
            all.push(format!(
                "the Number {} has no whole min and max within {FURTHEST} of zero: it is told by its answers, a rating \
                 where they are whole",
                quoted(name)
            ));
        }
        all
    }

    fn asks(&self) -> bool {
        !(self.questions.is_empty() && self.unread.is_empty() && self.unbounded.is_empty())
    }

    fn walk(&mut self, node: Node<'_, '_>, depth: usize) -> Result<(), ReadError> {
        let tag = node.tag_name().name();
        if ASKING.contains(&tag) || node.has_attribute("toName") {
            return self.control(node, tag);
        }
        let value = node.attribute("value").unwrap_or_default().trim();
        if TEXTS.contains(&tag) {
            match value.strip_prefix('$') {
                Some(key) if !key.is_empty() && !key.contains(['.', '[']) => {
                    let name = node.attribute("name").unwrap_or(key);
                    self.texts.push((name.to_owned(), key.to_owned()));
                    self.heading = None;
                }
                None if tag == "Header" && !value.is_empty() => self.heading = Some(value.to_owned()),
                _ => {}
            }
        }
        for child in inside(node, depth)? {
            self.walk(child, depth + 1)?;
        }
        Ok(())
    }

    /// A tag that asks something.
    fn control(&mut self, node: Node<'_, '_>, tag: &str) -> Result<(), ReadError> {
        let Some(name) = node.attribute("name").filter(|name| !name.is_empty()) else {
            return Err(at(node, &format!("{} without a name", quoted(tag)), "one"));
        };
        let title = self.heading.take().filter(|title| title != name);
        if self.questions.iter().any(|question| question.name == name) {
            return Err(at(node, &format!("a second tag of the name {}", quoted(name)), "a name of its own"));
        }
        let mut spec = QuestionSpec { name: name.to_owned(), title, ..QuestionSpec::default() };
        spec.required = node.attribute("required").map(|word| word == "true");
        let kind = match tag {
            "Choices" => choices(node)?,
            "Taxonomy" => {
                spec.extra.insert(String::from("label_studio"), json!({"type": "taxonomy"}));
                QuestionKind::MultiLabel
            }
            "TextArea" => QuestionKind::Text,
            "Labels" => QuestionKind::Span,
            "Rating" => {
                (spec.min, spec.max) = (Some(1), Some(stars(node)?));
                QuestionKind::Rating
            }
            "Number" => {
                let Some((min, max)) = bounds(node) else {
                    self.unbounded.push(name.to_owned());
                    return Ok(());
                };
                (spec.min, spec.max) = (Some(min), Some(max));
                QuestionKind::Rating
            }
            other => {
                self.unread.push((other.to_owned(), name.to_owned()));
                return Ok(());
            }
        };
        kind.word().clone_into(&mut spec.kind);
        if matches!(kind, QuestionKind::MultiLabel | QuestionKind::Label | QuestionKind::Span) {
            spec.labels = Labels::of(node, tag)?;
        }
        if kind == QuestionKind::Span
            && let Some(field) = self.field(node.attribute("toName").unwrap_or_default())
        {
            spec.extra.insert(String::from("field"), field.into());
        }
        self.questions.push(spec);
        Ok(())
    }

    /// The text that a tag is about, where it is not the first.
    fn field(&self, tag: &str) -> Option<&str> {
        let at = self.texts.iter().position(|(name, _)| name == tag).filter(|at| *at > 0)?;
        Some(&self.texts[at].1)
    }
}

/// Elements inside another, unless they are too deep.
fn inside<'a, 'i>(node: Node<'a, 'i>, depth: usize) -> Result<impl Iterator<Item = Node<'a, 'i>>, ReadError> {
    if depth > DEEPEST {
        return Err(at(node, &format!("elements inside each other beyond {DEEPEST} levels"), ""));
    }
    Ok(node.children().filter(Node::is_element))
}

/// Whether one or several are ticked.
fn choices(node: Node<'_, '_>) -> Result<QuestionKind, ReadError> {
    match node.attribute("choice") {
        None | Some("single" | "single-radio" | "") => Ok(QuestionKind::Label),
        Some("multiple") => Ok(QuestionKind::MultiLabel),
        Some(other) => {
            Err(at(node, &format!("choice={}", quoted(other)), "\"single\", \"single-radio\" or \"multiple\""))
        }
    }
}

fn stars(node: Node<'_, '_>) -> Result<i64, ReadError> {
    let Some(said) = node.attribute("maxRating") else { return Ok(5) };
    let most = said.trim().parse().ok().filter(|most| (1..=FURTHEST).contains(most));
    most.ok_or_else(|| {
        at(node, &format!("maxRating={}", quoted(said)), &format!("a whole number from 1 to {FURTHEST}"))
    })
}

/// The bounds of a Number, where a rating can have them.
fn bounds(node: Node<'_, '_>) -> Option<(i64, i64)> {
    let bound = |name: &str| {
        let number: f64 = node.attribute(name)?.trim().parse().ok()?;
        (number.fract() == 0.0 && number.abs() <= FURTHEST as f64).then_some(number as i64)
    };
    let whole = node.attribute("step").is_none_or(|step| step.trim().parse::<f64>().is_ok_and(|by| by.fract() == 0.0));
    bound("min").zip(bound("max")).filter(|(min, max)| whole && min < max)
}

/// The labels of one question.
#[derive(Default)]
struct Labels {
    all: Vec<LabelSpec>,
    /// Values by what a reader takes them for.
    known: HashMap<String, String>,
    keys: HashSet<String>,
    tag: &'static str,
    /// Whether only what has nothing inside can be ticked.
    leaves: bool,
}

impl Labels {
    fn of(node: Node<'_, '_>, tag: &str) -> Result<Vec<LabelSpec>, ReadError> {
        let tag = if tag == "Labels" { "Label" } else { "Choice" };
        let mut labels = Self { tag, leaves: node.attribute("leafsOnly") == Some("true"), ..Self::default() };
        labels.walk(node, ("", ""), 0)?;
        Ok(labels.all)
    }

    /// `above`: values and titles of the levels above, joined.
    fn walk(&mut self, node: Node<'_, '_>, above: (&str, &str), depth: usize) -> Result<(), ReadError> {
        for child in inside(node, depth)? {
            if !child.has_tag_name(self.tag) {
                self.walk(child, above, depth + 1)?;
                continue;
            }
            let (value, shown) = (attribute(child, "value"), attribute(child, "html").and_then(plain));
            let Some(own) = attribute(child, "alias").or(value) else {
                return Err(at(child, &format!("a {} without a value", self.tag), "its label"));
            };
            let shown = shown.as_deref().or(value).unwrap_or(own);
            let joined = |above: &str, own: &str| {
                if above.is_empty() { own.to_owned() } else { format!("{above}{LEVELS}{own}") }
            };
            let (value, shown) = (joined(above.0, own), joined(above.1, shown));
            if !self.leaves || !child.children().any(|inner| inner.has_tag_name(self.tag)) {
                self.add(child, &value, &shown)?;
            }
            self.walk(child, (&value, &shown), depth + 1)?;
        }
        Ok(())
    }

    /// A label; one that is there already is passed over, and so is a key that no label may have.
    fn add(&mut self, node: Node<'_, '_>, value: &str, shown: &str) -> Result<(), ReadError> {
        let known = self.known.insert(folded(value), value.to_owned());
        if known.as_deref() == Some(value) {
            return Ok(());
        }
        let mut label = LabelFull {
            value: value.to_owned(),
            title: (shown != value).then(|| shown.to_owned()),
            description: attribute(node, "hint").map(str::to_owned),
            ..LabelFull::default()
        };
        let there: Vec<(&str, Option<&str>)> = known.iter().map(|known| (known.as_str(), None)).collect();
        if let Some(fault) = label_fault(&there, &label) {
            return Err(fault.placed(Path::new(""), Some(line(node))));
        }
        label.key = attribute(node, "hotkey").map(str::to_owned);
        if label_fault(&[], &label).is_some() || !label.key.iter().all(|key| self.keys.insert(key.clone())) {
            label.key = None;
        }
        let bare = label == LabelFull { value: value.to_owned(), ..LabelFull::default() };
        self.all.push(if bare { LabelSpec::Value(label.value) } else { LabelSpec::Full(label) });
        Ok(())
    }
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).filter(|text| !text.trim().is_empty())
}

/// The text of a piece of HTML; none where it is not well formed.
fn plain(html: &str) -> Option<String> {
    let whole = format!("<a>{html}</a>");
    let document = Document::parse(&whole).ok()?;
    let text: String = document.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
}

fn line(node: Node<'_, '_>) -> u64 {
    u64::from(node.document().text_pos_at(node.range().start).row)
}

/// Something wrong, on its line.
fn at(node: Node<'_, '_>, found: &str, expected: &str) -> ReadError {
    wrong(found, expected).placed(Path::new(""), Some(line(node)))
}

fn wrong(found: &str, expected: &str) -> ReadError {
    ReadError::new(Kind::WrongShape, found, expected)
        .with_hint("copy it from Settings > Labeling Interface > Code, or name another one: --settings FILE")
}
