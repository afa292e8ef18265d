"""A registry and a webhook for the tests of one file. A file that needs others starts its own."""

import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import support  # noqa: E402
from support import services  # noqa: E402


class Stage(unittest.TestCase):
    """Class attributes say what stands on it."""

    default = "enforce"
    rules = ""
    extra = ""
    registry_script = None

    @classmethod
    def setUpClass(cls):
        cls.folder = services.scratch_folder()
        cls.registry = cls.webhook = None
        try:
            cls.registry = support.ScriptedRegistry(cls.registry_script)
            cls.webhook = cls.start(cls.registry.host)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def start(cls, *hosts, **keywords):
        settings = {"default": cls.default, "rules": cls.rules, "extra": cls.extra, **keywords}
        return services.Webhook(support.PROGRAM, cls.folder, hosts, **settings)

    @classmethod
    def tearDownClass(cls):
        if cls.registry:
            cls.registry.released.set()
        if cls.webhook:
            cls.webhook.stop()
        if cls.registry:
            cls.registry.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def image(self, layout):
        return self.registry.image(layout)

    def ask(self, body, webhook=None, **keywords):
        return support.ask(webhook or self.webhook, body, **keywords)

    def decide(self, body, webhook=None, **keywords):
        """The response part of an answer, which must be HTTP 200."""
        reply = self.ask(body, webhook, **keywords)
        self.assertEqual(reply.status, 200, reply)
        return reply.response

    def assert_allowed(self, response):
        self.assertIs(response["allowed"], True, response)
        self.assertNotIn("status", response)

    def assert_denied(self, response, code, http_code=403):
        self.assertIs(response["allowed"], False, response)
        status = response["status"]
        self.assertEqual(status["status"], "Failure")
        self.assertEqual(status["code"], http_code, status)
        self.assertEqual(status["reason"], {403: "Forbidden", 503: "ServiceUnavailable"}[http_code])
        self.assertIn(code, status["message"])
        self.assertNotIn("retryAfterSeconds", status.get("details", {}))

    def assert_alive(self, webhook=None):
        webhook = webhook or self.webhook
        self.assertIsNone(webhook.process.poll(), "the webhook has ended")
        self.assertEqual(webhook.ops("/livez")[0], 200)
