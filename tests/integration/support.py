"""What the integration tests share: the program under test, HTTP by hand over TLS, and a registry that follows a script.

The registry of this file serves the demo images from memory and does to any request what a test asks for; the tests of
ordinary behaviour use Debian's docker-registry instead (tests/harness/registry.py)."""

import hashlib
import http.server
import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "demo"))
import services  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN", ROOT / "build" / "release" / "bin" / "countersign")).resolve()
SANITIZED = PROGRAM.exists() and b"__asan_init" in PROGRAM.read_bytes()  # memory is then no measure of anything
EXPECTED = json.loads((services.DEMO / "expected.json").read_text())
TAG = EXPECTED["tag"]
RECORDED = sorted((ROOT / "tests" / "reviews").glob("[0-9]*.json"))  # what a real API server sent


def digest_of(layout):
    return EXPECTED["layouts"][layout]["digest"]


def run(*arguments, stdin=b"", seconds=60, environment=None, cwd=None):
    """The program to its end, with no surroundings that a developer's machine might lend it."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "LANG")}
    clean.update({"HOME": "/nonexistent", **(environment or {})})
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], input=stdin, capture_output=True, timeout=seconds,
                          env=clean, cwd=cwd)
    return Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


class Ended:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"exit {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


# ---------------------------------------------------------------------------------------------------- reviews


def pod(image="docker.io/library/nginx:1", **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "image": image}], **spec}}


def review(obj, old=None, operation="CREATE", uid="11111111-2222-4333-8444-555555555555", namespace="shop", **request):
    """A review of this object, as the API server sends them."""
    group, _, version = (obj or old)["apiVersion"].rpartition("/")
    kind = (obj or old)["kind"]
    body = {
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": uid, "kind": {"group": group, "version": version, "kind": kind},
            "resource": {"group": group, "version": version, "resource": kind.lower() + "s"},
            "name": (obj or old).get("metadata", {}).get("name", ""), "namespace": namespace, "operation": operation,
            "userInfo": {"username": "dev", "groups": ["system:authenticated"]},
            "object": obj, "oldObject": old, "dryRun": False, "options": {}}}
    body["request"].update(request)
    for name in [name for name, value in body["request"].items() if value is ...]:
        del body["request"][name]
    return body


def encode(value):
    return json.dumps(value).encode()


# ------------------------------------------------------------------------------------------------ HTTP by hand


class Reply:
    def __init__(self, version, status, headers, body):
        self.version, self.status, self.headers, self.body = version, status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def response(self):
        return self.json()["response"]

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:500]!r}"


class Closed(Exception):
    """The other side ended the connection before a whole reply."""


class Wire:
    """One connection that sends exactly the bytes it is told to."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)
        return self

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        if not data:
            raise Closed("end of stream")
        self.buffer += data

    def half_close(self):
        """FIN without a close_notify. (SSLSocket.shutdown would forget the keys.)"""
        with socket.socket(fileno=os.dup(self.sock.fileno())) as plain:
            plain.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends the connection with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def reply(self, with_body=True):
        version, status, _ = self.line().split(" ", 2)
        headers = {}
        while line := self.line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0)) if with_body else 0
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Reply(version, int(status), headers, body)

    def ended(self, seconds=5.0):
        """Whether the other side ends the connection in time, saying nothing more."""
        self.sock.settimeout(seconds)
        try:
            self._more()
        except Closed:
            return True
        except TimeoutError:
            return False
        return False


def post(body, path="/validate?timeout=10s", headers=(), content_type="application/json"):
    """The bytes of one POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: countersign.example", f"Content-Length: {len(body)}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n").encode() + body


def tls_connect(webhook, context=None, name="localhost", seconds=10.0):
    plain = socket.create_connection(("127.0.0.1", webhook.port), timeout=seconds)
    return (context or webhook.tls).wrap_socket(plain, server_hostname=name)


def wire(webhook, **keywords):
    return Wire(tls_connect(webhook, **keywords))


def ask(webhook, body, **keywords):
    """One review on a connection of its own."""
    data = body if isinstance(body, bytes) else encode(body)
    with wire(webhook, seconds=40) as connection:
        return connection.send(post(data, **keywords)).reply()


# ------------------------------------------------------------------------------------------------- processes


def open_files(pid):
    """How many files a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def write_configuration(folder, name="countersign.yaml", **parts):
    """A whole configuration file with the demo's trust; `parts` replace or add top-level sections, as YAML."""
    folder = pathlib.Path(folder)
    services.copy_trust(folder)
    sections = {"apiVersion": "countersign.dev/v1alpha1", "kind": "Configuration",
                "trust": "{policy: trustpolicy.json, directory: truststore}", **parts}
    path = folder / name
    path.write_text("".join(f"{key}: {value}\n" for key, value in sections.items() if value is not None))
    return path


# ------------------------------------------------------------------------------------------------- registries


def media_type(content):
    document = json.loads(content)
    return document.get("mediaType", "application/vnd.oci.image.manifest.v1+json")


