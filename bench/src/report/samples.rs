//! The measured values.

use crate::stats::median;
use serde_json::Value;

/// Everything one run measured.
pub struct Run {
    /// The day, as 2026-11-21.
    pub date: String,
    /// `chromium 156.0`.
    pub browser: String,
    /// How many rounds were asked for.
    pub rounds: u64,
    /// The share of the load that was used, in percent.
    pub percent: u64,
    /// What could not be measured, and the reason.
    pub failures: Vec<String>,
    /// The cases that `--only` selected; empty means all.
    pub only: String,
    /// The shares of the processors that other programs used, before each case.
    pub busy: Vec<f64>,
    /// Names and versions of the contenders and tools.
    pub versions: Vec<(String, String)>,
    /// The contenders.
    pub contenders: Vec<Contender>,
    /// The values.
    pub series: Vec<Series>,
    /// The profiles.
    pub profiles: Vec<Profile>,
}

/// A profile: microseconds per message of one contender in one case, by kind of work.
pub struct Profile {
    /// `js` or `rust`.
    pub group: String,
    /// What was measured.
    pub case: String,
    /// The contender.
    pub contender: String,
    /// Kinds of work, and their durations.
    pub kinds: Vec<(String, f64)>,
    /// The same for single functions, the longest first.
    pub functions: Vec<(String, f64)>,
}

impl Profile {
    /// Returns the duration of this kind of work.
    pub fn kind(&self, name: &str) -> f64 {
        self.kinds.iter().find(|(kind, _)| kind == name).map_or(0.0, |(_, took)| *took)
    }
}

/// The role of a contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The baseline, which nothing can exceed.
    Limit,
    /// The limit a second time: what differs between the two is the bench's error.
    Copy,
    /// This project's classes.
    Ours,
    /// A library that users would choose instead.
    Peer,
}

/// A contender.
#[derive(Clone)]
pub struct Contender {
    /// `js` or `rust`.
    pub group: String,
    /// Its name in the tables.
    pub name: String,
    /// Its part in the comparison.
    pub role: Role,
}

/// The values of one contender in one case, one per round.
#[derive(Clone, Default)]
pub struct Series {
    /// `js`, `rust`, `session`, `size`, `core` or `network`.
    pub group: String,
    /// What was measured.
    pub case: String,
    /// Who.
    pub contender: String,
    /// Their unit.
    pub unit: String,
    /// Whether higher is better.
    pub higher: bool,
    /// Its position in a growth plot.
    pub growth: Option<(String, f64)>,
    /// One value per round, in order.
    pub values: Vec<f64>,
}

impl Run {
    /// Returns in words how busy the machine was with other work.
    pub fn busy(&self) -> String {
        let most = self.busy.iter().copied().fold(0.0, f64::max);
        let usual = if self.busy.is_empty() { 0.0 } else { median(&self.busy) };
        format!("{:.0} % of the processors, at most {:.0} %", usual * 100.0, most * 100.0)
    }

    /// Returns the role of a contender; the group `size` contains the contenders of both other groups.
    pub fn role(&self, series: &Series) -> Option<Role> {
        let same = |one: &&Contender| one.name == series.contender;
        let here = |one: &&Contender| series.group == "size" || one.group == series.group;
        self.contenders.iter().find(|one| same(one) && here(one)).map(|one| one.role)
    }
}

/// Reads what `bench/run.mjs` wrote.
pub fn read(text: &str) -> Result<Run, String> {
    let root: Value = serde_json::from_str(text).map_err(|error| format!("the samples: {error}"))?;
    let setting = member(&root, "setting")?;
    let versions = match member(setting, "versions")? {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        _ => Vec::new(),
    };
    Ok(Run {
        date: text_of(&root, "date")?,
        browser: format!(
            "{} {}",
            text_of(setting, "browser")?,
            plain(member(setting, "version").unwrap_or(&Value::Null))
        ),
        rounds: member(setting, "rounds")?.as_u64().unwrap_or_default(),
        percent: member(setting, "percent")?.as_u64().unwrap_or_default(),
        failures: list(&root, "failures")?.iter().map(plain).collect(),
        only: text_of(setting, "only")?,
        busy: numbers(setting, "busy")?,
        versions,
        contenders: list(&root, "contenders")?.iter().map(contender).collect::<Result<_, _>>()?,
        series: list(&root, "series")?.iter().map(series).collect::<Result<_, _>>()?,
        profiles: list(&root, "profiles")?.iter().map(profile).collect::<Result<_, _>>()?,
    })
}

fn contender(value: &Value) -> Result<Contender, String> {
    let role = match text_of(value, "role")?.as_str() {
        "limit" => Role::Limit,
        "copy" => Role::Copy,
        "ours" => Role::Ours,
        "peer" => Role::Peer,
        other => return Err(format!("the samples: no role `{other}`")),
    };
    Ok(Contender { group: text_of(value, "group")?, name: text_of(value, "name")?, role })
}

fn series(value: &Value) -> Result<Series, String> {
    let growth = value
        .get("growth")
        .and_then(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_f64()?)));
    Ok(Series {
        group: text_of(value, "group")?,
        case: text_of(value, "case")?,
        contender: text_of(value, "contender")?,
        unit: text_of(value, "unit")?,
        higher: text_of(value, "better")? == "higher",
        growth,
        values: numbers(value, "values")?,
    })
}

fn profile(value: &Value) -> Result<Profile, String> {
    let times = |name: &str| -> Result<Vec<(String, f64)>, String> {
        let all = member(value, name)?.as_object().ok_or("the samples: a profile of another form")?;
        let mut all: Vec<(String, f64)> =
            all.iter().map(|(what, took)| (what.clone(), took.as_f64().unwrap_or_default())).collect();
        all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        Ok(all)
    };
    Ok(Profile {
        group: text_of(value, "group")?,
        case: text_of(value, "case")?,
        contender: text_of(value, "contender")?,
        kinds: times("kinds")?,
        functions: times("functions")?,
    })
}

fn member<'a>(value: &'a Value, name: &str) -> Result<&'a Value, String> {
    value.get(name).ok_or_else(|| format!("the samples: no `{name}`"))
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    member(value, name)?.as_array().ok_or_else(|| format!("the samples: `{name}` is no list"))
}

fn numbers(value: &Value, name: &str) -> Result<Vec<f64>, String> {
    let numbers: Option<Vec<f64>> = list(value, name)?.iter().map(Value::as_f64).collect();
    numbers.ok_or_else(|| format!("the samples: a value of `{name}` is no number"))
}

fn text_of(value: &Value, name: &str) -> Result<String, String> {
    Ok(plain(member(value, name)?))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(String::new, str::to_owned)
}
