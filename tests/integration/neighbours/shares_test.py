"""Who asks for much, and somebody else who asks for one image."""

import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "webhook"))
import stage  # noqa: E402
from support import pod, review  # noqa: E402


class Shares(stage.Stage):
    def slow(self, handler):
        """The attacker's images take their time; no thread of the registry waits after the test."""
        if handler.path.startswith("/v2/evil/"):
            self.registry.released.wait(1.5)
        return False

    def many(self, count, number=0):
        spec = [{"name": f"c{i}", "image": f"{self.registry.host}/evil/{number}-{i}:1"} for i in range(count)]
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "many", "namespace": "evil"}, "spec": {"containers": spec}}

    def timed(self):
        began = time.monotonic()
        response = self.decide(review(pod(self.image("signed-rsa"))))
        return time.monotonic() - began, response

    def in_flight(self):
        found = re.search(r"^countersign_inflight_verifications (\d+)", self.webhook.ops("/metrics")[1], re.M)
        return int(found.group(1))

    # shows: R-220 R-266
    def test_a_review_of_600_images_and_a_neighbour(self):
        self.registry.script = self.slow
        self.timed()
        quiet = max(min(self.timed()[0] for _ in range(5)), 0.05)
        answers = []

        def attack(number):
            began = time.monotonic()
            reply = self.ask(review(self.many(600, number), namespace="evil"), path="/validate?timeout=3s")
            answers.append((time.monotonic() - began, reply.response["allowed"]))

        threads = [threading.Thread(target=attack, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        times = []
        while any(thread.is_alive() for thread in threads):
            elapsed, response = self.timed()
            self.assert_allowed(response)
            times.append(elapsed)
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 4)
        for elapsed, allowed in answers:
            self.assertFalse(allowed)
            self.assertLess(elapsed, 3)
        self.assertLess(sorted(times)[len(times) // 2], 10 * quiet, f"quiet {quiet:.3f} s, under attack {times}")
        # Nothing new begins for those who have left.
        asked = len(self.registry.requests)
        time.sleep(0.3)
        self.assertLess(len(self.registry.requests) - asked, 200)
        end = time.monotonic() + 15
        while self.in_flight() > 0 and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(self.in_flight(), 0)
