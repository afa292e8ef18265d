"""Too much of everything: work, files, memory. Reviews may be refused or denied then; nothing is admitted unverified, and
when the pressure is gone all is as before."""

import resource
import shutil
import socket
import threading
import time
import unittest

import stage
from support import SANITIZED, Closed, ScriptedRegistry, encode, open_files, pod, post, review, services, wire
from harness.processes import Process, accepts, free_port, memory_kib, wait_until


class Pressure(unittest.TestCase):
    def setUp(self):
        self.folder = services.scratch_folder()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.registry = ScriptedRegistry()
        self.addCleanup(self.registry.stop)
        self.webhook = None

    def start(self, *limits):
        self.webhook = services.Webhook(stage.support.PROGRAM, self.folder, self.registry.host, limits=limits)
        self.addCleanup(self.webhook.stop)
        self.pid = self.webhook.process.pid

    def assert_well(self):
        response = stage.support.ask(self.webhook, review(pod(self.registry.image("signed-rsa")))).response
        self.assertIs(response["allowed"], True, response)
        self.assertEqual(self.webhook.ops("/livez")[0], 200)
        self.assertEqual(self.webhook.stop(), 0)

    # shows: K-39
    def test_more_verifications_than_it_takes(self):
        """Fifty objects of eight new images each, before a registry that says nothing."""
        self.start()
        self.registry.script = self.registry.hang
        replies = []

        def ask(number):
            obj = pod()
            obj["spec"]["containers"] = [{"name": f"c{index}", "image": self.registry.image(f"x{number}-{index}")} for index in range(8)]
            replies.append(stage.support.ask(self.webhook, review(obj, uid=f"u{number}"), path="/validate?timeout=2s"))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(replies), 50)
        codes = set()
        for reply in replies:
            self.assertEqual(reply.status, 200)
            self.assertNotIn("retry-after", reply.headers)
            self.assertIs(reply.response["allowed"], False)
            self.assertEqual(reply.response["status"]["code"], 503)
            codes |= {cause["reason"] for cause in reply.response["status"]["details"]["causes"]}
        self.assertIn("CS207", codes)
        self.assertIn(f"too many verifications of images at {self.registry.host} for namespace shop are under way", self.webhook.log.read_text())
        self.assertRegex(self.webhook.ops("/metrics")[1], r'image_verdicts_total\{code="CS207",outcome="overloaded"\} [1-9]')
        self.registry.released.set()
        self.registry.script = None
        self.webhook.stop()
        self.start()  # this one is cut off from the registry that it found dead for a while
        self.assert_well()

    def test_a_silent_registry_does_not_keep_others_out(self):
        quick = ScriptedRegistry()
        self.addCleanup(quick.stop)
        self.webhook = services.Webhook(stage.support.PROGRAM, self.folder, [self.registry.host, quick.host])
        self.addCleanup(self.webhook.stop)
        self.registry.script = self.registry.hang

        def ask(number):
            images = [{"name": f"c{index}", "image": self.registry.image(f"x{number}-{index}")} for index in range(8)]
            stage.support.ask(self.webhook, review(pod(containers=images), uid=f"u{number}"), path="/validate?timeout=5s")

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        wait_until(lambda: self.registry.host in self.webhook.log.read_text(), "the first are turned away", 4)
        response = stage.support.ask(self.webhook, review(pod(quick.image("signed-rsa")))).response
        self.assertIs(response["allowed"], True, response)
        self.registry.released.set()
        for thread in threads:
            thread.join()

    @unittest.skipIf(SANITIZED, "the undefined-behaviour sanitizer opens files for its checks, and reports what it cannot check")
    def test_no_files_left(self):
        self.start((resource.RLIMIT_NOFILE, 64))
        served = wire(self.webhook)
        request = post(encode(review(pod(self.registry.image("signed-rsa")))))
        self.assertTrue(served.send(request).reply().response["allowed"])
        crowd = [socket.create_connection(("127.0.0.1", self.webhook.port), timeout=5) for _ in range(100)]
        try:
            wait_until(lambda: open_files(self.pid) >= 63, "all files are taken", 10)
            for layout in ("unsigned", "signed-ec"):
                reply = served.send(post(encode(review(pod(self.registry.image(layout)))))).reply()
                self.assertEqual(reply.status, 200)
                if reply.response["allowed"]:
                    self.assertEqual(layout, "signed-ec")
        finally:
            for each in crowd:
                each.close()
            served.sock.close()
        wait_until(lambda: open_files(self.pid) < 40, "files are free again", 10)
        self.assert_well()

    @unittest.skipIf(SANITIZED, "sanitizers need the address space")
    def test_a_library_that_did_not_fit_is_loaded_later(self):
        """libcurl is loaded at the first exchange. When there is no room for it then, that exchange fails, and no other."""
        self.start()
        request = review(pod(self.registry.image("signed-rsa")))
        room = memory_kib(self.pid, "VmSize") * 1024 + 2 * 1024 * 1024
        resource.prlimit(self.pid, resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
        response = stage.support.ask(self.webhook, request).response
        self.assertIs(response["allowed"], False)
        self.assertIn("libcurl cannot be initialised", response["status"]["message"])
        resource.prlimit(self.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.assert_well()

    # shows: K-39
    @unittest.skipIf(SANITIZED, "sanitizers need the address space")
    def test_no_memory_left(self):
        self.start((resource.RLIMIT_AS, 220 * 1024 * 1024))
        obj = pod(self.registry.image("unsigned"))
        obj["metadata"]["annotations"] = {"x": "y" * (7 * 1024 * 1024)}
        request, seen = post(encode(review(obj))), []

        def load():
            for _ in range(3):
                try:
                    with wire(self.webhook, seconds=20) as connection:
                        reply = connection.send(request).reply()
                        seen.append(reply.status)
                        self.assertNotIn("retry-after", reply.headers)
                        if reply.status == 200:
                            self.assertIs(reply.response["allowed"], False)
                except (Closed, OSError):
                    seen.append(None)

        threads = [threading.Thread(target=load) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(seen), 48)
        self.assertLessEqual(set(seen), {200, 500, 503, None})
        self.assertIn(503, seen)
        self.assert_well()

    @unittest.skipIf(SANITIZED, "sanitizers need several times the memory")
    def test_many_large_answers(self):
        """Two hundred manifests of almost 4 MiB arrive at the same time and hold back their last bytes: 800 MiB, if all
        were taken."""
        other = ScriptedRegistry()
        self.addCleanup(other.stop)
        self.webhook = services.Webhook(stage.support.PROGRAM, self.folder, [self.registry.host, other.host])
        self.addCleanup(self.webhook.stop)
        pid = self.webhook.process.pid
        body = b'{"x":"' + b"y" * (4 * 1024 * 1024 - 64) + b'"}'
        enough, waiting = threading.Event(), []

        def hold_back(handler):
            if handler.command == "HEAD":
                handler.give(405)
                return True
            handler.send_response(200)
            handler.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[:-8])
            waiting.append(handler)
            enough.wait(8)
            handler.wfile.write(body[-8:])
            return True

        self.registry.script = other.script = hold_back

        def ask(number, registry):
            images = [{"name": f"c{index}", "image": registry.image(f"x{number}-{index}")} for index in range(10)]
            return stage.support.ask(self.webhook, review(pod(containers=images), uid=f"u{number}"), path="/validate?timeout=10s")

        replies = []
        threads = [threading.Thread(target=lambda number=number: replies.append(ask(number, (self.registry, other)[number % 2])))
                   for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        enough.set()
        self.assertEqual(len(replies), 20)
        for reply in replies:
            self.assertIs(reply.response["allowed"], False)
        self.assertGreater(len(waiting), 5, "several were held at once")
        self.assertLess(memory_kib(pid, "VmHWM"), 300 * 1024)

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
                port = probe.getsockname()[1]
        except OSError:
            self.skipTest("no IPv6 here")
        path = stage.support.write_configuration(
            self.folder, server=f'{{address: "[::1]:{port}", ops: "127.0.0.1:{free_port()}"}}')
        process = Process([stage.support.PROGRAM, "serve", "--config", path], f"{self.folder}/log",
                          {"TMPDIR": self.folder, "PATH": "/usr/bin"})
        try:
            process.wait_ready(lambda: accepts(port, "::1"))
            time.sleep(0.1)
        finally:
            self.assertEqual(process.stop(), 0)


if __name__ == "__main__":
    unittest.main()
