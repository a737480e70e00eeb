//! The browsers that run the tests, and their WebDrivers.

use std::env::consts::OS;
use std::path::PathBuf;
use std::process::Command;

use super::{Env, Tool, debian};
use crate::error::{Error, Result};
use crate::proc;

/// A browser engine the product is tested in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chromium or Chrome.
    Chromium,
    /// Firefox, of any channel.
    Firefox,
    /// WebKitGTK, under a virtual display.
    Webkit,
}

/// What a browser needs besides its WebDriver: one program of each row, and the package that contains it.
type Needs = &'static [(&'static [&'static str], &'static str)];

impl Browser {
    /// All engines.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Returns whether it exists on an operating system, named as in `std::env::consts::OS`.
    pub fn runs_on(self, system: &str) -> bool {
        self != Self::Webkit || system == "linux"
    }

    /// Returns those that exist on this one.
    pub fn here() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|browser| browser.runs_on(OS))
    }

    /// Its name for `--browser`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Returns the browser of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.name() == name)
    }

    fn needs(self) -> Needs {
        match self {
            Self::Chromium => &[
                (&["chromium", "google-chrome", "chromium-browser", "google-chrome-stable"], "chromium"),
                (&["chromedriver"], "chromium-driver"),
            ],
            Self::Firefox => &[(&["firefox", "firefox-esr"], "firefox-esr")],
            Self::Webkit => {
                &[(&["WebKitWebDriver"], "webkit2gtk-driver"), (&["xvfb-run"], "xvfb"), (&["xauth"], "xauth")]
            }
        }
    }
}

/// Returns the packages that install what a browser lacks.
pub fn missing(browser: Browser) -> Vec<&'static str> {
    let lacks = |names: &[&str]| names.iter().all(|name| proc::which(name).is_none());
    browser.needs().iter().filter(|(names, _)| lacks(names)).map(|(_, package)| *package).collect()
}

/// A browser ready to be driven.
pub struct Driven {
    /// Which one.
    pub browser: Browser,
    /// Its WebDriver.
    pub driver: PathBuf,
}

/// Finds a browser and its driver. Installs what is missing, or names the package to install.
pub fn find(env: &Env, browser: Browser) -> Result<Driven> {
    debian::provide(missing(browser))
        .map_err(|e| Error::new(format!("no {} to test in", browser.name()), e.to_string()))?;
    let driver = match browser {
        Browser::Chromium => proc::which("chromedriver"),
        Browser::Firefox => Some(env.tool(Tool::Geckodriver)?),
        Browser::Webkit => proc::which("WebKitWebDriver"),
    };
    let lost =
        || Error::new(format!("{}'s driver is not on PATH", browser.name()), "Add its folder to PATH.");
    Ok(Driven { browser, driver: driver.ok_or_else(lost)? })
}

impl Driven {
    /// Makes wasm-bindgen's test runner, somewhere below `command`, use this browser.
    pub fn drive(&self, mut command: Command, env: &Env) -> Command {
        // The runner uses the first driver that is configured, whichever browser was meant.
        for name in ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER", "MSEDGEDRIVER"] {
            command.env_remove(name).env_remove(format!("{name}_REMOTE"));
        }
        let variable = match self.browser {
            Browser::Chromium => "CHROMEDRIVER",
            Browser::Firefox => "GECKODRIVER",
            Browser::Webkit => "SAFARIDRIVER",
        };
        command
            .env(variable, &self.driver)
            .env("WASM_BINDGEN_USE_BROWSER", "1")
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", env.root.join("webdriver.json"))
            // A busy machine starts browsers slowly; a hung test is ended all the same.
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
        if self.browser == Browser::Webkit {
            // Under a virtual display there is no GPU and, for root, no sandbox.
            command
                .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
                .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
            return under_display(&command);
        }
        command
    }
}

fn under_display(command: &Command) -> Command {
    let mut wrapped = Command::new("xvfb-run");
    wrapped.args(["-a", "-s", "-screen 0 1280x1024x24"]).arg(command.get_program()).args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        wrapped.current_dir(dir);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}
