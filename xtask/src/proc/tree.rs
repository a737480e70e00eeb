//! Ends all descendants of this process, including detached ones.

use std::collections::HashMap;
use std::process::{Command, Stdio};

/// A process in the table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    parent: u32,
    /// A zombie: ended, but not yet collected by its parent.
    zombie: bool,
    /// When it was started, in ticks of Windows; 0 elsewhere.
    started: u64,
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
        let since = all.get(&parent).map_or(0, |entry| entry.started);
        for (pid, entry) in all {
            // On Windows an orphan's parent keeps its number, which a process started later may have.
            if entry.parent == parent && entry.started >= since && !spared.contains(pid) {
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
    let _ = Command::new("taskkill").args(["/F", "/T", "/PID", &pid.to_string()]).output();
}

fn processes() -> HashMap<u32, Entry> {
    if cfg!(windows) {
        return listed(Command::new("powershell").args(["-NoProfile", "-Command", CIM]));
    }
    let Ok(dir) = std::fs::read_dir("/proc") else {
        return listed(Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]));
    };
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
    Some(Entry { parent: fields.next()?.parse().ok()?, zombie, started: 0 })
}

/// Lists the processes of Windows like `ps`, with the time of their start in place of their state.
const CIM: &str = "Get-CimInstance Win32_Process | ForEach-Object \
                   { \"$($_.ProcessId) $($_.ParentProcessId) $($_.CreationDate.Ticks)\" }";

/// Returns the processes that a program lists, without the program: it is a child of this process, and it has ended.
fn listed(program: &mut Command) -> HashMap<u32, Entry> {
    let started = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(lister) = started else { return HashMap::new() };
    let own = lister.id();
    let Ok(output) = lister.wait_with_output() else { return HashMap::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(parse_line).filter(|(pid, _)| *pid != own).collect()
}

/// Reads a process's number, its parent's, and its state or the time of its start, which some of Windows' own lack.
fn parse_line(line: &str) -> Option<(u32, Entry)> {
    let mut fields = line.split_whitespace();
    let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let last = fields.next().unwrap_or_default();
    Some((pid, Entry { parent, zombie: last.starts_with('Z'), started: last.parse().unwrap_or(0) }))
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
        let live = |parent| Entry { parent, zombie: false, started: 0 };
        let all = HashMap::from([(2, live(1)), (3, live(2)), (4, live(1)), (5, live(4)), (9, live(8))]);
        let mut found = below(&all, 1, &[4]);
        found.sort_unstable();
        assert_eq!(found, [2, 3]);
    }

    #[test]
    fn the_orphan_of_an_earlier_process_with_the_same_number_is_no_descendant() {
        // As Windows lists them: an earlier process with the number 2 started 8.
        let listing = "0 0\n4 0 10\r\n1 4 300\r\n2 1 400\r\n8 2 350\r\n9 2 401\r\n";
        let all: HashMap<u32, Entry> = listing.lines().filter_map(parse_line).collect();
        assert_eq!(all.len(), 6);
        let mut found = below(&all, 1, &[]);
        found.sort_unstable();
        assert_eq!(found, [2, 9]);
    }

    /// With it, no list would ever be empty.
    #[cfg(unix)]
    #[test]
    fn the_program_that_lists_the_processes_is_none_of_them() {
        let found = listed(Command::new("sh").args(["-c", "echo $$ 7 S; echo 9 7 S"]));
        assert_eq!(found.into_keys().collect::<Vec<_>>(), [9]);
    }

    #[test]
    fn a_line_of_ps_is_a_process() {
        let (pid, entry) = parse_line("  42     7 Ss+").unwrap();
        assert_eq!((pid, entry.parent, entry.zombie), (42, 7, false));
        assert!(parse_line("42 7 Z+").unwrap().1.zombie);
        assert!(parse_line("PID PPID STAT").is_none());
    }
}
