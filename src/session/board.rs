//! The agreement board (`A`): labels, pairs and people with their figures; Enter opens the records behind a row.

use super::key::Key;
use super::{Effect, Listed, Mode, Prompt, PromptKind, Session};
use crate::model::{
    AgreementReport, DrillDown, LabelAgreement, Missing, PairAgreement, Permission, Policy, QuestionId, Queue,
    RaterAgreement, RecordId, Resampling, Scope, may,
};

/// What the board lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Each label as a yes/no question.
    #[default]
    Labels,
    /// Each pair of annotators.
    Pairs,
    /// Each annotator.
    People,
}

impl Tab {
    /// All, from left to right.
    pub const ALL: [Self; 3] = [Self::Labels, Self::Pairs, Self::People];

    /// As it stands in the title.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Pairs => "pairs",
            Self::People => "people",
        }
    }
}

/// In which order the rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Lowest figure first, undefined last.
    #[default]
    Lowest,
    /// As the dataset has its labels, and by name.
    AsIs,
    /// Most answers or ticks first.
    Most,
}

impl Order {
    /// As it is told.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lowest => "lowest first",
            Self::AsIs => "in the dataset's order",
            Self::Most => "most frequent first",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Lowest => Self::AsIs,
            Self::AsIs => Self::Most,
            Self::Most => Self::Lowest,
        }
    }
}

/// The board as it stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Board {
    /// What counts.
    pub scope: Scope,
    /// A menu or a line is open to choose the records that count, or the row to go to.
    pub(super) choosing: bool,
    /// What it lists.
    pub tab: Tab,
    /// In which order.
    pub order: Order,
    /// Row of the cursor.
    pub cursor: usize,
    /// The figures of the active question under this policy; none while they are on their way, or why there are none.
    pub report: Option<Result<Box<AgreementReport>, String>>,
    /// How many former queues there were when the queue behind a row was opened: Esc comes back from it.
    pub(super) left: Option<usize>,
}

