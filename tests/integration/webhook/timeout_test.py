"""Time: an answer always leaves before the API server gives up, and work that is under way is used again."""

import hashlib
import threading
import time
import unittest

import stage
from support import ScriptedRegistry, encode, milliseconds, pod, post, review, wire


def leaf_through(handler):
    """Each answer comes soon enough, but there is always another page of signatures to read."""
    repository, listed, _ = handler.path.partition("/referrers/")
    if not listed:
        time.sleep(0.3)
        return False
    time.sleep(1.4)
    _, _, page = handler.path.partition("page=")
    descriptor = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 2, "artifactType": "application/x",
                  "digest": "sha256:" + hashlib.sha256(page.encode()).hexdigest()}
    body = encode({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [descriptor]})
    following = handler.path.split("?")[0] + f"?page={int(page or 0) + 1}"
    handler.give(200, body, "application/vnd.oci.image.index.v1+json", [("Link", f'<{following}>; rel="next"')])
    return True


class Endless(stage.Stage):
    registry_script = staticmethod(leaf_through)

    def timed(self, timeout, webhook=None, layout="signed-rsa"):
        path = "/validate" + (f"?timeout={timeout}" if timeout is not None else "")
        return milliseconds(lambda: self.decide(review(pod(self.image(layout))), webhook, path=path))

    def assert_in_time(self, elapsed, seconds):
        """Used well, and left in time: T - max(300 ms, 10 %) - 100 ms."""
        limit = seconds * 1000 - max(300, seconds * 100) - 100
        self.assertLess(elapsed, limit + 50)
        self.assertGreater(elapsed, limit - 450)

    # shows: K-32 K-35
    def test_one_second(self):
        elapsed, response = self.timed("1s")
        self.assert_denied(response, "CS206 deadline-exceeded", 503)
        self.assertRegex(response["status"]["message"], "time|deadline")
        self.assert_in_time(elapsed, 1)
        self.assertEqual(response["auditAnnotations"]["verdict"], "deny")

    # shows: K-33 K-34
    def test_longer_timeouts(self):
        """All of them at once, as they take as long as they say."""
        wanted = {"10s": 10, None: 10, "": 10, "abc": 10, "-5s": 10, "0s": 10, "5": 10, "10s&timeout=1s": 10, "3s": 3,
                  "2s500ms": 2.5, "1500ms": 1.5, "1ms": 1, "1.5s": 1.5}
        results, threads = {}, []
        for index, timeout in enumerate(wanted):
            def ask(timeout=timeout, index=index):
                results[timeout] = self.timed(timeout, layout=list(stage.support.EXPECTED["layouts"])[index % 5])
            threads.append(threading.Thread(target=ask))
            threads[-1].start()
        longest, response = self.timed("1m0s", layout="signed-legacy-form")
        for thread in threads:
            thread.join()
        self.assertIs(response["allowed"], False)  # after its ten pages, by the registry client's own rule
        self.assertTrue(12000 < longest < 27000, longest)
        for timeout, seconds in wanted.items():
            with self.subTest(timeout=timeout):
                elapsed, response = results[timeout]
                self.assert_denied(response, "CS206", 503)
                self.assert_in_time(elapsed, seconds)

    def test_audit_and_warn_admit(self):
        for action in ("audit", "warn"):
            webhook = self.start(self.registry.host, default=action)
            try:
                elapsed, response = self.timed("1s", webhook)
                self.assert_allowed(response)
                self.assert_in_time(elapsed, 1)
                self.assertEqual(response["auditAnnotations"]["verdict"], "would-deny")
                self.assertIn("CS206", response["auditAnnotations"]["images"])
                if action == "warn":
                    self.assertIn("CS206", response["warnings"][0])
                else:
                    self.assertNotIn("warnings", response)
                self.assertEqual([line["verdict"] for line in webhook.events("admission.decided")], ["would-deny"])
            finally:
                webhook.stop()

    def test_some_images_take_too_long_and_others_do_not(self):
        """One object with both: the denial names each, and the verdict outranks the outage."""
        good = ScriptedRegistry()
        webhook = self.start(self.registry.host, good.host)
        try:
            obj = pod(self.image("signed-rsa"))
            obj["spec"]["containers"] += [{"name": "good", "image": good.image("signed-ec")},
                                          {"name": "bad", "image": good.image("unsigned")}]
            elapsed, response = milliseconds(lambda: self.decide(review(obj), webhook, path="/validate?timeout=1s"))
            self.assert_in_time(elapsed, 1)
            self.assert_denied(response, "CS101", 403)
            self.assertEqual({cause["field"]: cause["reason"] for cause in response["status"]["details"]["causes"]},
                             {"spec.containers[0].image": "CS206", "spec.containers[2].image": "CS101"})
        finally:
            webhook.stop()
            good.stop()


