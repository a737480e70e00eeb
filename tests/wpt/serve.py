#!/usr/bin/env python3
"""Loopback servers for the web-platform-tests `websockets/` suite.

Needs: pip install wptserve==4.0.3 pywebsocket3==4.0.2, and the openssl binary.
Serves a suite checkout over HTTP, HTTPS, HTTP/2 (with RFC 8441 WebSockets), and
runs pywebsocket3 for ws/wss.  Prints one JSON line with the ports when ready and
stops when standard input closes.

With --module, every HTML page and every dedicated or shared worker script first loads
that ES module and puts its exports in place of the globals named by --replace; only
then do the page's (or the worker's) own scripts run. Not replaced: documents or workers
that do not come from this server (about:blank, srcdoc, data:, blob:).
"""
import argparse
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from urllib.parse import quote

from wptserve import handlers
from wptserve.config import ConfigBuilder
from wptserve.router import any_method
from wptserve.server import Http1WebTestRequestHandler, Http2WebTestRequestHandler, WebTestHttpd
from wptserve.stash import StashServer

import generated
import replace
from replace import Setup, route

ap = argparse.ArgumentParser()
ap.add_argument("--suite", required=True, help="folder that holds websockets/, common/, resources/, interfaces/")
ap.add_argument("--module", help="ES module whose exports replace globals")
ap.add_argument("--replace", action="append", metavar="GLOBAL=EXPORT", help="default: WebSocket=default")
ap.add_argument("--module-root", help="folder served for the module's own imports (default: the module's folder)")
ap.add_argument("--log-level", default="CRITICAL")
args = ap.parse_args()
suite = os.path.abspath(args.suite)
logging.basicConfig(level=args.log_level, stream=sys.stderr)
# wptserve's HTTP/2 threads raise when the browser ends a stream; that is no news.
threading.excepthook = lambda info: logging.debug("thread ended", exc_info=info[:3])

HOST, ALT, LOOPBACK = "web-platform.test", "not-web-platform.test", "127.0.0.1"

Setup.suite = suite
if args.module:
    module = os.path.abspath(args.module)
    root = os.path.abspath(args.module_root or os.path.dirname(module))
    assert not os.path.relpath(module, root).startswith(".."), "--module must lie under --module-root"
    Setup.module_url = "/_module/" + quote(os.path.relpath(module, root))
    Setup.pairs = [pair.split("=", 1) for pair in args.replace or ["WebSocket=default"]]


class H1Handler(Http1WebTestRequestHandler):
    def log_message(self, *_):
        """Some tests speak TLS to a plain port on purpose; keep that off stderr."""


class H2Handler(Http2WebTestRequestHandler):
    """wptserve 4.0.3 loops for ever on an HTTP/2 connection the browser has closed
    (it compares b"" with ""); this ends such a connection instead."""
    def setup(self):
        super().setup()
        receive = self.request.recv

        def receive_or_end(size):
            data = receive(size)
            if not data:
                raise ConnectionResetError("closed by the browser")
            return data
        self.request.recv = receive_or_end


# ---- start ----------------------------------------------------------------------------
def make_certificate(folder):
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    names = ",".join(f"DNS:{p}{h}" for h in (HOST, ALT) for p in ("", "*."))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7",
                    "-subj", f"/CN={HOST}", "-addext", f"subjectAltName={names}",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


def free_ports(n):
    socks = [socket.socket() for _ in range(n)]
    for s in socks:
        s.bind((LOOPBACK, 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


def main():
    with tempfile.TemporaryDirectory() as folder, StashServer(None, authkey=uuid.uuid4().hex):
        key, cert = make_certificate(folder)
        p = free_ports(7)
        ports = {"http": p[0:2], "https": p[2:4], "ws": [p[4]], "wss": [p[5]], "h2": [p[6]]}
        get = "GET"
        routes = [
            (get, "/_run/install.js", route(replace.serve_install)),
            (any_method, "/_run/open", route(replace.serve_open)),
            (get, "/_run/gate.js", route(replace.serve_gate)),
            (get, "/resources/testharnessreport.js", route(replace.serve_report)),
            (get, "/resources/WebIDLParser.js", handlers.StaticHandler(
                os.path.join(suite, "resources/webidl2/lib/webidl2.js"), {}, "text/javascript")),
            (get, "*.any.worker.js", route(generated.any_worker)),
            (get, "*.worker.js", route(generated.plain_worker)),
            (any_method, "*.py", handlers.python_script_handler),
            (get, "*.asis", handlers.as_is_handler),
            (get, "*.html", route(generated.page)),
            (get, "*", handlers.file_handler),
        ]
        if args.module:
            routes.insert(0, (get, "/_module/*", handlers.FileHandler(root, "/_module/")))
        ws_root = os.path.join(suite, "websockets", "handlers")
        config = ConfigBuilder(
            logging.getLogger("wptserve.config"), browser_host=HOST, alternate_hosts={"alt": ALT},
            subdomains={"www", "www1", "www2", "天気の良い日", "élève"},
            not_subdomains={"nonexistent", "nonexistent-origin"}, server_host=LOOPBACK, doc_root=suite,
            ports=ports, ssl={"type": "pregenerated", "encrypt_after_connect": False,
                              "pregenerated": {"host_key_path": key, "host_cert_path": cert}})
        with config as conf:
            if args.module:
                # The emulated class answers at the same addresses.
                servers = {"hosts": sorted(conf.all_domains_set), "ports": ports}
                Setup.module_url += "?servers=" + quote(json.dumps(servers))
            common = dict(host=LOOPBACK, doc_root=suite, ws_doc_root=ws_root, routes=routes, config=conf)
            tls = dict(use_ssl=True, key_file=key, certificate=cert)
            servers = [WebTestHttpd(port=n, handler_cls=H1Handler, **common) for n in ports["http"]]
            servers += [WebTestHttpd(port=n, handler_cls=H1Handler, **common, **tls) for n in ports["https"]]
            servers += [WebTestHttpd(port=ports["h2"][0], handler_cls=H2Handler,
                                     http2=True, **common, **tls)]
            for s in servers:
                s.start()
            daemons = []
            for port, extra in ((ports["ws"][0], []), (ports["wss"][0], ["-t", "-k", key, "-c", cert])):
                daemons.append(subprocess.Popen(
                    [sys.executable, "-m", "pywebsocket3.standalone", "-H", LOOPBACK, "-p", str(port),
                     "-d", suite, "-w", ws_root, "--log-level", args.log_level.lower(), *extra],
                    stdin=subprocess.DEVNULL, stdout=sys.stderr))
            try:
                for port in (ports["ws"][0], ports["wss"][0]):
                    for _ in range(200):
                        with socket.socket() as s:
                            if s.connect_ex((LOOPBACK, port)) == 0:
                                break
                        threading.Event().wait(0.05)
                print(json.dumps({"ports": ports, "host": HOST}), flush=True)
                sys.stdin.read()
            finally:
                for d in daemons:
                    d.terminate()


if __name__ == "__main__":
    main()
