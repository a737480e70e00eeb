//! A contender as the cases in `bench/browser/page` use it: the same as `line.js` there.

#[cfg(target_arch = "wasm32")]
#[allow(async_fn_in_trait, dead_code)]
mod contender;
#[cfg(target_arch = "wasm32")]
mod line;

fn main() {}