/// A row of the board.
#[derive(Debug, Clone, Copy)]
pub enum BoardRow<'b> {
    /// A label by index.
    Label(u32, &'b LabelAgreement),
    /// Two annotators.
    Pair(&'b PairAgreement),
    /// One annotator.
    Person(&'b RaterAgreement),
}

impl Board {
    /// The figures, as far as they are there.
    #[must_use]
    pub fn found(&self) -> Option<&AgreementReport> {
        self.report.as_ref().and_then(|survey| survey.as_ref().ok()).map(Box::as_ref)
    }

    /// A rater's name.
    #[must_use]
    pub fn name(&self, rater: u32) -> &str {
        self.found().and_then(|found| found.raters.get(rater as usize)).map_or("?", String::as_str)
    }
}

/// What counts, in words: `submitted + drafts; no answer counts as no`.
#[must_use]
pub fn policy_words(policy: &Policy) -> String {
    let counted = match (policy.drafts, policy.discarded) {
        (false, false) => "submitted only; skips excluded",
        (true, false) => "submitted and drafts; skips excluded",
        (false, true) => "submitted, and skips with an answer",
        (true, true) => "submitted, drafts, and skips with an answer",
    };
    let missing = match policy.missing {
        Missing::Missing => "",
        Missing::No => "; no answer counts as \"no\"",
        Missing::NoMatrix => "; no answer and no response count as \"no\"",
    };
    format!("{counted}{missing}")
}

impl Session {
    /// `A`: the board, as it was left.
    pub(super) fn open_board(&mut self) -> Vec<Effect> {
        self.mode = Mode::Board;
        if self.board.is_none() {
            self.board = Some(Box::default());
        }
        self.message.clear();
        self.report()
    }

    /// Asks for the figures: first without intervals, which are there at once.
    fn report(&mut self) -> Vec<Effect> {
        let (asked, known) = (self.asked(), self.board.as_ref().is_some_and(|board| board.found().is_some()));
        let resampling = if known { Resampling::default() } else { Resampling::NONE };
        let Some(board) = &self.board else { return Vec::new() };
        vec![Effect::Survey(asked, Box::new(board.scope.clone()), resampling)]
    }

    /// Figures that were asked for; those of another question or policy are passed over.
    pub(super) fn report_came(
        &mut self,
        question: QuestionId,
        scope: &Scope,
        found: Result<Box<AgreementReport>, String>,
    ) -> Vec<Effect> {
        let asked = self.asked();
        let Some(board) = self.board.as_mut().filter(|board| asked == question && board.scope == *scope) else {
            return Vec::new();
        };
        let again = found.as_ref().is_ok_and(|found| !found.with_intervals);
        board.report = Some(found);
        let last = self.lines().len().saturating_sub(1);
        if let Some(board) = &mut self.board {
            board.cursor = board.cursor.min(last);
        }
        if again && self.mode == Mode::Board { self.report() } else { Vec::new() }
    }

    /// Somebody answered: the figures follow while they are looked at.
    pub(super) fn report_again(&mut self) -> Vec<Effect> {
        if self.mode == Mode::Board { self.report() } else { Vec::new() }
    }

    /// The rows of the board in their order.
    #[must_use]
    pub fn lines(&self) -> Vec<BoardRow<'_>> {
        let Some(board) = &self.board else { return Vec::new() };
        let Some(found) = board.found() else { return Vec::new() };
        let figures = &found.findings;
        let retired = |label: u32| {
            let label = self.question().and_then(|question| question.labels.get(label as usize));
            label.is_none_or(|label| label.retired.is_some())
        };
        let mut lines: Vec<(f64, f64, BoardRow<'_>)> = match board.tab {
            Tab::Labels => {
                let labels = (0u32..).zip(&figures.labels);
                let shown = labels.filter(|(label, found)| !retired(*label) || found.positives > 0);
                shown
                    .map(|(label, found)| {
                        (rank(found.alpha.ok()), found.positives as f64, BoardRow::Label(label, found))
                    })
                    .collect()
            }
            Tab::Pairs => figures
                .pairs
                .iter()
                .map(|pair| (rank(pair.cohen_kappa.value.ok()), pair.units as f64, BoardRow::Pair(pair)))
                .collect(),
            Tab::People => figures
                .people
                .iter()
                .map(|person| (rank(person.with_others.value.ok()), person.values as f64, BoardRow::Person(person)))
                .collect(),
        };
        match board.order {
            Order::Lowest => lines.sort_by(|a, b| a.0.total_cmp(&b.0)),
            Order::Most => lines.sort_by(|a, b| b.1.total_cmp(&a.1)),
            Order::AsIs => {}
        }
        lines.into_iter().map(|(_, _, line)| line).collect()
    }

    pub(super) fn press_board(&mut self, key: Key) -> Vec<Effect> {
        let page = super::panes::board_rows(self.size);
        let last = self.lines().len().saturating_sub(1);
        let Some(board) = &mut self.board else {
            self.mode = Mode::Annotate;
            return Vec::new();
        };
        match key {
            Key::Up => board.cursor = board.cursor.saturating_sub(1),
            Key::Down => board.cursor = (board.cursor + 1).min(last),
            Key::PageUp => board.cursor = board.cursor.saturating_sub(page),
            Key::PageDown | Key::Char(' ') => board.cursor = (board.cursor + page).min(last),
            Key::Home => board.cursor = 0,
            Key::End => board.cursor = last,
            Key::Char('n') => self.turn_tab(1),
            Key::Char('p') => self.turn_tab(2),
            Key::Char('O') => {
                board.order = board.order.next();
                board.cursor = 0;
                board.order.word().clone_into(&mut self.message);
            }
            Key::Char('P') => {
                board.scope.policy = board.scope.policy.turned();
                board.report = None;
                return self.report();
            }
            Key::Char('F') => return self.choose(Listed::Queues),
            Key::Char(',') if board.tab == Tab::Labels => return self.choose(Listed::Labels),
            Key::Char('/') => {
                board.choosing = true;
                self.mode = Mode::Prompt(Prompt { what: PromptKind::Search, text: String::new() });
            }
            Key::Tab | Key::BackTab => return self.turn_question(if key == Key::Tab { 1 } else { -1 }),
            Key::Enter => return self.open_drill_down(),
            Key::Char('V') => return self.drill_down(DrillDown::Any, String::from("divided")),
            Key::Esc | Key::Char('q' | 'A') => {
                self.mode = Mode::Annotate;
                return self.say("");
            }
            _ => return self.no_key(key),
        }
        Vec::new()
    }

    fn choose(&mut self, what: Listed) -> Vec<Effect> {
        if let Some(board) = &mut self.board {
            board.choosing = true;
        }
        self.open_menu(what)
    }

    /// What a menu or a line gave was for the board, which is open again.
    pub(super) fn chose(&mut self) -> bool {
        let chose = self.board.as_mut().is_some_and(|board| std::mem::take(&mut board.choosing));
        if chose {
            self.mode = Mode::Board;
        }
        chose
    }

    /// From here on only the records of this queue count.
    pub(super) fn count_records(&mut self, queue: Queue) -> Vec<Effect> {
        let all = queue == Queue::All;
        let words = self.queue_words(&queue);
        if let Some(board) = &mut self.board {
            board.scope.records = (!all).then_some(queue);
            board.report = None;
        }
        self.message = format!("records that count: {words}");
        self.report()
    }

    /// The row of a label.
    pub(super) fn go_to_label(&mut self, label: u32) -> Vec<Effect> {
        let at = self.lines().iter().position(|line| matches!(line, BoardRow::Label(known, _) if *known == label));
        if let (Some(at), Some(board)) = (at, &mut self.board) {
            board.cursor = at;
        }
        Vec::new()
    }

    fn turn_tab(&mut self, by: usize) {
        if let Some(board) = &mut self.board {
            let at = Tab::ALL.iter().position(|tab| *tab == board.tab).unwrap_or(0);
            board.tab = Tab::ALL[(at + by) % Tab::ALL.len()];
            board.cursor = 0;
        }
    }

    fn turn_question(&mut self, by: isize) -> Vec<Effect> {
        let count = self.dataset.questions.len();
        if count < 2 {
            return self.say("there is one question");
        }
        self.ask((self.question as isize + by).rem_euclid(count as isize) as usize);
        if let Some(board) = &mut self.board {
            board.report = None;
            board.cursor = 0;
        }
        self.report()
    }

    /// Enter: the queue of exactly the records behind the row.
    fn open_drill_down(&mut self) -> Vec<Effect> {
        let Some(board) = &self.board else { return Vec::new() };
        let line = self.lines().get(board.cursor).copied();
        let (behind, name) = match line {
            None => return self.say("no figures here"),
            Some(BoardRow::Label(label, _)) => {
                let title = self.question().and_then(|question| question.labels.get(label as usize));
                (DrillDown::Label(label), format!("divided on {}", title.map_or("?", |label| label.title.as_str())))
            }
            Some(BoardRow::Pair(pair)) => {
                let (a, b) = (board.name(pair.a), board.name(pair.b));
                (DrillDown::Pair(pair.a, pair.b), format!("{a} ≠ {b}"))
            }
            Some(BoardRow::Person(person)) => {
                (DrillDown::Person(person.rater), format!("{} ≠ others", board.name(person.rater)))
            }
        };
        self.drill_down(behind, name)
    }

    fn drill_down(&mut self, behind: DrillDown, name: String) -> Vec<Effect> {
        let asked = self.asked();
        let Some(board) = &self.board else { return Vec::new() };
        let raters = board.found().map(|found| found.raters.clone()).unwrap_or_default();
        let scope = Box::new(board.scope.clone());
        self.message = String::from("looking for the records…");
        vec![Effect::Behind { question: asked, scope, behind, raters, name }]
    }

    /// The records behind a row: they become the queue, with everybody's answers side by side for whom may see them.
    pub(super) fn drill_down_found(
        &mut self,
        name: String,
        found: Result<Vec<RecordId>, String>,
        now: i64,
    ) -> Vec<Effect> {
        if self.mode != Mode::Board {
            return Vec::new();
        }
        match found {
            Err(why) => self.say(why),
            Ok(records) if records.is_empty() => self.say(format!("{name}: no record")),
            Ok(records) => {
                self.mode = Mode::Annotate;
                let since = self.former.len();
                let mut effects = self.take_queue(Queue::List(name, records.into()), now);
                if let Some(board) = &mut self.board {
                    board.left = Some(since);
                }
                if may(&self.user, Permission::Adjudicate, Some(&self.dataset)) {
                    self.judging = Some(since);
                }
                effects.extend(self.say("most divided first · Esc comes back"));
                effects
            }
        }
    }
}

/// Where a figure stands among others: the undefined last.
fn rank(figure: Option<f64>) -> f64 {
    figure.unwrap_or(f64::INFINITY)
}
