"""One image whose signature has a timestamp, and certificates with OCSP addresses: all goes well once, and then every
single exchange of that fails in every way. Each of these ends with a denial that says whose fault it was."""

import base64
import json
import socket
import struct
import time
import unittest
import urllib.parse

import stage
from support import TAG, ScriptedRegistry, run
from harness.signing import Signer, TimestampAuthority
from hostile_server import HostileServer, response
from harness.processes import free_port

LAYOUT = "unsigned"
TIMEOUT = "4s"
WRONG_TYPE = response(200, b"<html><body>Sign in</body></html>", [("Content-Type", "text/html")])
LARGE = 40 * 1024 * 1024


class Broken(stage.Stage):
    def setUp(self):
        super().setUp()
        self.seen = []
        self.breaks = None  # (exchange, how)
        self.registry = ScriptedRegistry(self.at_registry)
        self.addCleanup(self.registry.stop)
        self.responder = HostileServer(self.at_responder)
        self.addCleanup(self.responder.stop)
        address = "authorityInfoAccess=OCSP;URI:http://127.0.0.1:%d/%s\n"
        self.signer = Signer(self.folder, "signer", address % (self.responder.port, "signer"))
        self.authority = TimestampAuthority(self.folder, "authority", address % (self.responder.port, "authority"))
        time.sleep(2)  # a timestamp may be a second early, and must not be before the certificates
        self.registry.sign(LAYOUT, self.signer.envelope(self.registry.target(LAYOUT), self.authority.token))
        self.configure()

    def configure(self):
        policy = {"version": "1.0", "trustPolicies": [{
            "name": "all", "registryScopes": ["*"], "trustedIdentities": ["*"], "signatureVerification": {"level": "strict"},
            "trustStores": ["ca:signer", "tsa:authority"]}]}
        stores = [{"type": "ca", "name": "signer", "files": [str(self.signer.root.certificate)]},
                  {"type": "tsa", "name": "authority", "files": [str(self.authority.root.certificate)]}]
        self.write("policy.json", json.dumps(policy))
        self.configuration = self.write("countersign.yaml", json.dumps({
            "apiVersion": "countersign.dev/v1alpha1", "kind": "Configuration",
            "trust": {"policy": "policy.json", "stores": stores},
            "registries": [{"match": self.registry.host, "plainHttp": True}],
            "egress": {"allow": ["127.0.0.1/32"]}}))

    # ------------------------------------------------------------------------------------------- what is broken

    def name(self, where, path):
        """An exchange by what it is for: a second try of it is the same one, and so is a GET after a HEAD in vain."""
        if where == "ocsp":
            return "ocsp " + path.split("/")[1]
        kind = path.split("?")[0].split("/")[-2]
        if kind == "manifests":
            image = (TAG, self.registry.tags[f"demo/{LAYOUT}", TAG])
            kind = "image" if path.rsplit("/", 1)[1] in image else "signature"
        return kind

    def note(self, exchange):
        if exchange not in self.seen:
            self.seen.append(exchange)
        return self.breaks is not None and self.breaks[0] == exchange

    def at_registry(self, handler):
        if not self.note(self.name("registry", handler.path)):
            return False
        self.break_connection(handler.connection, self.breaks[1], handler.command == "HEAD")
        handler.close_connection = True
        return True

    def at_responder(self, connection, request):
        exchange = self.name("ocsp", request.path)
        if self.note(exchange):
            self.break_connection(connection.sock, self.breaks[1], False)
            connection.close()
            return None
        question = request.body or base64.b64decode(urllib.parse.unquote(request.path.split("/", 2)[2]))
        issuer = self.signer if exchange == "ocsp signer" else self.authority
        return response(200, issuer.ocsp_answer(question), [("Content-Type", "application/ocsp-response")])

    def break_connection(self, sock, how, is_head):
        sock.settimeout(8)
        try:
            getattr(self, "do_" + how)(sock, is_head)
        except OSError:
            pass

    def do_reset(self, sock, is_head):
        del is_head
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def do_error(self, sock, is_head):
        sock.sendall(response(500, b"" if is_head else b"no", []))

    def do_slow(self, sock, is_head):
        del is_head
        for piece in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100:
            sock.sendall(bytes([piece]))
            time.sleep(1)

    def do_html(self, sock, is_head):
        sock.sendall(WRONG_TYPE.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if is_head else WRONG_TYPE)

    def do_garbage(self, sock, is_head):
        del is_head
        sock.sendall(bytes(range(256)) * 4)

    def do_large(self, sock, is_head):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % LARGE)
        for _ in range(0 if is_head else LARGE // 65536):
            sock.sendall(b" " * 65536)

    # ------------------------------------------------------------------------------------------- what comes of it

    def judge(self, configuration=None):
        ended = run("verify", "--config", configuration or self.configuration, "--timeout", TIMEOUT, "--output", "json",
                    self.registry.image(LAYOUT))
        self.assertNotIn("Sanitizer", ended.err)
        return ended.status, json.loads(ended.out)["images"][0]

    def test_every_exchange_in_every_way(self):
        status, image = self.judge()
        self.assertEqual((status, image["code"]), (0, "CS000"), image)
        self.assertTrue(all(check["result"] == "passed" for check in image["signatures"][0]["checks"]), image)
        exchanges = list(self.seen)
        self.assertEqual([each for each in exchanges if each.startswith("ocsp")], ["ocsp authority", "ocsp signer"])
        self.assertEqual(exchanges[:4], ["image", "referrers", "signature", "blobs"])
        expected = {"reset": {"CS204"}, "error": {"CS204"}, "slow": {"CS204", "CS206"}, "html": {"CS205"},
                    "garbage": {"CS204", "CS205"}, "large": {"CS205"}}
        for exchange in exchanges:
            for how, codes in expected.items():
                with self.subTest(exchange=exchange, how=how):
                    self.breaks = (exchange, how)
                    status, image = self.judge()
                    self.breaks = None
                    wanted = {"CS201"} if exchange.startswith("ocsp") else codes
                    if (exchange, how) == ("referrers", "html"):
                        wanted = {"CS101"}  # a registry without the referrers API, and nothing under the tag
                    self.assertEqual(status, 1 if wanted == {"CS101"} else 2, image)
                    self.assertIn(image["code"], wanted, image)
                    self.assertLess(image["timings"]["totalMs"], 5000)

    def test_revoked(self):
        for issuer, check in ((self.signer, "revocation"), (self.authority, "authenticTimestamp")):
            with self.subTest(check):
                issuer.set_status("R")
                status, image = self.judge()
                issuer.set_status("V")
                self.assertEqual((status, image["code"]), (1, "CS108"), image)
                failed = [each["check"] for each in image["signatures"][0]["checks"] if each["result"] == "failed"]
                self.assertEqual(failed, [check])

    def test_refused(self):
        """Nothing listens where the signer's status is to be had, or at the registry."""
        self.responder.stop()
        status, image = self.judge()
        self.assertEqual((status, image["code"]), (2, "CS201"), image)
        nowhere = f"127.0.0.1:{free_port()}"
        text = self.configuration.read_text().replace(self.registry.host, nowhere)
        image_name = self.registry.image(LAYOUT).replace(self.registry.host, nowhere)
        ended = run("verify", "--config", self.write("nowhere.yaml", text), "--timeout", TIMEOUT, "--output", "json", image_name)
        self.assertEqual((ended.status, json.loads(ended.out)["images"][0]["code"]), (2, "CS204"), ended)


if __name__ == "__main__":
    unittest.main()
