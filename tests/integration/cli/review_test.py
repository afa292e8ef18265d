"""`review`: one AdmissionReview, as the server would answer it."""

import json
import os
import unittest

import stage
from support import RECORDED, encode, milliseconds, pod, review, run, services, write_configuration


class Review(stage.Stage):
    def setUp(self):
        super().setUp()
        self.configuration = write_configuration(
            self.folder, registries=f'[{{match: "{self.registry.host}", plainHttp: true}}]')

    def answer(self, body, status, configuration=None):
        ended = run("review", "--config", configuration or self.configuration,
                    stdin=body if isinstance(body, bytes) else encode(body))
        self.assert_ended(ended, status)
        return ended

    def test_allowed_denied_undecided(self):
        response = json.loads(self.answer(review(pod(self.image("signed-rsa"))), 0).out)["response"]
        self.assertIs(response["allowed"], True)
        ended = self.answer(review(pod(self.image("unsigned")), uid="my-uid"), 1)
        response = json.loads(ended.out)["response"]
        self.assertEqual((response["uid"], response["allowed"], response["status"]["code"]), ("my-uid", False, 403))
        self.assertEqual(ended.err, "")
        self.registry.script = lambda handler: handler.give(503) or True
        response = json.loads(self.answer(review(pod(self.image("signed-rsa"))), 2).out)["response"]
        self.assertEqual(response["status"]["code"], 503)

    def test_hanging_registry(self):
        self.registry.script = self.registry.hang
        elapsed, ended = milliseconds(lambda: self.answer(review(pod(self.image("signed-rsa"))), 2))
        self.assertLess(elapsed, 10000)
        self.assertRegex(ended.out, "CS20[46]")

    def test_audit(self):
        audit = write_configuration(self.folder, "audit.yaml", registries=f'[{{match: "{self.registry.host}", plainHttp: true}}]',
                                    enforcement="{default: {action: audit}}")
        response = json.loads(self.answer(review(pod(self.image("unsigned"))), 0, audit).out)["response"]
        self.assertEqual(response["auditAnnotations"]["verdict"], "would-deny")

    def test_v1beta1(self):
        body = {**review(pod(self.image("signed-rsa"))), "apiVersion": "admission.k8s.io/v1beta1"}
        self.assertEqual(json.loads(self.answer(body, 0).out)["apiVersion"], "admission.k8s.io/v1beta1")

    def test_recorded(self):
        self.assertTrue(RECORDED)
        for path in RECORDED:
            with self.subTest(path.name):
                body = path.read_bytes()
                ended = run("review", "--config", self.configuration, stdin=body)
                response = json.loads(ended.out)["response"]
                self.assertEqual(response["uid"], json.loads(body)["request"]["uid"])
                code = 200 if response["allowed"] else response["status"]["code"]
                self.assert_ended(ended, {200: 0, 403: 1, 503: 2}[code])

    def test_not_a_review(self):
        good = encode(review(pod(self.image("signed-rsa"))))
        for body in (b"", b"{}", b"[]", b"null", good[:-5], good + b"x", b"\xef\xbb\xbf" + good, good.replace(b"web", b"\xff"),
                     b"[" * 200000, os.urandom(10000), b"\x00" * 100, b" " * (17 * 1024 * 1024), b"apiVersion: v1\nkind: Pod\n",
                     encode(pod())):
            with self.subTest(body=body[:40]):
                ended = self.answer(body, 65)
                self.assertEqual(ended.out, "")
                self.assertEqual(ended.err.count("\n"), 1, ended.err)
                self.assertTrue(ended.err.startswith("countersign: CS301 malformed-review: "), ended.err)

    def test_large_review(self):
        obj = pod(self.image("signed-rsa"))
        obj["metadata"]["annotations"] = {"x": "y" * (6 * 1024 * 1024)}
        self.answer(review(obj), 0)

    def test_wrong_configuration(self):
        body = encode(review(pod()))
        self.answer(body, 78, self.folder / "missing.yaml")
        self.answer(body, 78, self.write("broken.yaml", "a: ["))
        self.assertEqual(run("review", stdin=body).status, 64)

    def test_same_as_the_server(self):
        webhook = services.Webhook(stage.support.PROGRAM, self.folder, self.registry.host)
        try:
            for layout in stage.support.EXPECTED["layouts"]:
                body = encode(review(pod(self.image(layout))))
                answered = json.loads(webhook.post(body)[1])
                ended = run("review", "--config", self.configuration, stdin=body)
                mine = json.loads(ended.out)
                if layout == "expired":  # its message says what time it is
                    answered["response"].pop("status"), mine["response"].pop("status")
                self.assertEqual(mine, answered)
        finally:
            webhook.stop()


if __name__ == "__main__":
    unittest.main()
