"""TLS as API servers and others speak it, and connections that stay."""

import socket
import ssl
import subprocess
import threading
import time
import unittest

import stage
from support import encode, milliseconds, open_files, pod, post, review, services, wire
from support import PROGRAM, SANITIZED, Wire, tls_connect
from harness.certificates import make_certificate
from harness.processes import memory_kib, wait_until


class Tls(stage.Stage):
    def context(self, minimum=None, maximum=None, alpn=None, ciphers=None):
        context = ssl.create_default_context(cafile=self.webhook.event("server.self_signed_certificate")["caBundle"])
        context.minimum_version = minimum or ssl.TLSVersion.TLSv1_2
        context.maximum_version = maximum or ssl.TLSVersion.TLSv1_3
        if alpn:
            context.set_alpn_protocols(alpn)
        if ciphers:
            context.set_ciphers(ciphers)
        return context

    def assert_serves(self, **keywords):
        with wire(self.webhook, **keywords) as connection:
            self.assert_allowed(connection.send(post(encode(review(pod(self.image("signed-rsa")))))).reply().response)
            return connection.sock.version(), connection.sock.selected_alpn_protocol(), connection.sock.cipher()[0]

    # shows: K-40
    def test_versions(self):
        v2, v3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
        self.assertEqual(self.assert_serves(context=self.context(v3, v3))[0], "TLSv1.3")
        for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"):
            self.assertEqual(self.assert_serves(context=self.context(v2, v2, ciphers=suite))[::2], ("TLSv1.2", suite))

    # shows: K-40
    def test_old_versions_and_weak_suites_get_an_alert(self):
        with self.subTest("CBC suite"), self.assertRaisesRegex(ssl.SSLError, "(?i)handshake.failure"):
            self.assert_serves(context=self.context(maximum=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-SHA256"))
        for version in ("tls1", "tls1_1"):
            with self.subTest(version):
                client = subprocess.run(["openssl", "s_client", f"-{version}", "-cipher", "ALL:@SECLEVEL=0",
                                         "-connect", f"127.0.0.1:{self.webhook.port}"], input=b"", capture_output=True, timeout=20)
                self.assertNotEqual(client.returncode, 0)
                self.assertIn(b"alert protocol version", client.stderr)

    # shows: K-40
    def test_extended_master_secret_under_tls_1_2(self):
        client = subprocess.run(["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{self.webhook.port}"], input=b"",
                                capture_output=True, timeout=20)
        self.assertIn(b"Extended master secret: yes", client.stdout)

    # shows: K-41
    def test_alpn(self):
        for offer, chosen in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (["h2"], None), (None, None),
                              (["http/1.0", "x" * 255], None)):
            with self.subTest(offer=offer):
                self.assertEqual(self.assert_serves(context=self.context(alpn=offer))[1], chosen)

    # shows: K-42
    def test_server_names(self):
        context = self.context()
        context.check_hostname = False
        seen = set()
        for name in ("countersign.countersign-system.svc", "127.0.0.1", None, "unknown.example", "localhost"):
            with self.subTest(name=name):
                self.assert_serves(context=context, name=name)
                with tls_connect(self.webhook, context=context, name=name) as connection:
                    seen.add(connection.getpeercert(binary_form=True))
        self.assertEqual(len(seen), 1)

    # shows: K-43
    def test_configured_certificate_verifies_by_the_service_name(self):
        name = "countersign.countersign-system.svc"
        certificate, key = make_certificate(self.folder, "serving", f"DNS:{name}")
        webhook = services.Webhook(PROGRAM, self.folder, self.registry.host, tls=(certificate, key))
        try:
            context = ssl.create_default_context(cafile=certificate)
            with wire(webhook, context=context, name=name) as connection:
                reply = connection.send(post(encode(review(pod(self.image("signed-rsa")))))).reply()
                self.assert_allowed(reply.response)
            with self.assertRaises(ssl.SSLCertVerificationError):
                tls_connect(webhook, context=context, name="other.svc")
            self.assertEqual(webhook.events("server.self_signed_certificate"), [])
        finally:
            self.assertEqual(webhook.stop(), 0)

    # shows: K-48
    def test_plain_http_to_the_tls_port(self):
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", post(b"{}"), b"\x00" * 4096, b"\x16\x03\x01\xff\xff" + b"x" * 70000):
            with Wire(socket.create_connection(("127.0.0.1", self.webhook.port), timeout=5)) as connection:
                elapsed, _ = milliseconds(lambda: self.until_closed(connection, data))
                self.assertLess(elapsed, 3000)
        self.assert_alive()

    @staticmethod
    def until_closed(connection, data):
        try:
            connection.send(data)
            while connection.sock.recv(4096):
                pass
        except ConnectionError:
            pass

    def test_handshake_that_never_comes_is_cut(self):
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.webhook.port), timeout=15) as silent:
            self.assertEqual(silent.recv(1), b"")
        self.assertTrue(9 <= time.monotonic() - start <= 12.5)

    def test_sessions_are_resumed_by_ticket(self):
        context = self.context()
        with wire(self.webhook, context=context) as connection:
            connection.send(post(b"{}")).reply()
            session = connection.sock.session
        plain = socket.create_connection(("127.0.0.1", self.webhook.port), timeout=5)
        with Wire(context.wrap_socket(plain, server_hostname="localhost", session=session)) as connection:
            self.assertTrue(connection.sock.session_reused)
            self.assertEqual(connection.send(post(b"{}")).reply().status, 400)

    def test_close_ends_with_close_notify(self):
        """unwrap() raises unless the other side says goodbye."""
        with tls_connect(self.webhook) as connection:
            connection.suppress_ragged_eofs = False
            Wire(connection).send(post(b"{}", headers=["Connection: close"])).reply()
            self.assertEqual(connection.recv(1), b"")  # would raise at a bare FIN
            connection.unwrap()


