"""The pages and workers that the suite's own server makes of .any.js, .window.js and .worker.js files."""
import json
import os
import re

from wptserve import handlers

from replace import Setup, answer, gate_tags, install_js

KINDS = ("any.html", "any.worker.html", "any.sharedworker.html", "window.html", "worker.html")
HARNESS = ('<script src="/resources/testharness.js"></script>'
           '<script src="/resources/testharnessreport.js"></script>\n')


def js_string(text):
    return json.dumps(text).replace("<", "\\u003c")


def find_source(path):
    """The file on disk for a generated URL; `.https` and `.h2` may be in the URL alone."""
    for stem in (path, re.sub(r"\.(https|h2)(?=\.)", "", path)):
        file = os.path.join(Setup.suite, stem.lstrip("/"))
        if os.path.isfile(file):
            return file, "/" + os.path.relpath(file, Setup.suite)
    return None, None


def meta_lines(file):
    with open(file, encoding="utf-8") as f:
        for line in f:
            m = re.match(r"//\s*META:\s*(\w+)=(.*)", line)
            if m:
                yield m.group(1), m.group(2).strip()
            elif not line.startswith("//") and line.strip():
                return


def page(request, response):
    path = request.url_parts.path
    kind = next((k for k in KINDS if path.endswith("." + k)), None)
    if kind is None:
        return plain_html(request, response)
    if os.path.isfile(os.path.join(Setup.suite, path.lstrip("/"))):
        return plain_html(request, response)
    stem = path[: -len(kind)]
    source, url = find_source(stem + kind.split(".")[0] + ".js")
    if source is None:
        response.set_error(404)
        return
    metas = list(meta_lines(source))
    head = "<!doctype html>\n<meta charset=utf-8>\n"
    if ("timeout", "long") in metas:
        head += "<meta name=timeout content=long>\n"
    head += "".join(f"<title>{v}</title>\n" for k, v in metas if k == "title")
    if kind in ("any.html", "window.html"):
        body = HARNESS + "<script>self.GLOBAL = {isWindow: () => true, isWorker: () => false, isShadowRealm: () => false};</script>\n"
        body += "".join(f'<script src="{v}"></script>\n' for k, v in metas if k == "script")
        body += f'<div id=log></div>\n<script src="{url}"></script>\n'
        html = head.encode() + gate_tags() + body.encode()
    else:
        script = url if kind == "worker.html" else re.sub(r"\.js$", ".worker.js", url)
        worker = js_string(script) + " + location.search"
        if kind == "any.sharedworker.html":
            start = f"fetch_tests_from_worker(new SharedWorker({worker}));"
        else:
            start = f"fetch_tests_from_worker(new Worker({worker}));"
        html = (head + HARNESS + "<div id=log></div>\n<script>" + start + "</script>\n").encode()
    answer(response, "text/html;charset=utf-8", html)


def plain_html(request, response):
    handlers.file_handler(request, response)
    if not Setup.module_url or "pipe=" in request.url_parts.query:
        return
    body = b"".join(response.iter_content(read_file=True))
    m = re.match(rb"\s*<!doctype[^>]*>", body, re.I)
    at = m.end() if m else 0
    response.content = body[:at] + gate_tags() + body[at:]


def deferred(load):
    """Worker source that installs the replacement, then runs `load`. Events that came
    in meanwhile (a shared worker's first connect) are given again afterwards."""
    return (f"""const early = [];
const keep = e => early.push(e);
addEventListener("connect", keep);
{install_js()}.then(() => {{
  removeEventListener("connect", keep);
  {load}
  for (const e of early)
    dispatchEvent(new MessageEvent("connect", {{source: e.source, ports: e.ports}}));
}}).catch(e => setTimeout(() => {{ throw e; }}));
""")


def any_worker(request, response):
    source, url = find_source(re.sub(r"\.any\.worker\.js$", ".any.js", request.url_parts.path))
    if source is None:
        response.set_error(404)
        return
    scripts = ["/resources/testharness.js"] + [v for k, v in meta_lines(source) if k == "script"] + [url]
    load = "importScripts(%s);\ndone();" % ", ".join(js_string(s) for s in scripts)
    head = "self.GLOBAL = {isWindow: () => false, isWorker: () => true, isShadowRealm: () => false};\n"
    answer(response, "text/javascript", head + (deferred(load) if Setup.module_url else load))


def plain_worker(request, response):
    if "now" in request.url_parts.query.split("&") or not Setup.module_url:
        handlers.file_handler(request, response)
        return
    query = "&".join(filter(None, [request.url_parts.query, "now"]))
    answer(response, "text/javascript", deferred(f"importScripts({js_string(request.url_parts.path + '?' + query)});"))
