//! Static files.

use crate::support::{Server, start_with};
use std::path::PathBuf;

struct Site {
    dir: PathBuf,
    server: Server,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Two directories, `www` and `out`, and a file beside them that must not be served.
fn site(name: &str) -> Site {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    for (path, text) in [
        ("secret.txt", "secret"),
        ("www/index.html", "<p>home"),
        ("www/a b.mjs", "export {}"),
        ("www/sub/index.html", "<p>sub"),
        ("www/pkg/shadowed.js", "www"),
        ("out/x.wasm", "\0asm"),
    ] {
        let file = dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", dir.join("www/link.txt")).unwrap();
    let (www, out) = (dir.join("www"), dir.join("out"));
    let mount = format!("/pkg={}", out.display());
    let server = start_with(&["--www", www.to_str().unwrap(), "--mount", &mount, "--isolate"]);
    Site { dir, server }
}

#[test]
fn files_have_types_and_are_not_stored() {
    let site = site("types");
    for (path, kind, body) in [
        ("/", "text/html; charset=utf-8", "<p>home"),
        ("/index.html?x=1", "text/html; charset=utf-8", "<p>home"),
        ("/sub/", "text/html; charset=utf-8", "<p>sub"),
        ("/a%20b.mjs", "text/javascript; charset=utf-8", "export {}"),
        ("/pkg/x.wasm", "application/wasm", "\0asm"),
        ("/pkg/shadowed.js", "text/javascript; charset=utf-8", "www"),
    ] {
        let answer = site.server.request("GET", path, b"");
        assert_eq!((answer.status, answer.body.as_slice()), (200, body.as_bytes()), "{path}");
        assert!(answer.head.contains(&format!("content-type: {kind}\r\n")), "{}", answer.head);
        assert!(answer.head.contains("cache-control: no-store\r\n"), "{}", answer.head);
        assert!(answer.head.contains("cross-origin-opener-policy: same-origin\r\n"), "{}", answer.head);
    }
    let head = site.server.request("HEAD", "/", b"");
    assert!(head.body.is_empty() && head.head.contains("content-length: 7\r\n"));
}

#[test]
fn nothing_outside_is_served() {
    let site = site("outside");
    for path in
        ["/../secret.txt", "/%2e%2e/secret.txt", "/pkg/../secret.txt", "/link.txt", "//etc/passwd", "/none"]
    {
        assert_eq!(site.server.request("GET", path, b"").status, 404, "{path}");
    }
    assert_eq!(site.server.request("POST", "/index.html", b"").status, 405);
}

#[test]
fn a_page_can_ask_for_its_policies() {
    let site = site("policies");
    let answer = site.server.request("GET", "/?csp=connect-src%20'self'%0d%0ax:%20y&bfcache", b"");
    assert!(answer.head.contains("content-security-policy: connect-src 'self'x: y\r\n"), "{}", answer.head);
    assert!(answer.head.contains("cache-control: no-cache\r\n"), "{}", answer.head);
}
