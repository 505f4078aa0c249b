//! Labelry: data annotation in the terminal. One binary, one `SQLite` file.
//!
//! # The map
//!
//! ```text
//! main → cli → runtime ─┬─ view  → session ─┐
//!                       └─ jobs  → store    ├─→ model
//!                                  engine   │
//!                                  exchange ┘     (progress and text beside model; cli → jobs too)
//! ```
//!
//! Two wings on one ground. The annotator's wing is [`session`] (what I see and may do, pure) and
//! [`view`] (its picture). The dataset's wing is [`store`] (memory, the only room with SQL),
//! [`engine`] (thought, pure functions) and [`exchange`] (files in and out), joined by [`jobs`].
//! All stand on [`model`], the words. Only [`runtime`] and [`cli`] know both wings. [`text`] (made
//! harmless, wrapped, folded and found) and [`progress`] stand beside [`model`].
//!
//! A session has its threads in [`runtime`] alone: the loop (events in, pictures out), the worker (saves and fetches,
//! in order, on a connection of its own), the background jobs (slow work: similar records, the agreement board, counts of
//! queues), the watch (what others did), one that sends frames, so that a slow line holds up nothing, and three that
//! only listen (keys, signals, hang-up). Background jobs and watch begin once the first picture was sent. An import reads its
//! files on a thread of its own (`jobs/import/ahead.rs`), Parquet on one more, so that a panic of its crate is a broken file.
//!
//! | you see | go to |
//! |---|---|
//! | a wrong number | `engine` |
//! | a wrong key | `session/keymap.rs` (the table), then the file of what has the keys: `answer`, `list`, `menu`, … |
//! | a wrong picture | `view/<pane>.rs` |
//! | lost or slow data | `store` |
//! | a file that was removed or replaced while it is open | `store/sqlite/anchor.rs` (is it still there), `log.rs` (whose log is this), `jobs/rescue.rs` (the work, kept elsewhere) |
//! | a file that will not load | `exchange` |
//! | what an export holds, or leaves out | `exchange/out/<format>.rs` |
//! | how several answers become a training row | `engine/aggregate.rs`; which part it goes to: `engine/split.rs` |
//! | which answers count in agreement | `jobs/ratings/policy.rs` |
//! | what stands after a merge | `engine/merge.rs` (the rule), `jobs/merge/` (who, which label, which record) |
//! | what an undo of a whole changeset (on the screen: step) puts back | `store/sqlite/changeset/` |
//! | what a change of labels does to answers | `jobs/label_edit/` |
//! | which records stand behind a figure | `engine/disagreement.rs` |
//! | which record comes next | `session/navigation.rs`, `runtime/queue.rs`, `store/sqlite/queue.rs` |
//! | a record that is full, or somebody else's | `store/sqlite/capacity.rs`; how records were assigned: `engine/assignment.rs` |
//! | who may do what | `model/rights.rs` (the table), asked by every job that writes: `jobs/caller.rs`; who I am: `cli/identity.rs` |
//! | what is hidden, or is not | `model/visibility.rs` (the rule) |
//! | what may be written where | `exchange/outputs.rs` |
//! | a flag | `cli/<command>.rs` |
//! | a setting | `cli/settings.rs` |
//! | hanging, signals, terminals | `runtime`; what a terminal sends becomes keys in `runtime/stream.rs` |
//!
//! # What is absent
//!
//! - `model`, `engine`, `session` and `view` have no clock, no randomness, no I/O and no thread of their own; `engine`
//!   draws its resamples from a seed that it is given, and divides long sums over all cores without changing them.
//! - `unsafe` stands in `engine/kernels.rs` alone.
//! - No room but `store` knows SQL; no room but `runtime` (and `main`) touches the terminal.
//! - Nothing is process-wide but what `main` and the first session set up once (panic hook, signals, the log): no
//!   `static` state, many sessions may live in one process.
//! - Record text reaches a terminal only through [`text::sanitize`].
//! - No answer is called saved before its commit returned and the path still led to the file it was committed to.
//! - A file that was opened is touched by nobody but `SQLite` and one descriptor of ours (`store/sqlite/anchor.rs`), which
//!   is opened before `SQLite`'s first connection and closed after its last.

pub mod cli;
pub mod engine;
pub mod exchange;
pub mod jobs;
pub mod model;
pub mod progress;
pub mod runtime;
pub mod session;
pub mod store;
pub mod text;
pub mod view;
