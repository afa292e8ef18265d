"""What an answer says: rules and modes, messages, warnings, annotations."""

import re
import unittest

import stage
from support import pod, review

KEY = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
MODES = """  rules:
    - {name: exempt, match: {namespaces: [infra, "ops-*"]}, action: skip}
    - {name: known, match: {images: ["skip.example/**"]}, action: skip}
    - {name: trial, match: {namespaces: [trial]}, action: audit}
    - {name: soft, match: {namespaces: [soft]}, action: warn}
"""


class Rules(stage.Stage):
    rules = MODES

    def setUp(self):
        self.signed, self.unsigned = self.image("signed-rsa"), self.image("unsigned")
        self.registry.forget()

    def last(self, uid):
        return [line for line in self.webhook.events("admission.decided") if line["uid"] == uid][0]

    # shows: K-113
    def test_exempt_namespace(self):
        for namespace in ("infra", "ops-eu"):
            self.assert_allowed(self.decide(review(pod(self.unsigned), namespace=namespace, uid=namespace)))
            self.assertEqual(self.registry.count(""), 0)
            line = self.last(namespace)
            self.assertEqual((line["verdict"], line["skipReason"], line["code"]), ("skip", "namespace", "CS001"))
            self.assertEqual(line["images"][0]["rule"], "exempt")
        self.assertIn('countersign_admission_reviews_total{action="skip",decision="skip"}', self.webhook.ops("/metrics")[1])
        for namespace in ("infra2", "xops-eu", "INFRA", "", ...):
            self.assertIs(self.decide(review(pod(self.unsigned), namespace=namespace))["allowed"], False, namespace)

    # shows: K-54 K-55
    def test_the_requests_namespace_counts(self):
        obj = pod(self.unsigned)
        del obj["metadata"]["namespace"]
        self.assert_allowed(self.decide(review(obj, namespace="infra")))
        self.assert_denied(self.decide(review(obj, namespace="shop")), "CS101")
        obj["metadata"]["namespace"] = "infra"
        self.assert_denied(self.decide(review(obj, namespace="shop")), "CS101")
        obj["metadata"]["namespace"] = "shop"
        self.assert_allowed(self.decide(review(obj, namespace="infra")))

    def test_image_rules(self):
        self.assert_allowed(self.decide(review(pod("skip.example/a/b:1"))))
        self.assert_allowed(self.decide(review(pod("SKIP.example/a/b:1"))))  # hosts have no case
        obj = pod("skip.example/a:1")
        obj["spec"]["containers"].append({"name": "other", "image": self.unsigned})
        response = self.decide(review(obj))
        self.assertEqual([cause["field"] for cause in response["status"]["details"]["causes"]], ["spec.containers[1].image"])
        for image in ("skip.example.evil.example/a:1", "evil.example/skip.example/a:1", "skip.example:5000/a:1"):
            self.assertIs(self.decide(review(pod(image)), path="/validate?timeout=1s")["allowed"], False, image)

    # shows: K-126 K-127
    def test_audit_warn_and_enforce(self):
        for namespace, action in (("trial", "audit"), ("soft", "warn")):
            response = self.decide(review(pod(self.unsigned), namespace=namespace, uid=f"{action}-u"))
            self.assert_allowed(response)
            annotations = response["auditAnnotations"]
            self.assertEqual(annotations["verdict"], "would-deny")
            self.assertIn("CS101", annotations["images"])
            line = self.last(f"{action}-u")
            self.assertEqual((line["allowed"], line["verdict"], line["action"], line["code"]), (True, "would-deny", action, "CS101"))
            self.assertEqual(line["images"][0]["decision"], "allow")
            metric = f'countersign_admission_reviews_total{{action="{action}",decision="would-deny"}} 1'
            self.assertIn(metric, self.webhook.ops("/metrics")[1])
            if action == "warn":
                self.assertEqual(len(response["warnings"]), 1)
                self.assertTrue(response["warnings"][0].startswith("countersign would deny: CS101 unsigned"), response)
                self.assertLessEqual(len(response["warnings"][0]), 120)
            else:
                self.assertNotIn("warnings", response)
            self.assertNotIn("warnings", self.decide(review(pod(self.signed), namespace=namespace)))
        self.assert_denied(self.decide(review(pod(self.unsigned), namespace="shop")), "CS101")

    # shows: K-121
    def test_many_warnings(self):
        containers = [{"name": f"c{number}", "image": f"{self.unsigned}-{number}" + "x" * 60} for number in range(30)]
        response = self.decide(review({**pod(), "spec": {"containers": containers}}, namespace="soft"))
        self.assert_allowed(response)
        warnings = response["warnings"]
        self.assertEqual(len(warnings), 10)
        self.assertIn("21 more", warnings[-1])
        for warning in warnings:
            self.assertLessEqual(len(warning), 120)
        self.assertEqual(len(set(warnings)), 10)

    # shows: K-122 K-123 K-176
    def test_control_characters_and_foreign_scripts(self):
        nasty = ['x\nlevel=info msg="faked"', 'x","allowed":true,"x":"', "x\u2028\u202e\u0000\u0007\u001b[31m", "\U0001f600" * 400,
                 "e\u0301" * 600, "x\r\nHTTP/1.1 200 OK\r\n\r\n"]
        before = len(self.webhook.log.read_text().rstrip("\n").split("\n"))
        for number, image in enumerate(nasty):
            for namespace in ("shop", "soft"):
                body = review(pod(image), namespace=namespace, uid=f"nasty-{number}-{namespace}",
                              userInfo={"username": image, "groups": [image]}, name=image)
                body["request"]["object"]["spec"]["containers"][0]["name"] = image
                reply = self.ask(body)
                self.assertEqual(reply.status, 200)
                reply.body.decode()  # valid UTF-8
                response = reply.response
                texts = [*response.get("warnings", []), response.get("status", {}).get("message", ""),
                         *response["auditAnnotations"].values()]
                for text in texts:
                    self.assertNotRegex(text, r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
        lines = self.webhook.log.read_text().rstrip("\n").split("\n")[before:]
        self.assertEqual(len(lines), 2 * len(nasty))
        self.assertEqual({line["event"] for line in self.webhook.events()[before:]}, {"admission.decided"})

    # shows: K-124 K-125 K-128
    def test_fifty_images(self):
        containers = [{"name": f"c{number}", "image": f"{self.image('tampered')}-{number}"} for number in range(50)]
        containers[30]["image"] = self.image("wrong-signer")
        response = self.decide(review({**pod(), "spec": {"containers": containers}}))
        self.assert_denied(response, "CS102")  # nearest to success, so it stands first
        message = response["status"]["message"]
        self.assertTrue(message.startswith('Pod shop/web: container "c30"'), message)
        self.assertLessEqual(len(message.encode()), 1000)
        self.assertRegex(message, r"and \d+ more$")
        causes = response["status"]["details"]["causes"]
        self.assertEqual({cause["field"] for cause in causes}, {f"spec.containers[{number}].image" for number in range(50)})
        for key, value in response["auditAnnotations"].items():
            self.assertTrue(KEY.fullmatch(key), key)
            self.assertIsInstance(value, str)
            self.assertLessEqual(len(value.encode()), 1024)

    # shows: K-129
    def test_nothing_inward_in_messages(self):
        bodies = [review(pod(self.unsigned)), review(pod("localhost:1/x")), review(pod(f"{self.registry.host}/none:1")),
                  review({**pod(), "spec": 7})]
        for body in bodies:
            text = self.ask(body, headers=["Authorization: Bearer very-secret-token"]).body.decode()
            for inward in (self.folder, "/src/", ".cpp", "std::", "boost", "terminate", "very-secret-token"):
                self.assertNotIn(inward, text)


if __name__ == "__main__":
    unittest.main()
