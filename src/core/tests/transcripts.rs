//! The transcripts once more, for those who mutate: `tests/transcripts.rs` says where they differ.

use super::world::fail_fast;
use crate::core::trace::replay;

#[test]
fn a_first_look_at_all_transcripts() {
    fail_fast();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    for file in std::fs::read_dir(folder).expect("it is in the repository") {
        let text = std::fs::read_to_string(file.expect("readable").path()).expect("readable");
        assert_eq!(replay(&text).as_deref(), Ok(text.as_str()));
    }
}
