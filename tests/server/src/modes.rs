//! Overrides: the next handshakes get a given behaviour, whatever their path is.

use crate::record::now;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use steady_network::faults::{Fault, Target};

#[derive(Debug)]
struct Mode {
    target: Target,
    /// The number of handshakes it still applies to; `None` means all.
    left: Option<u64>,
    /// The only tag it applies to; `None` means all.
    id: Option<String>,
}

/// A token bucket that holds a tenth of a second's worth.
#[derive(Clone, Copy, Debug)]
struct Capacity {
    per_second: u32,
    status: u16,
    tokens: f64,
    at: f64,
}

impl Capacity {
    fn admits(&mut self) -> bool {
        let (now, rate) = (now(), f64::from(self.per_second));
        self.tokens = (self.tokens + (now - self.at) * rate / 1000.0).min((rate / 10.0).max(1.0));
        self.at = now;
        let admits = self.tokens >= 1.0;
        if admits {
            self.tokens -= 1.0;
        }
        admits
    }
}

/// The active overrides, oldest first.
#[derive(Debug, Default)]
pub struct Modes {
    modes: Mutex<Vec<Mode>>,
    capacity: Mutex<Option<Capacity>>,
}

impl Modes {
    fn lock(&self) -> MutexGuard<'_, Vec<Mode>> {
        self.modes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the override of a control request; validates it like a path.
    pub fn add(&self, request: &Target) -> Result<Value, String> {
        let target = match (request.get("do"), request.get("path")) {
            (Some("off"), _) => {
                self.clear();
                return Ok(self.json());
            }
            (Some(word), _) => match word.parse::<u16>() {
                Ok(code) => request.at("/close".to_owned()).with_default("code", &code.to_string()),
                Err(_) => request.at(format!("/{word}")),
            },
            // For behaviours whose own parameters have the names of the override's.
            (None, Some(path)) => Target::parse(path),
            (None, None) => return Err("do, or path: which behaviour?".to_owned()),
        };
        Fault::parse(&target)?;
        let mode = Mode { left: request.number("n")?, id: request.get("id").map(str::to_owned), target };
        let mut modes = self.lock();
        if modes.len() >= 1000 {
            return Err("too many modes".to_owned());
        }
        modes.push(mode);
        drop(modes);
        Ok(self.json())
    }

    /// Limits the handshakes per second; 0 means no limit.
    pub fn set_capacity(&self, request: &Target) -> Result<Value, String> {
        let per_second = request.number_or("per_second", 0)?;
        let status = request.number_or("status", 503)?;
        let capacity = (per_second > 0).then(|| Capacity { per_second, status, tokens: 1.0, at: now() });
        *self.capacity.lock().unwrap_or_else(PoisonError::into_inner) = capacity;
        Ok(json!({ "perSecond": per_second, "status": status }))
    }

    /// Removes all overrides.
    pub fn clear(&self) {
        self.lock().clear();
        *self.capacity.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns the target of a handshake: an override's, or its own.
    pub fn govern(&self, own: &Target, id: &str) -> Target {
        if let Some(capacity) = self.capacity.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && !capacity.admits()
        {
            return Target::parse(&format!("/refuse?status={}", capacity.status));
        }
        let mut modes = self.lock();
        let found = modes.iter_mut().find(|mode| mode.id.as_deref().is_none_or(|only| only == id));
        let Some(mode) = found else { return own.clone() };
        let target = mode.target.clone();
        if let Some(left) = &mut mode.left {
            *left = left.saturating_sub(1);
        }
        modes.retain(|mode| mode.left != Some(0));
        target
    }

    /// Returns the active overrides.
    pub fn json(&self) -> Value {
        let modes: Vec<Value> = self
            .lock()
            .iter()
            .map(|mode| json!({ "do": mode.target.path, "left": mode.left, "id": mode.id }))
            .collect();
        json!({ "modes": modes })
    }
}
