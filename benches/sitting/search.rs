//! Searching: the first list in the dataset's order, and the ranked one, for a rare and for common words.

use std::time::Instant;

use labelry::model::{Queue, Search, UserId};
use labelry::store::Store;
use labelry::store::sqlite::SqliteStore;

use crate::made::{file, mark};
use crate::table::Table;
use crate::{Asked, Result};

/// Rows of a first list.
const LIST: usize = 50;

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked, asked.records, false)?;
    let mut store = SqliteStore::open(&made)?;
    let dataset = store.datasets()?.remove(0).id;
    let rare = mark(asked.records / 2);
    for (name, words) in
        [("a rare word", rare.as_str()), ("a common word", "\"ba\""), ("two common beginnings", "talo mi")]
    {
        let queue = Queue::Search(words.to_owned());
        let size = store.size(dataset, UserId(1), &queue)?;
        let (mut first, mut listed, mut ranked) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=asked.runs.min(9) {
            let started = Instant::now();
            let one = store.next_in_queue(dataset, UserId(1), &queue, None)?;
            let next = started.elapsed();
            let started = Instant::now();
            let rows = store.queue_records(dataset, UserId(1), &queue, None, LIST)?;
            for record in &rows {
                std::hint::black_box(store.record(*record)?);
            }
            let list = started.elapsed();
            std::hint::black_box(one);
            let started = Instant::now();
            let found = store.search(dataset, &Search::parse(words), LIST)?;
            if round > 0 {
                first.push(next);
                listed.push(list);
                ranked.push(started.elapsed());
            }
            std::hint::black_box(found);
        }
        let name = format!("search {}: {name} ({size:?})", asked.records);
        table.times(&format!("{name}: first record"), first, None);
        table.times(&format!("{name}: first {LIST} in order"), listed, None);
        table.times(&format!("{name}: best {LIST}"), ranked, None);
    }
    Ok(())
}
