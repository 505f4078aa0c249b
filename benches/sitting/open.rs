//! From exec to the first full frame with the record's text, against `/bin/echo` in the same terminal.

use std::time::Duration;

use crate::made::{BINARY, file, mark, run};
use crate::pty::{Terminal, command};
use crate::table::Table;
use crate::{Asked, Result};

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let demo = asked.folder.join("demo.db");
    let demo = demo.to_string_lossy();
    run(&asked.folder, &["--db", &demo, "demo", "--no-open"])?;
    let (ours, echo) = alternate(asked, &["--db", &demo, "demo"], "captions or sign")?;
    table.times("open: the demo, 446 records", ours, Some(("/bin/echo", echo)));
    let made = file(asked, asked.records, asked.answers)?;
    let (ours, echo) = alternate(asked, &[&made.to_string_lossy()], &mark(1))?;
    let answers = if asked.answers { ", answered by three" } else { "" };
    table.times(&format!("open: {} records{answers}", asked.records), ours, Some(("/bin/echo", echo)));
    Ok(())
}

/// One of ours, one of the peer's, and so on; a first round warms both and is not counted.
fn alternate(asked: &Asked, arguments: &[&str], text: &str) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut ours, mut echo) = (Vec::new(), Vec::new());
    for round in 0..=asked.runs {
        let mut terminal = Terminal::open(command(BINARY, arguments, &asked.folder))?;
        terminal.until(|picture| picture.contains(text))?;
        let own = terminal.since_start();
        terminal.leave()?;
        let mut terminal = Terminal::open(command("/bin/echo", &["echoed"], &asked.folder))?;
        terminal.until(|picture| picture.contains("echoed"))?;
        let peer = terminal.since_start();
        terminal.ended()?;
        if round > 0 {
            ours.push(own);
            echo.push(peer);
        }
    }
    Ok((ours, echo))
}
