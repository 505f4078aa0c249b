//! A slow line: whether pictures are dropped, never queued, while keys come faster than the line takes their pictures.

use std::time::{Duration, Instant};

use crate::made::{BINARY, file, mark};
use crate::pty::{Terminal, command};
use crate::table::{Table, short};
use crate::{Asked, Result};

/// Bytes a second.
const PACE: u32 = 20_000;

/// Between two keys: each opens or closes help, a picture of some 3 kB.
const KEY: Duration = Duration::from_millis(20);

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked, 1_000, true)?;
    let name = made.to_string_lossy().into_owned();
    for (line, pace) in [("a fast line", None), ("20 kB/s", Some(PACE))] {
        let mut terminal = Terminal::open_on(command(BINARY, &[&name], &asked.folder), pace)?;
        terminal.until(|picture| picture.contains(&mark(1)))?;
        terminal.settle();
        let (bytes, started) = (terminal.bytes, Instant::now());
        let mut keys = 0;
        while started.elapsed() < Duration::from_secs(asked.seconds.min(10)) {
            terminal.press("?")?;
            terminal.rest(KEY);
            keys += 1;
        }
        // One key more, so that help stands open in the end whatever number was pressed.
        if keys % 2 == 0 {
            terminal.press("?")?;
        }
        let last = Instant::now();
        terminal.settle();
        let late = terminal.last.saturating_duration_since(last);
        let sent = terminal.bytes - bytes;
        let shows =
            if terminal.picture().contains("Esc closes") { "the last picture is right" } else { "WRONG picture" };
        table.note(format!(
            "slow: {line}: {keys} keys, {sent} bytes; all was shown {} after the last; {shows}",
            short(late)
        ));
        terminal.press("?")?;
        terminal.settle();
        terminal.leave()?;
    }
    Ok(())
}