class ScriptedRegistry:
    """A registry with the referrers API and the demo images in memory. Before it answers, `script(handler)` may answer
    in its place (and then returns True). Every request is counted by kind."""

    def __init__(self, script=None, tls=None):
        self.blobs, self.manifests, self.tags, self.referrers = {}, {}, {}, {}
        for folder in sorted((services.DEMO / "layouts").iterdir()):
            self._load(folder)
        self.script = script
        self.lock = threading.Lock()
        self.requests = []
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536
            disable_nagle_algorithm = True

            def log_message(self, *unused):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (ConnectionError, TimeoutError, ssl.SSLError):
                    self.close_connection = True

            def finish(self):
                try:
                    super().finish()
                except ConnectionError:
                    pass  # a client that has gone

            def do_GET(self):
                with registry.lock:
                    registry.requests.append((self.command, self.path, dict(self.headers)))
                if registry.script and registry.script(self):
                    return
                registry.answer(self)

            do_HEAD = do_GET

            def give(self, status, body=b"", kind="application/json", headers=()):
                """A complete reply; of a HEAD the header only."""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, tls))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.released = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def _load(self, folder):
        repository = f"demo/{folder.name}"
        for blob in (folder / "blobs" / "sha256").iterdir():
            content = blob.read_bytes()
            self.blobs[f"sha256:{blob.name}"] = content
        for entry in json.loads((folder / "index.json").read_text())["manifests"]:
            self._manifest(repository, entry["digest"])
            name = entry.get("annotations", {}).get("org.opencontainers.image.ref.name")
            if name:
                self.tags[repository, name] = entry["digest"]

    def _manifest(self, repository, digest):
        content = self.blobs[digest]
        document = json.loads(content)
        self.manifests[repository, digest] = content
        for child in document.get("manifests", []):
            self._manifest(repository, child["digest"])
        if subject := document.get("subject"):
            kind = document.get("artifactType") or document["config"]["mediaType"]
            self.referrers.setdefault((repository, subject["digest"]), []).append(
                {"mediaType": media_type(content), "digest": digest, "size": len(content), "artifactType": kind,
                 **({"annotations": document["annotations"]} if "annotations" in document else {})})

    def answer(self, handler):
        path = handler.path.split("?")[0]
        if path == "/v2/":
            return handler.give(200, b"{}")
        for kind in ("manifests", "referrers", "blobs"):
            repository, found, reference = path.removeprefix("/v2/").partition(f"/{kind}/")
            if found:
                return getattr(self, "_" + kind)(handler, repository, reference)
        return handler.give(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}')

    def _manifests(self, handler, repository, reference):
        digest = self.tags.get((repository, reference), reference)
        content = self.manifests.get((repository, digest))
        if content is None:
            return handler.give(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        return handler.give(200, content, media_type(content), [("Docker-Content-Digest", digest)])

    def _referrers(self, handler, repository, digest):
        body = encode({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                       "manifests": self.referrers.get((repository, digest), [])})
        return handler.give(200, body, "application/vnd.oci.image.index.v1+json")

    def _blobs(self, handler, repository, digest):
        content = self.blobs.get(digest)
        if content is None:
            return handler.give(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
        return handler.give(200, content, "application/octet-stream")

    def sign(self, layout, envelope, kind="application/jose+json"):
        """Attaches a signature to an image."""
        repository = f"demo/{layout}"
        subject = self.tags[repository, TAG]

        def keep(content):
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            self.blobs[digest] = content
            return {"digest": digest, "size": len(content)}

        signature_type = "application/vnd.cncf.notary.signature"
        content = self.manifests[repository, subject]
        manifest = encode({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                           "artifactType": signature_type,
                           "config": {"mediaType": "application/vnd.oci.empty.v1+json", **keep(b"{}")},
                           "layers": [{"mediaType": kind, **keep(envelope)}],
                           "subject": {"mediaType": media_type(content), "digest": subject, "size": len(content)},
                           "annotations": {"io.cncf.notary.x509chain.thumbprint#S256": "[]"}})
        digest = keep(manifest)["digest"]
        self._manifest(repository, digest)
        return digest

    def target(self, layout):
        """What a signature of the image must name."""
        digest = self.tags[f"demo/{layout}", TAG]
        content = self.manifests[f"demo/{layout}", digest]
        return {"mediaType": media_type(content), "digest": digest, "size": len(content)}

    def image(self, layout, tag=TAG):
        return f"{self.host}/demo/{layout}:{tag}"

    def count(self, part="/manifests/"):
        with self.lock:
            return sum(part in path for _, path, _ in self.requests)

    def forget(self):
        with self.lock:
            self.requests.clear()

    def hang(self, handler):
        """A script that leaves the client waiting until the test is over."""
        self.released.wait(60)
        handler.close_connection = True
        return True

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def milliseconds(function):
    start = time.monotonic()
    result = function()
    return (time.monotonic() - start) * 1000, result
