"""Runs the registry probe, which is the real client, against servers that a test starts on 127.0.0.1."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "simulator")]

from hostile_registry import HostileRegistry  # noqa: E402

PROBE = os.environ.get("REGISTRY_PROBE", str(ROOT / "build" / "asan" / "bin" / "registry_probe"))
RESOLVER = os.environ.get("FAKE_RESOLVER", str(ROOT / "build" / "asan" / "tests" / "simulator" / "libfake_resolver.so"))
SECRET = "S3cr3tPassw0rd"


class RegistryCase(unittest.TestCase):
    """One hostile registry, plain HTTP, named in the settings; what the probe printed is kept for the secret check."""

    tls = None
    maxDiff = None

    def setUp(self):
        self.registry = self.start(HostileRegistry(self.tls))

    def start(self, server):
        self.addCleanup(server.stop)
        return server

    def folder(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        return pathlib.Path(holder.name)

    def entry(self, registry=None, **members):
        entry = {"match": (registry or self.registry).name, "plainHttp": True}
        entry.update(members)
        return entry

    def credentials(self, registry=None, user="user", password=SECRET):
        return {"auths": {(registry or self.registry).name: {"username": user, "password": password}}}

    def fake_names(self):
        """Surroundings in which names under .test have the addresses that tests/simulator/fake_resolver.cpp gives them."""
        self.assertTrue(os.path.exists(RESOLVER), f"{RESOLVER} is not built")
        return {"LD_PRELOAD": RESOLVER}

    def run_probe(self, steps, settings=None, environment=None, seconds=60, **script):
        """One result a step."""
        if settings is None:
            settings = {"registries": [self.entry()]}
        script.update(settings=settings, steps=steps)
        env = dict(os.environ, **(environment or {}))
        done = subprocess.run([PROBE], input=json.dumps(script), capture_output=True, text=True, timeout=seconds, env=env,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(results), len(steps), done.stderr)
        return results

    def resolve(self, settings=None, image=None, **options):
        step = {"do": "resolve", "image": image or self.registry.reference}
        for name in ("timeoutMs", "count", "rounds"):
            if name in options:
                step[name] = options.pop(name)
        return self.run_probe([step], settings, **options)[0]

    def fetch(self, settings=None, image=None, **options):
        """Resolve, list, fetch all candidates."""
        step = {"do": "fetch", "image": image or self.registry.reference}
        if "timeoutMs" in options:
            step["timeoutMs"] = options.pop("timeoutMs")
        return self.run_probe([step], settings, **options)[0]

    def assert_fails(self, result, code, reason):
        self.assertFalse(result["ok"], result)
        self.assertEqual((result["code"], result["reason"]), (code, reason), result)

    def assert_good_envelopes(self, result, count):
        self.assertTrue(result["ok"], result)
        good = [each for each in result["fetched"] if each["ok"]]
        self.assertEqual(len(good), count, result)
