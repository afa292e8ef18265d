"""The webhook with verification plugins: several at once, slow ones, and that none is left behind."""

import concurrent.futures
import pathlib
import time
import unittest

import stage
import plugins
from support import open_files, pod, review


class PluginStage(stage.Stage):
    environment = {}
    changes = {}

    @classmethod
    def start(cls, *hosts, **keywords):
        plugins.load(cls.registry)
        plugins.put_trust(cls.folder)
        plugin = plugins.entry(cls.folder, cls.environment, **cls.changes)
        return super().start(*hosts, extra=f"plugins: {plugin}\n", **keywords)

    def decide_all(self, count, **keywords):
        """As many reviews side by side, of both images."""
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            bodies = [review(pod(self.image(plugins.LAYOUTS[i % len(plugins.LAYOUTS)])), uid=f"uid-{i}") for i in range(count)]
            return list(pool.map(lambda body: self.decide(body, **keywords), bodies))

    def assert_nothing_left(self, files):
        pid = self.webhook.process.pid
        end = time.monotonic() + 10
        while (plugins.children(pid) or open_files(pid) > files) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(plugins.children(pid), [])
        self.assertLessEqual(open_files(pid), files)


class Served(PluginStage):
    def test_pods_are_admitted_by_the_plugins_word(self):
        pid = self.webhook.process.pid
        self.decide_all(4)
        files = open_files(pid) + 4  # connections to the registry that are kept
        for _ in range(3):
            for response in self.decide_all(8):
                self.assert_allowed(response)
        self.assert_nothing_left(files)


class Changed(PluginStage):
    """The program is written to after it was checked."""

    def test_it_is_run_no_more(self):
        self.assert_allowed(self.decide_all(1)[0])
        time.sleep(0.05)
        program = pathlib.Path(self.folder) / "notation-plugin"
        other = program.with_name("other")
        other.write_bytes(b"\x7fELF another")
        other.replace(program)
        response = self.decide_all(1)[0]
        self.assertIs(response["allowed"], False)
        self.assertEqual(response["status"]["code"], 403)
        self.assertIn("CS109", response["status"]["message"])
        self.assertIn("was changed after its digest was checked", response["status"]["message"])


class Hanging(PluginStage):
    environment = {"BEHAVIOUR": "hang-with-child"}
    changes = {"timeout": "500ms"}

    def test_reviews_are_answered_and_processes_ended(self):
        files = open_files(self.webhook.process.pid) + 8
        start = time.monotonic()
        for response in self.decide_all(8, path="/validate?timeout=10s"):
            self.assertIs(response["allowed"], False)
            self.assertEqual(response["status"]["code"], 503)
            self.assertIn("CS206", response["status"]["message"])
        self.assertLess(time.monotonic() - start, 9)
        self.assert_nothing_left(files)


class HangingLong(PluginStage):
    """The review's own deadline comes first; then the program is ended with its plugins still running."""

    environment = {"BEHAVIOUR": "hang"}
    changes = {"timeout": "1m"}

    def test_the_deadline_of_the_review_is_kept(self):
        start = time.monotonic()
        response = self.decide_all(1, path="/validate?timeout=2s")[0]
        self.assertLess(time.monotonic() - start, 2)
        self.assertIs(response["allowed"], False)
        self.assertIn("CS206", response["status"]["message"])
        left = plugins.children(self.webhook.process.pid)
        self.assertEqual(len(left), 1)
        self.assertEqual(self.webhook.stop(), 0)
        type(self).webhook = None
        self.assertFalse(pathlib.Path(f"/proc/{left[0]}").exists())


if __name__ == "__main__":
    unittest.main()
