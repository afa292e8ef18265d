"""What keeps the webhook from starting: one clear line and the right exit status."""

import json
import os
import pathlib
import shutil
import socket
import time
import unittest

import stage  # noqa: F401 (finds the folders of the modules below)
from support import PROGRAM, run, services, write_configuration
from harness.certificates import make_certificate
from harness.processes import Process, accepts, free_port


class Refusals(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(services.scratch_folder())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ports = free_port(), free_port()
        self.server = f'{{address: "127.0.0.1:{self.ports[0]}", ops: "127.0.0.1:{self.ports[1]}"}}'

    def serve(self, path=None, status=78, **parts):
        path = path or write_configuration(self.folder, **{"server": self.server, **parts})
        ended = run("serve", "--config", path, seconds=20, environment={"TMPDIR": str(self.folder)})
        self.assertEqual(ended.status, status, ended)
        self.assertEqual(ended.out, "")
        self.assertNotIn("terminate", ended.err)
        self.assertTrue(ended.err.endswith("\n"))
        return ended.err

    def test_port_in_use(self):
        """Also when the other one would share it: SO_REUSEPORT."""
        for which in (0, 1):
            for share in (False, True):
                with self.subTest(which=which, share=share), socket.socket() as taken:
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    if share:
                        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                    taken.bind(("127.0.0.1", self.ports[which]))
                    taken.listen()
                    last = json.loads(self.serve(status=69).splitlines()[-1])
                    self.assertEqual((last["level"], last["event"]), ("error", "server.cannot_start"))
                    self.assertIn(f"127.0.0.1:{self.ports[which]}", last["message"])
                    self.assertIn("in use", last["message"])

    def test_two_webhooks_do_not_share_a_port(self):
        webhook = services.Webhook(PROGRAM, self.folder)
        try:
            server = f'{{address: "127.0.0.1:{webhook.port}", ops: "127.0.0.1:{self.ports[1]}"}}'
            self.assertIn("in use", self.serve(status=69, server=server))
        finally:
            webhook.stop()

    def test_restart_at_once(self):
        """Connections of the one before, in TIME_WAIT, do not keep the next one from its port."""
        for _ in range(2):
            path = write_configuration(self.folder, server=self.server)
            process = Process([PROGRAM, "serve", "--config", path], self.folder / "log")
            try:
                process.wait_ready(lambda: accepts(self.ports[0]))
            finally:
                self.assertEqual(process.stop(), 0)

    def test_address_of_another_machine(self):
        self.assertIn("192.0.2.1", self.serve(status=69, server=f'{{address: "192.0.2.1:{self.ports[0]}"}}'))

    def test_key_and_certificate(self):
        (certificate, key), (_, other) = make_certificate(self.folder, "a"), make_certificate(self.folder, "b")
        (self.folder / "garbage.pem").write_bytes(os.urandom(500))
        (self.folder / "empty.pem").write_bytes(b"")

        def tls(first, second):
            return self.server[:-1] + f", tls: {{certificate: {first}, key: {second}}}}}"

        self.assertIn("does not belong to", self.serve(server=tls(certificate, other)))
        for first, second in ((certificate, "garbage.pem"), ("garbage.pem", key), (certificate, "empty.pem"),
                              ("empty.pem", key), (key, key), (certificate, certificate)):
            with self.subTest(certificate=first, key=second):
                error = self.serve(server=tls(first, second))
                self.assertIn("countersign.yaml:", error)
                self.assertEqual(error.count("\n"), 1, error)
        for first, second in (("missing.crt", key), (certificate, "missing.key")):
            self.assertIn("missing.", self.serve(server=tls(first, second)))
        self.assertIn("key", self.serve(server=self.server[:-1] + f", tls: {{certificate: {certificate}}}}}"))

    def test_typo_is_answered_with_a_suggestion(self):
        error = self.serve(server=None, sever=self.server)
        self.assertRegex(error, r'countersign\.yaml:\d+:\d+: .*"sever".*did you mean "server"')
        error = self.serve(enforcement="{default: {action: enfroce}}")
        self.assertRegex(error, r'countersign\.yaml:\d+:\d+: .*enforce')

    def test_all_errors_at_once(self):
        error = self.serve(enforcment="{}", log="{level: loud}", limits="{signatures: many}")
        self.assertGreaterEqual(error.count("\n"), 3, error)
        for line in error.splitlines():
            self.assertRegex(line, r"countersign\.yaml:\d+:\d+: ")

    def test_files_that_are_missing(self):
        self.assertIn("no such file", self.serve(self.folder / "none.yaml"))
        self.assertIn("missing.json", self.serve(trust="{policy: missing.json, directory: truststore}"))
        self.assertIn("missing", self.serve(trust="{policy: trustpolicy.json, directory: missing}"))
        self.assertIn("missing.pem", self.serve(
            trust="{policy: trustpolicy.json, stores: [{type: ca, name: demo, files: [missing.pem]}]}"))
        self.assertIn("missing", self.serve(registries="[{match: r.example, ca: missing-ca.pem}]"))

    def test_files_that_are_something_else(self):
        self.serve(self.folder)
        for content in (b"\x00\xff" * 100, b"[", b"\tx: y", b"a: &x 1\nb: *x\n", b"- - - -", b"{" * 100000):
            path = self.folder / "broken.yaml"
            path.write_bytes(content)
            with self.subTest(content=content[:20]):
                self.serve(path)

    def test_planned_settings_are_not_ignored(self):
        self.assertIn("not supported yet", self.serve(cache="{tag: 5s}"))

    def test_serve_does_not_judge_as_of_another_time(self):
        path = write_configuration(self.folder, server=self.server)
        self.assertEqual(run("serve", "--config", path, "--now", "2026-01-01T00:00:00Z").status, 64)

    def test_folder_for_the_ca_bundle_that_cannot_be_written(self):
        path = write_configuration(self.folder, server=self.server)
        ended = run("serve", "--config", path, environment={"TMPDIR": "/proc"})
        self.assertEqual(ended.status, 69, ended)
        self.assertIn("CA bundle", ended.err)

    def test_start_is_quick(self):
        start = time.monotonic()
        webhook = services.Webhook(PROGRAM, self.folder)
        elapsed = time.monotonic() - start
        webhook.stop()
        self.assertLess(elapsed, 2)


if __name__ == "__main__":
    unittest.main()
