//! Static files: the demo page, test pages and the built package.

use crate::http::{Answer, Request};
use std::path::{Component, Path, PathBuf};

/// The served directories.
#[derive(Debug)]
pub struct Files {
    /// URL prefix (empty for the root) and directory, the longest prefix first.
    mounts: Vec<(String, PathBuf)>,
    isolate: bool,
}

impl Files {
    /// Directories need not exist yet: a page may be built while the server runs.
    pub fn new(mut mounts: Vec<(String, PathBuf)>, isolate: bool) -> Self {
        mounts.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self { mounts, isolate }
    }

    /// Answers a GET or HEAD.
    pub async fn answer(&self, request: &Request) -> Answer {
        let path = &request.target.path;
        for (prefix, dir) in &self.mounts {
            let Some(below) = path.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            if let Some((file, body)) = read(dir, below).await {
                return self.found(request, &file, body);
            }
        }
        Answer::wrong(404, format!("no file {path}"))
    }

    fn found(&self, request: &Request, file: &Path, body: Vec<u8>) -> Answer {
        let mut headers = vec![("content-type", content_type(file).to_owned())];
        if self.isolate {
            headers.push(("cross-origin-opener-policy", "same-origin".to_owned()));
            headers.push(("cross-origin-embedder-policy", "require-corp".to_owned()));
            headers.push(("cross-origin-resource-policy", "cross-origin".to_owned()));
        }
        if let Some(policy) = request.target.get("csp") {
            headers.push(("content-security-policy", policy.to_owned()));
        }
        // A page with `no-store` would not enter the back/forward cache, which is one of the things under test.
        if request.target.get("bfcache").is_some() {
            headers.push(("cache-control", "no-cache".to_owned()));
        }
        Answer { status: 200, headers, body }
    }
}

/// Returns the path of a file below a directory; `None` if it escapes it through `..` or a link.
async fn read(dir: &Path, below: &str) -> Option<(PathBuf, Vec<u8>)> {
    let below = Path::new(below);
    if below.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    let root = tokio::fs::canonicalize(dir).await.ok()?;
    let mut file = tokio::fs::canonicalize(root.join(below)).await.ok()?;
    if file.is_dir() {
        file = tokio::fs::canonicalize(file.join("index.html")).await.ok()?;
    }
    if !file.starts_with(&root) {
        return None;
    }
    let body = tokio::fs::read(&file).await.ok()?;
    Some((file, body))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
        "html" | "htm" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