class ManyConnections(stage.Stage):
    # shows: K-49
    def test_five_hundred_idle_connections(self):
        pid = self.webhook.process.pid
        body = post(encode(review(pod(self.image("signed-rsa")))))
        with wire(self.webhook) as connection:
            connection.send(body).reply()
        files, memory = open_files(pid), memory_kib(pid)
        connections = [wire(self.webhook) for _ in range(500)]
        try:
            for connection in connections:  # each has done one request and then waits
                self.assertEqual(connection.send(post(b"{}")).reply().status, 400)
            self.assertLessEqual(open_files(pid) - files, 505)
            if not SANITIZED:
                self.assertLess(memory_kib(pid) - memory, 50 * 1024)
            elapsed, reply = milliseconds(lambda: self.ask(review(pod(self.image("signed-rsa")))))
            self.assert_allowed(reply.response)
            self.assertLess(elapsed, 1000)
            self.assert_allowed(connections[0].send(body).reply().response)
            self.assert_allowed(connections[499].send(body).reply().response)
        finally:
            for connection in connections:
                connection.sock.close()
        wait_until(lambda: open_files(pid) <= files + 5, "all of them are gone", 10)

    def test_announced_bodies_do_not_shut_others_out(self):
        """Forty connections announce 8 MiB each and send nothing: no reason to refuse an ordinary review."""
        head = b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8388608\r\n\r\n"
        greedy = [wire(self.webhook).send(head) for _ in range(40)]
        try:
            time.sleep(0.3)
            self.assert_allowed(self.decide(review(pod(self.image("signed-rsa")))))
        finally:
            for connection in greedy:
                connection.sock.close()
        self.assert_alive()


class Memory(stage.Stage):
    rules = '  rules: [{name: fast, match: {images: ["skip.example/**"]}, action: skip}]\n'

    def test_memory_does_not_grow(self):
        """20,000 requests over four connections, verified, skipped, refused. Kept connections, then new ones."""
        pid = self.webhook.process.pid
        skipped = encode(review(pod("skip.example/app:1")))
        bodies = [post(skipped)] * 40 + [post(encode(review(pod(self.image("unsigned"))))), post(b"{}"), post(b"x", path="/x")]

        def load(requests):
            data = b"".join(bodies)
            with wire(self.webhook, seconds=30) as connection:
                for _ in range(requests // len(bodies)):
                    connection.send(data)
                    for _ in bodies:
                        connection.reply()

        def rounds(requests):
            threads = [threading.Thread(target=load, args=(requests // 4,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        rounds(4000)
        before = memory_kib(pid)
        rounds(20000)
        grown = memory_kib(pid) - before
        if not SANITIZED:
            self.assertLess(grown, 4 * 1024, f"{grown} KiB after 20,000 requests")
        counted = sum(float(line.rsplit(" ", 1)[1]) for line in self.webhook.ops("/metrics")[1].splitlines()
                      if line.startswith("countersign_admission_reviews_total{"))
        self.assertGreaterEqual(counted, 20000)


if __name__ == "__main__":
    unittest.main()
