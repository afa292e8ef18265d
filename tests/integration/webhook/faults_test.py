"""Registries that are down, slow, lying or somebody else's: the right code each, and never an admission."""

import hashlib
import shutil
import socket
import unittest

import stage
from support import ScriptedRegistry, digest_of, encode, milliseconds, pod, review, services
from harness.certificates import make_certificate
from harness.processes import free_port

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Faults(unittest.TestCase):
    """A fresh registry for each case: the client remembers which ones fail. One webhook that knows enough of them."""

    COUNT = 40

    @classmethod
    def setUpClass(cls):
        cls.folder = services.scratch_folder()
        cls.registries = [ScriptedRegistry() for _ in range(cls.COUNT)]
        cls.closed = f"127.0.0.1:{free_port()}"
        cls.webhook = services.Webhook(stage.support.PROGRAM, cls.folder, [*(each.host for each in cls.registries), cls.closed])

    @classmethod
    def tearDownClass(cls):
        for registry in cls.registries:
            registry.released.set()
        cls.webhook.stop()
        for registry in cls.registries:
            registry.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def verdict(self, image, code, http_code, timeout=5):
        """`http_code` None: a verdict and an outage are both right, an admission never is."""
        elapsed, reply = milliseconds(lambda: stage.support.ask(
            self.webhook, review(pod(image)), path=f"/validate?timeout={timeout}s"))
        self.assertEqual(reply.status, 200)
        response = reply.response
        self.assertIs(response["allowed"], False)
        self.assertIn(response["status"]["code"], (403, 503) if http_code is None else (http_code,), response)
        self.assertIn(code, response["status"]["message"])
        self.assertLess(elapsed, timeout * 1000 - max(300, timeout * 100))
        return response["status"]["message"]

    def fault(self, script, code, http_code=503, layout="signed-rsa", **keywords):
        registry = self.registries.pop()
        self.registries.insert(0, registry)
        registry.script = script
        return self.verdict(registry.image(layout), code, http_code, **keywords)

    @staticmethod
    def only(part, answer):
        """A script for requests whose path contains `part`."""
        def script(handler):
            if part not in handler.path:
                return False
            answer(handler)
            return True
        return script

    @staticmethod
    def drop(handler):
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        return True

    def test_down(self):
        self.assertIn(self.closed, self.verdict(f"{self.closed}/demo/x:1", "CS204 registry-unreachable", 503))

    def test_hangs_up(self):
        self.fault(self.drop, "CS204")
        self.fault(self.only("/blobs/", self.drop), "CS204")

    def test_server_errors(self):
        for status in (500, 502, 503, 504):
            self.fault(lambda handler, status=status: handler.give(status, b"oops", "text/plain") or True, "CS204")

    def test_asks_for_credentials_that_nobody_has(self):
        for header in ([("WWW-Authenticate", 'Basic realm="x"')], [], [("WWW-Authenticate", "Nonsense")]):
            self.fault(lambda handler, header=header: handler.give(401, b"{}", headers=header) or True, "CS202")
        self.fault(lambda handler: handler.give(403, b"{}") or True, "CS202")

    def test_token_service_elsewhere_is_not_visited(self):
        """A realm at a private address that nobody configured."""
        visited = ScriptedRegistry()
        try:
            challenge = [("WWW-Authenticate", f'Bearer realm="http://{visited.host}/token",service="x",scope="y"')]
            self.fault(lambda handler: handler.give(401, b"{}", headers=challenge) or True, "CS20")
            self.assertEqual(visited.count(""), 0)
        finally:
            visited.stop()

    def test_throttles(self):
        self.fault(lambda handler: handler.give(429, b"{}", headers=[("Retry-After", "60")]) or True, "CS203 registry-throttled")

    def test_knows_no_such_image(self):
        self.fault(None, "CS111 image-not-found", 403, layout="nothing-here")

    def test_answers_html(self):
        page = b"<!doctype html><html><title>Please log in</title></html>"
        self.fault(lambda handler: handler.give(200, page, "text/html") or True, "CS205 registry-misbehaved")
        # No answer of the referrers API, so the other way of listing signatures is tried: `unsigned` is right too.
        self.fault(self.only("/referrers/", lambda handler: handler.give(200, page, "text/html")), "CS", None)
        self.fault(self.only("/blobs/", lambda handler: handler.give(200, page, "text/html")), "CS205")

    def test_lies_about_the_digest(self):
        """The tag's manifest is another one than its Docker-Content-Digest says."""
        def lie(handler):
            if "/manifests/v1" not in handler.path:
                return False
            claim = [] if handler.command == "HEAD" else [("Docker-Content-Digest", digest_of("signed-rsa"))]
            handler.give(200, b'{"schemaVersion":2}', MANIFEST, claim)
            return True
        self.fault(lie, "CS205")

        def wrong_size(handler):
            if handler.command != "HEAD":
                return False
            handler.give(200, b"x" * 19, MANIFEST, [("Docker-Content-Digest", digest_of("signed-rsa"))])
            return True
        self.fault(wrong_size, "CS", None)

    def test_exchanges_blobs_and_manifests(self):
        """Everything that is asked for by digest is another layout's thing of its kind."""
        registry = self.registries[0]

        def other_blob(handler):
            if "/blobs/" not in handler.path:
                return False
            handler.give(200, max(registry.blobs.values(), key=len))
            return True
        self.fault(other_blob, "CS205")

        def other_manifest(handler):
            if "/manifests/sha256" not in handler.path:
                return False
            handler.give(200, registry.blobs[digest_of("signed-ec")], MANIFEST)
            return True
        self.fault(other_manifest, "CS205")

    def test_cuts_short_and_goes_on_too_long(self):
        def short(handler):
            if "/blobs/" not in handler.path:
                return False
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            handler.wfile.write(b"{")
            handler.wfile.flush()
            handler.close_connection = True
            return True
        self.fault(short, "CS20")

        def endless(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", MANIFEST)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            if handler.command == "HEAD":
                return True
            try:
                for _ in range(10_000):
                    handler.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
            finally:
                handler.close_connection = True
            return True
        self.fault(endless, "CS205")

        def announces(handler):
            if "/blobs/" not in handler.path:
                return False
            handler.send_response(200)
            handler.send_header("Content-Length", str(10**12))
            handler.end_headers()
            return True
        self.fault(announces, "CS205")

    def test_redirects(self):
        target = ScriptedRegistry()
        try:
            for location in (f"http://{target.host}/v2/demo/signed-rsa/manifests/v1", "http://169.254.169.254/latest/meta-data/",
                             "file:///etc/passwd", "http://[::1]:1/", "https://user:pw@localhost/x"):
                with self.subTest(location=location):
                    self.fault(lambda handler: handler.give(307, headers=[("Location", location)]) or True, "CS20")
            self.assertEqual(target.count(""), 0)
        finally:
            target.stop()
        message = self.fault(lambda handler: handler.give(302, headers=[("Location", handler.path)]) or True, "CS205")
        self.assertNotIn("\n", message)

    def test_broken_json(self):
        for body in (b"", b"{", b"[]", b"null", b"[" * 100000, b'{"manifests":7}', b'{"manifests":[7]}', b"\xff\xfe", b"{}" * 2):
            with self.subTest(body=body[:20]):
                self.fault(self.only("/referrers/", lambda handler: handler.give(
                    200, body, "application/vnd.oci.image.index.v1+json")), "CS20")

    def test_manifest_that_is_no_manifest(self):
        """Its digest is right, and that is all."""
        for body in (b"[]", b"{}", b'{"schemaVersion":1,"fsLayers":[]}', b"\x00" * 100):
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
            with self.subTest(body=body[:20]):
                self.fault(self.only("/manifests/v1", lambda handler: handler.give(
                    200, body, MANIFEST, [("Docker-Content-Digest", digest)])), "CS", http_code=None)

    def test_a_listed_signature_that_is_gone(self):
        gone = b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'
        self.fault(self.only("/blobs/", lambda handler: handler.give(404, gone)), "CS205")
        self.fault(self.only("/manifests/sha256", lambda handler: handler.give(404, gone)), "CS205")
        # Somebody in front of the registry says so, who does not know it.
        self.fault(self.only("/blobs/", lambda handler: handler.give(404, b"default backend - 404")), "CS204")
        self.fault(self.only("/manifests/sha256", lambda handler: handler.give(404, b"{}")), "CS204")

    def test_hides_signatures(self):
        """An empty list is `unsigned`, a verdict; the registry decides what it shows, never what is trusted."""
        empty = encode({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []})
        self.fault(self.only("/referrers/", lambda handler: handler.give(
            200, empty, "application/vnd.oci.image.index.v1+json")), "CS101", 403)

    def test_offers_another_images_signature(self):
        registry = self.registries[-1]
        descriptor = registry.referrers["demo/signed-rsa", digest_of("signed-rsa")]
        registry.referrers["demo/unsigned", digest_of("unsigned")] = descriptor
        for key in [key for key in registry.manifests if key[0] == "demo/signed-rsa"]:
            registry.manifests["demo/unsigned", key[1]] = registry.manifests[key]
        message = self.fault(None, "CS", None, layout="unsigned")
        self.assertNotIn("CS000", message)

    def test_private_addresses(self):
        for image in ("169.254.169.254/x/y:1", "10.0.0.1/x:1", "192.168.1.1:5000/x:1", "127.0.0.1:1/x:1", "localhost:1/x:1",
                      "0.0.0.0/x:1"):
            with self.subTest(image=image):
                self.verdict(image, "CS114 registry-refused", 403)
        self.verdict("127.1/x:1", "CS112 invalid-reference", 403)

    def test_unknown_host(self):
        self.verdict("registry.invalid/x:1", "CS204", 503)


class TlsRegistries(stage.Stage):
    def test_certificates(self):
        folder = stage.services.scratch_folder()
        good = make_certificate(folder, "good")
        elsewhere = make_certificate(folder, "elsewhere", "DNS:other.example")
        trusted, mistaken, unknown = (ScriptedRegistry(tls=pair) for pair in (good, elsewhere, good))
        plain = ScriptedRegistry()
        registries = "".join(f'  - {{match: "{each.host}", ca: "{pair[0]}"}}\n' for each, pair in
                             ((trusted, good), (mistaken, elsewhere)))
        webhook = services.Webhook(stage.support.PROGRAM, folder, (), extra=f'registries:\n{registries}'
                                   f'  - {{match: "{unknown.host}"}}\n  - {{match: "{plain.host}"}}\n')
        try:
            self.assert_allowed(self.decide(review(pod(trusted.image("signed-rsa"))), webhook))
            self.assert_denied(self.decide(review(pod(trusted.image("unsigned"))), webhook), "CS101")
            for registry in (mistaken, unknown, plain):
                message = self.decide(review(pod(registry.image("signed-rsa"))), webhook)
                self.assert_denied(message, "CS204 registry-unreachable", 503)
        finally:
            webhook.stop()
            for registry in (trusted, mistaken, unknown, plain):
                registry.stop()
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
