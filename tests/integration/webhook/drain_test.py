"""The end: a signal, the time in which others learn of it, and the exit."""

import pathlib
import signal
import threading
import time
import unittest

import stage
from support import Closed, ScriptedRegistry, encode, pod, post, review, wire
from harness.processes import wait_until

DRAIN = 8  # seconds for which accepting goes on after SIGTERM


class Drain(unittest.TestCase):
    def setUp(self):
        self.folder = stage.services.scratch_folder()
        self.addCleanup(stage.shutil.rmtree, self.folder, ignore_errors=True)
        self.registry = ScriptedRegistry()
        self.addCleanup(self.registry.stop)
        self.webhook = stage.services.Webhook(stage.support.PROGRAM, self.folder, self.registry.host)
        self.addCleanup(self.webhook.stop, signal.SIGKILL)
        self.process = self.webhook.process
        self.body = encode(review(pod(self.registry.image("signed-rsa"))))

    def readiness(self):
        try:
            return self.webhook.ops("/readyz")
        except OSError:
            return None

    # shows: K-50 K-173
    def test_sigterm(self):
        idle = wire(self.webhook)
        kept = wire(self.webhook)
        self.assertNotIn("connection", kept.send(post(self.body)).reply().headers)
        self.assertEqual(self.readiness()[0], 200)
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        wait_until(lambda: self.readiness()[0] == 503, "readiness is off", 0.5)
        self.assertEqual(self.webhook.ops("/livez")[0], 200)
        # Connections from before, and new ones.
        reply = kept.send(post(self.body)).reply()
        self.assertTrue(reply.response["allowed"])
        self.assertEqual(reply.headers["connection"], "close")
        self.assertTrue(kept.ended())
        kept.sock.close()
        answered = 0
        while time.monotonic() - start < DRAIN - 1:
            with wire(self.webhook) as connection:
                reply = connection.send(post(self.body)).reply()
                self.assertEqual((reply.status, reply.headers["connection"]), (200, "close"))
                answered += 1
            self.assertEqual(self.readiness()[0], 503)
            time.sleep(0.2)
        self.assertGreater(answered, 20)
        # What begins before the end is finished after it.
        self.registry.script = lambda handler: time.sleep(0.8)
        late = wire(self.webhook, seconds=20)
        late.send(post(encode(review(pod(self.registry.image("signed-ec"))))))
        self.assertTrue(late.reply().response["allowed"])
        late.sock.close()
        self.assertEqual(self.process.wait(10), 0)
        self.assertLess(time.monotonic() - start, DRAIN + 6)
        self.assertTrue(idle.ended())
        idle.sock.close()
        self.assertEqual([line["event"] for line in self.webhook.events()][-1], "server.stopped")
        self.assertEqual(len(self.webhook.events("server.draining")), 1)
        bundle = pathlib.Path(self.webhook.event("server.self_signed_certificate")["caBundle"])
        self.assertFalse(bundle.parent.exists())

    def test_requests_under_way_are_finished(self):
        """At SIGINT nobody waits for the drain time, but replies that are owed are given: also those whose request is
        still coming in."""
        self.registry.script = lambda handler: time.sleep(0.4)
        request = post(self.body)
        waiting, sending = wire(self.webhook, seconds=20), wire(self.webhook, seconds=20)
        waiting.send(request)
        sending.send(request[:-50])
        time.sleep(0.3)
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        sending.send(request[-50:])
        for connection in (waiting, sending):
            reply = connection.reply()
            self.assertTrue(reply.response["allowed"])
            self.assertEqual(reply.headers["connection"], "close")
            connection.sock.close()
        self.assertEqual(self.process.wait(10), 0)

    # shows: K-51
    def test_second_signal(self):
        self.registry.script = self.registry.hang
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)):
            with self.subTest(first=first, second=second):
                if self.process.poll() is not None:
                    self.webhook = stage.services.Webhook(stage.support.PROGRAM, self.folder, self.registry.host)
                    self.addCleanup(self.webhook.stop, signal.SIGKILL)
                    self.process = self.webhook.process
                busy = wire(self.webhook, seconds=20)
                busy.send(post(self.body))
                time.sleep(0.2)
                self.process.send_signal(first)
                time.sleep(0.5)
                self.assertIsNone(self.process.poll())
                start = time.monotonic()
                self.process.send_signal(second)
                self.assertEqual(self.process.wait(5), 0)
                self.assertLess(time.monotonic() - start, 1.5)
                try:
                    # A verdict or nothing: never an admission.
                    self.assertFalse(busy.reply().response["allowed"])
                except Closed:
                    pass
                busy.sock.close()

    def test_drain_under_load(self):
        """Clients that send as fast as they can, on kept connections, see no failure until accepting ends."""
        failures, done, stop = [], [], threading.Event()

        def load():
            while not stop.is_set():
                try:
                    with wire(self.webhook) as connection:
                        while not stop.is_set():
                            reply = connection.send(post(self.body)).reply()
                            done.append(reply.status)
                            if "connection" in reply.headers:
                                break
                except (Closed, OSError) as error:
                    failures.append(error)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.process.send_signal(signal.SIGTERM)
        time.sleep(DRAIN - 1)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(set(done), {200})
        self.assertEqual(self.process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
