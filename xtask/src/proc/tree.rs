//! Ends all descendants of this process, including detached ones.

use std::collections::HashMap;

/// A process in the table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    parent: u32,
    /// A zombie: ended, but not yet collected by its parent.
    zombie: bool,
}

/// Adopts orphans instead of init. If a WebDriver dies first, only its ancestry identifies its browser.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Asks every process below this one to end, then kills it, except `spared` and those below it.
pub fn end_all(spared: &[u32]) {
    for round in 0..30 {
        let found = living_descendants(spared);
        if found.is_empty() {
            return;
        }
        // They have one second to clean up.
        let force = round >= 10;
        for pid in found {
            if round == 0 || force {
                signal(pid, force);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Collects every child that has ended. Only at the very end: it would take statuses that others wait for.
pub fn reap() {
    #[cfg(unix)]
    while let Ok(Some(_)) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {}
}

/// Ends one process and everything below it.
pub fn end_one(pid: u32) {
    let mut doomed = below(&processes(), pid, &[]);
    doomed.push(pid);
    for pid in doomed {
        signal(pid, true);
    }
}

/// Returns the running processes below this one.
pub fn living_descendants(spared: &[u32]) -> Vec<u32> {
    below(&processes(), std::process::id(), spared)
}

fn below(all: &HashMap<u32, Entry>, ancestor: u32, spared: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut parents = vec![ancestor];
    while let Some(parent) = parents.pop() {
        for (pid, entry) in all {
            if entry.parent == parent && !spared.contains(pid) {
                parents.push(*pid);
                if !entry.zombie {
                    found.push(*pid);
                }
            }
        }
    }
    found
}

#[cfg(unix)]
fn signal(pid: u32, force: bool) {
    use rustix::process::{Pid, Signal, kill_process};
    let which = if force { Signal::KILL } else { Signal::TERM };
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, which);
    }
}

#[cfg(not(unix))]
fn signal(pid: u32, _force: bool) {
    let _ = std::process::Command::new("taskkill").args(["/F", "/T", "/PID", &pid.to_string()]).output();
}

fn processes() -> HashMap<u32, Entry> {
    let Ok(dir) = std::fs::read_dir("/proc") else { return from_ps() };
    dir.flatten()
        .filter_map(|e| {
            let pid = e.file_name().to_str()?.parse().ok()?;
            Some((pid, parse_stat(&std::fs::read_to_string(e.path().join("stat")).ok()?)?))
        })
        .collect()
}

/// The command's name, in brackets, may contain spaces and brackets.
fn parse_stat(stat: &str) -> Option<Entry> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let zombie = matches!(fields.next()?, "Z" | "X");
    Some(Entry { parent: fields.next()?.parse().ok()?, zombie })
}

fn from_ps() -> HashMap<u32, Entry> {
    let ps = std::process::Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]).output();
    let text = ps.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let pid = fields.next()?.parse().ok()?;
            let parent = fields.next()?.parse().ok()?;
            Some((pid, Entry { parent, zombie: fields.next()?.starts_with('Z') }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_the_name_does_not_confuse() {
        let entry = parse_stat("42 (a) b) S 7 42 42").unwrap();
        assert_eq!((entry.parent, entry.zombie), (7, false));
        assert!(parse_stat("42 (x) Z 7 42").unwrap().zombie);
    }

    #[test]
    fn the_spared_keep_their_whole_subtree() {
        let live = |parent| Entry { parent, zombie: false };
        let all = HashMap::from([(2, live(1)), (3, live(2)), (4, live(1)), (5, live(4)), (9, live(8))]);
        let mut found = below(&all, 1, &[4]);
        found.sort_unstable();
        assert_eq!(found, [2, 3]);
    }
}
