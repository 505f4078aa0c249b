//! Whether somebody can bring this program back after Ctrl-Z.

/// Whether a shell with job control waits for it. Under `ssh -t host labelry` or as a terminal's only program there is
/// none: POSIX calls the process group orphaned then, and whoever stops in it stays stopped.
pub(super) fn can_stop() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let Some(own) = about("self") else { return true };
    let mut of = own;
    // Up through a group to whoever made it.
    for _ in 0..64 {
        match about(&of.parent.to_string()) {
            Some(parent) if parent.session != own.session => return false,
            Some(parent) if parent.group != own.group => return true,
            Some(parent) => of = parent,
            None => return false,
        }
    }
    false
}

#[derive(Clone, Copy)]
struct About {
    parent: u32,
    group: u32,
    session: u32,
}

/// What `proc_pid_stat(5)` tells of a process; its name, in brackets, may hold anything.
fn about(process: &str) -> Option<About> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(1).map(|field| field.parse().ok());
    Some(About { parent: fields.next()??, group: fields.next()??, session: fields.next()?? })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_process_knows_its_group_and_its_session() {
        let own = super::about("self");
        assert!(own.is_some_and(|own| own.parent == std::os::unix::process::parent_id() && own.session > 0));
        let first = super::about("1");
        assert!(first.is_none_or(|first| first.parent == 0));
    }
}
