"""A registry with one signed image that behaves, except where a test overrides it.

`override(method, part, script)` replaces the answer to requests whose target contains `part`; the script is called as
`script(connection, request)` and sends or returns bytes.
"""

import hashlib
import json
import threading

from hostile_server import HostileServer, response

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
NOTARY = "application/vnd.cncf.notary.signature"
EMPTY = "application/vnd.oci.empty.v1+json"
REPOSITORY = "team/app"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def dump(document):
    return json.dumps(document, separators=(",", ":")).encode()


class Signature:
    """A signature manifest and its envelope."""

    def __init__(self, image, envelope=b"envelope", **members):
        self.envelope = envelope
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": NOTARY,
            "config": {"mediaType": EMPTY, "digest": digest(b"{}"), "size": 2},
            "layers": [{"mediaType": "application/jose+json", "digest": digest(envelope), "size": len(envelope)}],
            "subject": {"mediaType": MANIFEST, "digest": digest(image), "size": len(image)},
        }
        document.update(members)
        self.document = document
        self.manifest = dump(document)

    def entry(self, **members):
        entry = {"mediaType": MANIFEST, "digest": digest(self.manifest), "size": len(self.manifest), "artifactType": NOTARY}
        entry.update(members)
        return entry


class HostileRegistry:
    """Referrers API with filter; no authentication unless a test adds it."""

    def __init__(self, tls=None, host="127.0.0.1"):
        config = b'{"config":true}'
        self.image = dump(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config), "size": len(config)},
                "layers": [],
            }
        )
        self.signatures = [Signature(self.image)]
        self.listed = None
        self._overrides = []
        self._lock = threading.Lock()
        self.server = HostileServer(self._answer, tls, host)
        self.name = self.server.name
        self.origin = self.server.origin
        self.reference = f"{self.name}/{REPOSITORY}:v1"

    def stop(self):
        self.server.stop()

    def override(self, method, part, script):
        """The last override that fits wins. Bytes may be given instead of a function."""
        run = script if callable(script) else lambda connection, request: script
        with self._lock:
            self._overrides.insert(0, (method, part, run))

    def asked(self, method, part=""):
        return [each for each in self.server.requests if each.method in (method, "") and part in each.target]

    def head(self, headers=(), body=b""):
        return response(200, body, headers, length=False)

    def image_headers(self):
        return [("Content-Type", MANIFEST), ("Docker-Content-Digest", digest(self.image))]

    def index(self, entries):
        return dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})

    def entries(self):
        return self.listed if self.listed is not None else [each.entry() for each in self.signatures]

    def _answer(self, connection, request):
        with self._lock:
            overrides = list(self._overrides)
        for method, part, run in overrides:
            if request.method == method and part in request.target:
                return run(connection, request)
        return self.good_answer(request)

    def good_answer(self, request):
        prefix = f"/v2/{REPOSITORY}/"
        if not request.path.startswith(prefix):
            return response(404, '{"errors":[{"code":"NAME_UNKNOWN"}]}')
        kind, _, what = request.path[len(prefix) :].partition("/")
        if kind == "referrers" and what == digest(self.image):
            return response(200, self.index(self.entries()), [("Content-Type", INDEX), ("OCI-Filters-Applied", "artifactType")])
        content = None
        if kind == "manifests":
            if what in ("v1", digest(self.image)):
                content = self.image
            for each in self.signatures:
                if what == digest(each.manifest):
                    content = each.manifest
            headers = [("Content-Type", MANIFEST)]
        if kind == "blobs":
            for each in self.signatures:
                if what == digest(each.envelope):
                    content = each.envelope
            headers = [("Content-Type", "application/octet-stream")]
        if content is None:
            return response(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}')
        headers.append(("Docker-Content-Digest", digest(content)))
        answer = response(200, content, headers)
        return answer[: answer.index(b"\r\n\r\n") + 4] if request.method == "HEAD" else answer
