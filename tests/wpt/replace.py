"""Puts our class in the native one's place before a page's own scripts run."""
import json
import threading
import uuid

from wptserve import handlers

GATE_SECONDS = 10
gates, lock = {}, threading.Lock()


class Setup:
    """The suite's folder; the module as the pages know it (None: nothing is replaced); [global, export] pairs."""
    suite = ""
    module_url = None
    pairs = []


def install_js():
    """Starts the import; its promise is done when the exports stand where Web IDL would
    have put the interface objects."""
    return f"""import({json.dumps(Setup.module_url)}).then(module => {{
  for (const [name, key] of {json.dumps(Setup.pairs)}) {{
    const value = module[key];
    if (typeof value !== "function") throw new TypeError(`the module has no class export ${{key}}`);
    Object.defineProperty(self, name, {{value, writable: true, enumerable: false, configurable: true}});
    (self.__replaced ??= {{}})[name] = value;
  }}
}})"""


def answer(response, content_type, body):
    response.headers.set("Content-Type", content_type)
    response.headers.set("Cache-Control", "no-store")
    response.content = body


def route(func):  # wptserve wants a handler object
    return handlers.FunctionHandler(lambda request, response: func(request, response))


def gate_tags():
    """Two classic scripts: the first starts the import, the second (whose answer the
    server holds back until the import is done) keeps the parser from going on."""
    if not Setup.module_url:
        return b""
    gate = uuid.uuid4().hex
    with lock:
        gates[gate] = threading.Event()
    return (f'<script src="/_run/install.js?{gate}"></script>'
            f'<script src="/_run/gate.js?{gate}"></script>').encode()


def serve_install(request, response):
    gate = request.url_parts.query
    answer(response, "text/javascript",
           f'{install_js()}.catch(e => {{ self.__replaceError = String(e); }})'
           f'.finally(() => fetch("/_run/open?{gate}"));\ndocument.currentScript.remove();')


def serve_open(request, response):
    with lock:
        event = gates.get(request.url_parts.query)
    if event:
        event.set()
    answer(response, "text/plain", "ok")


def serve_gate(request, response):
    gate = request.url_parts.query
    with lock:
        event = gates.get(gate)
    if event:
        event.wait(GATE_SECONDS)
    with lock:
        gates.pop(gate, None)
    answer(response, "text/javascript", "document.currentScript.remove();")


def serve_report(request, response):
    """Stands in for the suite's own testharnessreport.js."""
    answer(response, "text/javascript", """
add_completion_callback((tests, status) => {
  if (!self.__wptReport) return;  // a helper window, not the test page
  __wptReport(JSON.stringify({
    status: status.status, message: status.message,
    replaced: self.__replaced ? Object.keys(__replaced).every(name => self[name] === __replaced[name]) : null,
    replaceError: self.__replaceError || null,
    subtests: tests.map(t => ({name: t.name, status: t.status, message: t.message})),
  }));
});""")
