//! What was measured, value by value.

use serde_json::Value;

/// Everything one run measured.
pub struct Run {
    /// The day, as 2026-11-21.
    pub date: String,
    /// `chromium 156.0`.
    pub browser: String,
    /// How many rounds were asked for.
    pub rounds: u64,
    /// How much of the load was left.
    pub percent: u64,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
    /// What `--only` let through; empty is everything.
    pub only: String,
    /// The part of the processors that others used when it began.
    pub load: f64,
    /// Names and versions of what took part.
    pub versions: Vec<(String, String)>,
    /// The contenders.
    pub contenders: Vec<Contender>,
    /// The values.
    pub series: Vec<Series>,
    /// Where the time went.
    pub profiles: Vec<Profile>,
}

/// Microseconds per message of one contender in one case, by what they were spent on.
pub struct Profile {
    /// `js` or `rust`.
    pub group: String,
    /// What was measured.
    pub case: String,
    /// Who.
    pub contender: String,
    /// What, and how long.
    pub kinds: Vec<(String, f64)>,
    /// The same of single functions, the longest first.
    pub functions: Vec<(String, f64)>,
}

impl Profile {
    /// How long for work of this kind.
    pub fn kind(&self, name: &str) -> f64 {
        self.kinds.iter().find(|(kind, _)| kind == name).map_or(0.0, |(_, took)| *took)
    }
}

/// What somebody is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing can be better.
    Limit,
    /// This project's.
    Ours,
    /// What a user would pick instead.
    Peer,
}

/// Somebody who took part.
#[derive(Clone)]
pub struct Contender {
    /// `js` or `rust`.
    pub group: String,
    /// As the tables call it.
    pub name: String,
    /// Limit, ours or peer.
    pub role: Role,
}

/// The values of one contender in one case, a value a round.
#[derive(Clone, Default)]
pub struct Series {
    /// `js`, `rust`, `size`, `core` or `network`.
    pub group: String,
    /// What was measured.
    pub case: String,
    /// Who.
    pub contender: String,
    /// Of the values.
    pub unit: String,
    /// Else the lower value is the better one.
    pub higher: bool,
    /// Its place in a plot of growth.
    pub growth: Option<(String, f64)>,
    /// One a round, in the order of the rounds.
    pub values: Vec<f64>,
}

impl Run {
    /// The role of a contender; the group `size` has those of both others.
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
        load: member(setting, "load")?.as_f64().unwrap_or_default(),
        versions,
        contenders: list(&root, "contenders")?.iter().map(contender).collect::<Result<_, _>>()?,
        series: list(&root, "series")?.iter().map(series).collect::<Result<_, _>>()?,
        profiles: list(&root, "profiles")?.iter().map(profile).collect::<Result<_, _>>()?,
    })
}

fn contender(value: &Value) -> Result<Contender, String> {
    let role = match text_of(value, "role")?.as_str() {
        "limit" => Role::Limit,
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
    let values: Option<Vec<f64>> = list(value, "values")?.iter().map(Value::as_f64).collect();
    Ok(Series {
        group: text_of(value, "group")?,
        case: text_of(value, "case")?,
        contender: text_of(value, "contender")?,
        unit: text_of(value, "unit")?,
        higher: text_of(value, "better")? == "higher",
        growth,
        values: values.ok_or("the samples: a value is no number")?,
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

fn text_of(value: &Value, name: &str) -> Result<String, String> {
    Ok(plain(member(value, name)?))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(String::new, str::to_owned)
}
