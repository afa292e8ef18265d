"""A registry in memory for the command line, and the options that name it and the demo's trust."""

import json
import pathlib
import shutil
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[2] / "simulator")]
import support  # noqa: E402
from support import run, services  # noqa: E402

TRUST = ("--trust-policy", services.DEMO / "trustpolicy.json", "--trust-store", services.DEMO / "truststore")


class Stage(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.registry = support.ScriptedRegistry()

    @classmethod
    def tearDownClass(cls):
        cls.registry.stop()

    def setUp(self):
        self.folder = pathlib.Path(services.scratch_folder())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.registry.script = None
        self.registry.forget()

    def image(self, layout):
        return self.registry.image(layout)

    def verify(self, *arguments, status, trust=TRUST, **keywords):
        """`verify` with the demo's trust; what it printed."""
        ended = run("verify", *trust, "--plain-http", self.registry.host, *arguments, **keywords)
        self.assert_ended(ended, status)
        return ended

    def assert_ended(self, ended, status):
        self.assertEqual(ended.status, status, ended)
        self.assertNotIn("terminate called", ended.err)
        self.assertNotIn("internal error", ended.err)
        self.assertNotIn("Sanitizer", ended.err)

    def report(self, *arguments, status, **keywords):
        ended = self.verify(*arguments, "--output", "json", status=status, **keywords)
        return json.loads(ended.out)["images"]

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
