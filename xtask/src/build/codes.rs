//! Generates the close codes as a JavaScript module from their only table.

use std::fmt::Write;

#[path = "../../../src/core/codes.rs"]
#[allow(dead_code)]
mod table;

use table::{CLOSE_CODES, CodeSender};

/// Returns a module that exports the table's `rows`.
pub fn module() -> String {
    let mut text = String::from("export const rows = [\n");
    for row in &CLOSE_CODES {
        let sent_by = match row.sender {
            CodeSender::Nobody => "nobody",
            CodeSender::Endpoint => "endpoint",
            CodeSender::Client => "client",
            CodeSender::Server => "server",
            CodeSender::Anyone => "anyone",
        };
        // The texts are ASCII, so Rust's escapes are JavaScript's.
        let _ = writeln!(
            text,
            "  {{ first: {}, last: {}, name: {:?}, meaning: {:?}, sentBy: {sent_by:?}, retried: {} }},",
            row.first, row.last, row.name, row.meaning, row.retried
        );
    }
    text + "];\n"
}
