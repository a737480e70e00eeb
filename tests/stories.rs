//! Runs the stories of `tests/stories` against the Rust API; `tests/browser` runs them against the JavaScript classes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

#[cfg(target_arch = "wasm32")]
#[path = "stories/log.rs"]
mod log;
#[cfg(target_arch = "wasm32")]
#[path = "stories/run.rs"]
mod run;
#[cfg(target_arch = "wasm32")]
#[path = "stories/story.rs"]
mod story;
#[cfg(target_arch = "wasm32")]
#[path = "rust_api/support.rs"]
mod support;
#[cfg(target_arch = "wasm32")]
#[path = "stories/words.rs"]
mod words;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

macro_rules! stories {
    ($($name:ident)*) => {
        #[cfg(target_arch = "wasm32")]
        mod stories {
            $(
                #[wasm_bindgen_test::wasm_bindgen_test]
                async fn $name() {
                    crate::run::file(stringify!($name), include_str!(concat!("stories/", stringify!($name), ".txt"))).await;
                }
            )*
        }

        #[cfg(not(target_arch = "wasm32"))]
        const FILES: &[&str] = &[$(stringify!($name)),*];
    };
}

stories! { strict steady queue flush callbacks failures }

/// Both runners know every file.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn no_file_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut stories: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect();
    stories.sort();
    let mut known = FILES.to_vec();
    let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
    known.sort();
    assert_eq!(stories, known);
    let runner = std::fs::read_to_string(format!("{folder}/run.js")).unwrap();
    assert!(runner.contains(&format!("export const FILES = [{}];", quoted.join(", "))), "{quoted:?}");
}
