//! Every answer of a question: the store's scan, and the whole command that figures agreement from it.

use std::time::{Duration, Instant};

use labelry::store::Store;
use labelry::store::sqlite::SqliteStore;

use crate::made::{LABELS, file, run};
use crate::table::Table;
use crate::{Asked, Result};

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked, asked.records, true)?;
    let mut store = SqliteStore::open(&made)?;
    let question = store.datasets()?.remove(0).questions[0].id;
    let (mut scans, mut sums, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=asked.runs.min(9) {
        let (scan, rows) = scan(&mut store, question)?;
        if rows != asked.records * 3 {
            return Err(format!("{rows} answers were scanned").into());
        }
        let command = |more: &[&str]| {
            let file = made.to_string_lossy();
            let started = Instant::now();
            let words = ["--db", &file, "agreement", "--by-label", "--json"];
            run(&asked.folder, &[&words[..], more].concat())?;
            Ok::<_, Box<dyn std::error::Error>>(started.elapsed())
        };
        let (by_sums, read) = (command(&[])?, command(&["--count", "drafts"])?);
        if round > 0 {
            scans.push(scan);
            sums.push(by_sums);
            commands.push(read);
        }
    }
    table.times(&format!("scan: {} × 3 answers × {LABELS} labels", asked.records), scans, None);
    table.times(&format!("scan: labelry agreement --by-label, {} × 3, by the sums", asked.records), sums, None);
    table.times(&format!("scan: labelry agreement --by-label --count drafts, {} × 3", asked.records), commands, None);
    Ok(())
}

fn scan(store: &mut SqliteStore, question: labelry::model::QuestionId) -> Result<(Duration, u64)> {
    let (mut rows, mut bits) = (0, 0);
    let started = Instant::now();
    store.scan_rated(question, false, &mut |row| {
        rows += 1;
        bits += row.labels.map_or(0, |labels| labels.iter().map(|byte| byte.count_ones()).sum());
    })?;
    std::hint::black_box(bits);
    Ok((started.elapsed(), rows))
}