class Silent(stage.Stage):
    """The registry accepts and says nothing at all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry.script = cls.registry.hang

    # shows: K-172
    def test_verdict_in_time_and_probes_unmoved(self):
        answers = {}

        def ask(timeout):
            answers[timeout] = milliseconds(
                lambda: self.decide(review(pod(self.image(f"any-{timeout}"))), path=f"/validate?timeout={timeout}s"))

        threads = [threading.Thread(target=ask, args=(timeout,)) for timeout in (1, 2, 10)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            elapsed, status = milliseconds(lambda: (self.webhook.ops("/livez")[0], self.webhook.ops("/readyz")[0]))
            self.assertEqual(status, (200, 200))
            self.assertLess(elapsed, 500)
            time.sleep(0.2)
        for timeout, (elapsed, response) in answers.items():
            self.assert_denied(response, "CS206" if timeout == 1 else "CS20", 503)
            self.assertLess(elapsed, timeout * 1000 - max(300, timeout * 100))
        self.assertEqual((self.webhook.ops("/livez")[0], self.webhook.ops("/readyz")[0]), (200, 200))


class Slow(stage.Stage):
    """Every answer takes a while."""

    delay = 0.4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def wait(handler):
            time.sleep(cls.delay)
            return False

        cls.registry.script = wait

    def setUp(self):
        self.registry.forget()

    # shows: K-38
    def test_twenty_reviews_for_one_image(self):
        bodies = [encode(review(pod(self.image("signed-rsa")), uid=f"u{number}")) for number in range(20)]
        self.check_coalesced(bodies, allowed=True)

    # shows: K-100
    def test_one_image_in_five_places(self):
        image = self.image("unsigned")
        obj = pod(image, initContainers=[{"name": "i1", "image": image}, {"name": "i2", "image": image}],
                  volumes=[{"name": "v", "image": {"reference": image}}])
        obj["spec"]["containers"].append({"name": "second", "image": image})
        response = self.decide(review(obj))
        self.assert_denied(response, "CS101")
        self.assertEqual({cause["field"] for cause in response["status"]["details"]["causes"]},
                         {"spec.containers[0].image", "spec.containers[1].image", "spec.initContainers[0].image",
                          "spec.initContainers[1].image", "spec.volumes[0].image.reference"})
        self.assertEqual(self.registry.count(f"/manifests/{stage.support.TAG}"), 1)

    def check_coalesced(self, bodies, allowed):
        replies, threads = {}, []
        connections = [wire(self.webhook, seconds=20) for _ in bodies]
        for number, (body, connection) in enumerate(zip(bodies, connections)):
            def ask(number=number, body=body, connection=connection):
                replies[number] = connection.send(post(body)).reply().response
            threads.append(threading.Thread(target=ask))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for connection in connections:
            connection.sock.close()
        self.assertEqual([replies[number]["allowed"] for number in range(len(bodies))], [allowed] * len(bodies))
        self.assertEqual([replies[number]["uid"] for number in range(len(bodies))], [f"u{number}" for number in range(len(bodies))])
        # One verification: the tag, the list of signatures, the signature's manifest, its envelope.
        self.assertEqual(self.registry.count(""), 4, self.registry.requests)
        self.assertIn("countersign_coalesced_verifications_total 19", self.webhook.ops("/metrics")[1])

    # shows: K-37
    def test_work_goes_on_for_the_retry(self):
        """The whole takes 1.6 s, the first review has 0.4 s: the second joins what the first began."""
        body = review(pod(self.image("signed-ec")))
        self.assert_denied(self.decide(body, path="/validate?timeout=1s"), "CS206", 503)
        elapsed, response = milliseconds(lambda: self.decide(body))
        self.assert_allowed(response)
        self.assertLess(elapsed, self.delay * 4000 - 300)
        self.assertEqual(self.registry.count(""), 4)


if __name__ == "__main__":
    unittest.main()
