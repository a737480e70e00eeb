//! A small herd of real sockets in a real browser, and as many simulated ones beside it.
//!
//! Both go through the same outage before the same gate: a bucket of tokens that lets so many
//! handshakes per second through and refuses the others. What is compared is when attempts are made
//! and when sockets are back: the greatest distance between the two distributions (Kolmogorov and
//! Smirnov's), against worlds simulated with other seeds.
//!
//! A Chromium profile holds 255 WebSockets at most, so the herd is shared out among browsers. An
//! attempt is noted in the page when it is made, not when it arrives. But Chromium also tells late that
//! an attempt has failed, because it holds attempts back (see `chromium.rs`), and so the next is late as
//! well: the simulated herd is held back by the same rules, and one that is not stands beside it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::compare::{Sample, report};
use crate::http::{Inbox, request};
use crate::options::Options;
use crate::scenario::{POLICIES, Scenario};
use crate::server::{Capacity, Excess};

/// Sockets per browser.
const SHARE: usize = 250;
/// Simulated runs for comparison.
const WORLDS: u64 = 30;

/// Runs both and prints the comparison; an error if they differ.
pub fn real(options: &Options) -> Result<(), String> {
    let address =
        std::env::var("STEADY_TEST_SERVER").map_err(|_| "Run this as `cargo xtask herd --real`.")?;
    let of = |name: &str| {
        let value =
            address.split_once(&format!("\"{name}\":\"")).and_then(|(_, rest)| rest.split('"').next());
        value.map(String::from).ok_or_else(|| format!("no {name} in {address}"))
    };
    let (http, ws) = (of("http")?, of("ws")?);
    let scenario = scenario(options);
    println!(
        "{} sockets; the server is down for {} s, then lets {} handshakes per second through and answers 503 to the others",
        options.sockets, options.seconds, scenario.capacity.per_second
    );
    let seen = in_browsers(options, &scenario, &http, &ws)?;
    let worlds = |scenario: &Scenario| {
        (0..WORLDS).map(|world| simulated(options, scenario, world)).collect::<Vec<_>>()
    };
    let alone = worlds(&Scenario { share: None, ..scenario.clone() });
    report(&seen, &worlds(&scenario), &alone, options.json.as_deref())
}

fn scenario(options: &Options) -> Scenario {
    let per_second = (options.sockets as u64 / 20).max(1);
    let capacity =
        Capacity { per_second, backlog: (per_second / 10).max(1), waits: false, excess: Excess::Refuse };
    let [outage, ..] = Scenario::all(options.sockets, options.seconds * 1_000);
    // Everything runs on this machine.
    Scenario { capacity, way: Some(1), share: Some(SHARE), ..outage }
}

fn simulated(options: &Options, scenario: &Scenario, world: u64) -> Sample {
    let outcome = POLICIES[0].run(scenario, options.sockets, options.seed + world);
    let attempts = outcome.dials.into_iter().flatten().flatten().map(f64::from).collect();
    Sample::new(attempts, outcome.times.iter().map(|at| f64::from(*at)).collect())
}

/// A browser with a profile of its own; dropping it removes both.
struct Browser {
    child: Child,
    profile: PathBuf,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its child processes end a moment later, and still write.
        for _ in 0..20 {
            if std::fs::remove_dir_all(&self.profile).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn open(url: &str, number: usize) -> Result<Browser, String> {
    let profile = std::env::temp_dir().join(format!("steady-herd-{}-{number}", std::process::id()));
    let names = ["chromium", "google-chrome", "chromium-browser", "google-chrome-stable"];
    for name in names {
        let mut command = Command::new(name);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-background-timer-throttling", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Ok(child) = command.spawn() {
            return Ok(Browser { child, profile });
        }
    }
    Err("no Chromium on PATH".into())
}

fn in_browsers(options: &Options, scenario: &Scenario, http: &str, ws: &str) -> Result<Sample, String> {
    let inbox = Inbox::open()?;
    let report = inbox.address()?;
    let count = options.sockets.div_ceil(SHARE);
    let mut browsers = Vec::new();
    for number in 0..count {
        let share = SHARE.min(options.sockets - number * SHARE);
        let url = format!("{http}/herd/real.html?sockets={share}&ws={ws}&report={report}");
        browsers.push(open(&url, number)?);
    }
    let patience = Instant::now() + Duration::from_secs(120);
    hear(&inbox, count, "/ready", patience)?;
    println!("{} sockets are open in {count} browsers", options.sockets);
    // Long enough for every connection to count as stable.
    std::thread::sleep(Duration::from_secs(7));
    request(http, "POST", &format!("/capacity?per_second={}", scenario.capacity.per_second))?;
    request(http, "DELETE", "/stats")?;
    let begin = epoch();
    request(http, "POST", "/stop-listening?kill")?;
    std::thread::sleep(Duration::from_millis(scenario.down));
    request(http, "POST", "/start-listening")?;
    println!("the server is back after {:.1} s", (epoch() - begin) / 1_000.0);
    let patience = Instant::now() + Duration::from_secs(240);
    let bodies = hear(&inbox, count, "/done", patience)?;
    drop(browsers);
    let (mut attempts, mut back) = (Vec::new(), Vec::new());
    for line in bodies.iter().flat_map(|body| body.lines()) {
        match line.split_once(' ').map(|(word, at)| (word, at.parse::<f64>().unwrap_or(f64::NAN))) {
            Some(("attempt", at)) => attempts.push(at - begin),
            Some(("back", at)) => back.push(at - begin),
            _ => {}
        }
    }
    Ok(Sample::new(attempts, back))
}

fn hear(inbox: &Inbox, count: usize, wanted: &str, deadline: Instant) -> Result<Vec<String>, String> {
    let mut bodies = Vec::new();
    while bodies.len() < count {
        let report = inbox.next(deadline)?;
        if report.path != wanted {
            return Err(format!("the page said {}: {}", report.path, report.body));
        }
        bodies.push(report.body);
    }
    Ok(bodies)
}

fn epoch() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}
