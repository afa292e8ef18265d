"""`onOutage: lastGood`: what verified before is admitted by digest while its registry is down, and nothing else."""

import socket

import stage
from support import pod, review


class LastGood(stage.Stage):
    default = "enforce, onOutage: lastGood, lastGoodAge: 1m"

    @staticmethod
    def drop(handler):
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        return True

    @staticmethod
    def mislead(handler):
        handler.give(200, b"<html>", "text/html")
        return True

    def entry(self, uid):
        (line,) = [each for each in self.webhook.events("admission.decided") if each["uid"] == uid]
        return line["images"][0]

    def by_digest(self, layout, uid):
        """The image as its tag was resolved, whatever came of it."""
        self.decide(review(pod(self.image(layout)), uid=uid))
        return self.image(layout).rsplit(":", 1)[0] + "@" + self.entry(uid)["digest"]

    def test_bridges_an_outage_for_what_verified(self):
        signed = self.by_digest("signed-rsa", "learn")
        unsigned = self.by_digest("unsigned", "learn-unsigned")
        forged = self.by_digest("wrong-signer", "learn-forged")
        self.assert_allowed(self.decide(review(pod(signed), uid="verified")))
        self.assertNotIn("verifiedAgoSeconds", self.entry("verified"))

        self.registry.script = self.mislead
        response = self.decide(review(pod(signed), uid="misled"))
        self.assertIs(response["allowed"], False)
        self.assertIn("CS205", response["status"]["message"])

        self.registry.script = self.drop
        response = self.decide(review(pod(signed), uid="bridged"))
        self.assert_allowed(response)
        (warning,) = response["warnings"]
        self.assertIn("CS204 registry-unreachable; admitted: verified less than 1 min ago", warning)
        self.assertTrue(response["auditAnnotations"]["images"].endswith(" last-good"), response)
        entry = self.entry("bridged")
        self.assertEqual((entry["code"], entry["decision"]), ("CS204", "allow"))
        self.assertLess(entry["verifiedAgoSeconds"], 60)
        self.assertIn('countersign_cache_requests_total{cache="last-good",result="hit"} 1', self.webhook.ops("/metrics")[1])

        for image in (self.image("signed-rsa"), unsigned, forged, signed.replace("signed-rsa", "signed-ec")):
            with self.subTest(image=image):
                response = self.decide(review(pod(image)))
                self.assertIs(response["allowed"], False)
                self.assertIn("CS204", response["status"]["message"])


class Denied(stage.Stage):
    """The default."""

    def test_an_outage_denies(self):
        self.assert_allowed(self.decide(review(pod(self.image("signed-rsa")), uid="before")))
        (line,) = [each for each in self.webhook.events("admission.decided") if each["uid"] == "before"]
        self.registry.script = LastGood.drop
        response = self.decide(review(pod(self.image("signed-rsa").rsplit(":", 1)[0] + "@" + line["images"][0]["digest"])))
        self.assertIs(response["allowed"], False)
        self.assertIn("CS204", response["status"]["message"])
