//! A file read on a thread of its own, some rows ahead of those that are being written: reading is a third of the work.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde_json::{Map, Value};

use crate::exchange::{self, Item, Learned, Located, Options, Source, Stopped, Summary};
use crate::jobs::JobError;
use crate::progress::{Cancelled, Progress};

/// Rows that are handed over together, and about how many bytes of them.
const BATCH: (usize, usize) = (256, 1_000_000);
/// Batches that wait to be taken.
const WAITING: usize = 4;

/// What the reader says.
enum ReaderMessage {
    Rows(Vec<Located>),
    /// Where it is, of how many bytes or rows.
    At(u64, u64),
}

/// Reads a file as [`exchange::read_source`] does; `take` gets the rows in order on the thread of the caller.
///
/// # Errors
/// What `take` says of the first row that it refuses, else what is wrong with the file behind all rows before it.
pub(super) fn read(
    source: &Source,
    options: &Options,
    learned: Option<&mut Learned>,
    take: &mut dyn FnMut(Located) -> Result<(), JobError>,
    progress: &dyn Progress,
) -> Result<Summary, JobError> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let named = thread::Builder::new().name(String::from("reader"));
        let reader = named.spawn_scoped(scope, move || send(source, options, learned, &sender))?;
        let taken = receive(&receiver, take, progress);
        // The reader stops at a row that nobody takes any more.
        drop(receiver);
        let read = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        taken?;
        Ok(read?)
    })
}

fn receive(
    receiver: &Receiver<ReaderMessage>,
    take: &mut dyn FnMut(Located) -> Result<(), JobError>,
    progress: &dyn Progress,
) -> Result<(), JobError> {
    for said in receiver {
        match said {
            ReaderMessage::Rows(rows) => rows.into_iter().try_for_each(&mut *take)?,
            ReaderMessage::At(done, total) => progress.at(done, total)?,
        }
    }
    Ok(())
}

fn send(
    source: &Source,
    options: &Options,
    learned: Option<&mut Learned>,
    sender: &SyncSender<ReaderMessage>,
) -> Result<Summary, Stopped> {
    let mut rows = Vec::new();
    let mut bytes = 0;
    let mut sink = |located: Located| {
        bytes += weight(&located);
        rows.push(located);
        if rows.len() < BATCH.0 && bytes < BATCH.1 {
            return Ok(());
        }
        bytes = 0;
        sender.send(ReaderMessage::Rows(std::mem::take(&mut rows))).map_err(|_| Stopped::from(Cancelled))
    };
    let summary = exchange::read_source(source, options, learned, &mut sink, &Relay(sender.clone()));
    // What stands before an error is taken first: an earlier line may be refused there.
    sender.send(ReaderMessage::Rows(rows)).map_err(|_| Cancelled)?;
    summary
}

/// Tells the caller's thread where the reader is.
struct Relay(SyncSender<ReaderMessage>);

impl Progress for Relay {
    fn at(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        self.0.send(ReaderMessage::At(done, total)).map_err(|_| Cancelled)
    }
}

/// About how many bytes a row holds in memory.
fn weight(located: &Located) -> usize {
    let object = |map: &Map<String, Value>| map.iter().map(|(key, value)| key.len() + held(value)).sum::<usize>();
    let row = match &located.item {
        Item::Header(_) => 0,
        Item::Record(record) => {
            let vectors = record.vectors.values().map(|vector| vector.len() * size_of::<f32>());
            let answers = record.responses.iter().map(|response| object(&response.answers) + object(&response.extra));
            let suggested = record.suggestions.iter().map(|suggestion| held(&suggestion.value));
            let objects = object(&record.fields) + object(&record.metadata) + object(&record.extra);
            objects + vectors.sum::<usize>() + answers.sum::<usize>() + suggested.sum::<usize>()
        }
        Item::Response(row) => object(&row.response.answers),
        Item::Bad(bad) => bad.raw.len(),
    };
    row + located.raw.len()
}

fn held(value: &Value) -> usize {
    let own = size_of::<Value>();
    match value {
        Value::String(text) => own + text.len(),
        Value::Array(list) => list.iter().map(held).sum::<usize>() + own,
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + held(value)).sum::<usize>() + own,
        _ => own,
    }
}
