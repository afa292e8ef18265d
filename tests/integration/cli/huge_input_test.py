"""Trust stores and envelopes of a size, and clocks of a kind, that nobody should have: a clear answer, bounded memory."""

import json
import resource
import shutil
import subprocess
import unittest

import stage
from layouts import with_envelope
from support import PROGRAM, SANITIZED, TAG, services
from harness.certificates import Authority

LAYOUT = "signed-rsa"
MIB = 1024 * 1024


class HugeInput(stage.Stage):
    def setUp(self):
        super().setUp()
        self.store = self.folder / "truststore"
        shutil.copytree(services.DEMO / "truststore", self.store)
        self.policy = json.loads((services.DEMO / "trustpolicy.json").read_text())
        (self.name,) = {name.removeprefix("ca:") for name in self.policy["trustPolicies"][0]["trustStores"] if name.startswith("ca:")}
        self.target = self.store / "x509" / "ca" / self.name

    def judge(self, *options, layout=services.DEMO / "layouts" / LAYOUT):
        """Exit status, the one image's report or nothing, the standard error, peak memory in MiB."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        done = subprocess.run([str(PROGRAM), "verify", "--trust-policy", str(services.DEMO / "trustpolicy.json"), "--trust-store",
                               str(self.store), "--oci-layout", str(layout), "--output", "json", *options,
                               f"registry.example/demo/{LAYOUT}:{TAG}"],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertNotIn("Sanitizer", done.stderr)
        if not SANITIZED:
            peak = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            self.assertLess(peak, 400 * 1024, "KiB")
        images = json.loads(done.stdout)["images"] if done.stdout else [None]
        return done.returncode, images[0], done.stderr

    def strangers(self, count):
        """One certificate that nobody asked for, many times."""
        authority = Authority(self.folder, "stranger")
        pem = authority.certificate.read_bytes()
        for number in range(count):
            (self.target / f"stranger-{number}.pem").write_bytes(pem)
        return pem

    def test_ten_thousand_certificates(self):
        self.strangers(10_000 - len(list(self.target.iterdir())))
        status, image, errors = self.judge("--timeout", "100s")
        self.assertEqual((status, image and image["code"]), (0, "CS000"), errors)

    def test_more_files_than_that(self):
        self.strangers(10_001)
        status, _, errors = self.judge()
        self.assertEqual(status, 78, errors)
        self.assertIn("more than 10000 entries", errors)

    def test_a_hundred_megabytes(self):
        pem = self.strangers(0)
        many = pem * (MIB // len(pem))
        for number in range(101):
            (self.target / f"many-{number}.pem").write_bytes(many)
        status, _, errors = self.judge()
        self.assertEqual(status, 78, errors)
        self.assertIn("larger than 100 MiB", errors)
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)

    def test_a_file_over_its_limit(self):
        pem = self.strangers(0)
        (self.target / "many.pem").write_bytes(pem * (MIB // len(pem) + 1))
        status, _, errors = self.judge()
        self.assertEqual(status, 78, errors)
        self.assertIn("many.pem", errors)

    def test_four_megabytes_of_nested_cbor(self):
        for item, name in ((b"\x81", "lists"), (b"\xa1\x00", "maps"), (b"\xd2", "tags"), (b"\x9f", "endless lists")):
            with self.subTest(name):
                def change(content, layer, item=item):
                    layer["mediaType"] = "application/cose"
                    return (b"\xd2\x84" + item * (4 * MIB))[:4 * MIB]

                status, image, errors = self.judge(layout=with_envelope(self.folder / "layout", LAYOUT, change))
                self.assertEqual((status, image["code"]), (1, "CS104"), errors)
                self.assertLess(len(image["message"]), 400)

    def test_four_megabytes_of_nested_json(self):
        def change(content, layer):
            return b'{"payload":' + b"[" * (4 * MIB - 11)

        status, image, errors = self.judge(layout=with_envelope(self.folder / "layout", LAYOUT, change))
        self.assertEqual((status, image["code"]), (1, "CS104"), errors)

    def test_an_envelope_over_the_limit(self):
        status, image, errors = self.judge(layout=with_envelope(self.folder / "layout", LAYOUT, lambda *_: b"{" * (4 * MIB + 1)))
        self.assertEqual((status, image["code"]), (2, "CS205"), errors)

    def test_a_clock_that_is_wrong(self):
        for now, bound in (("2001-01-01T00:00:00Z", "begins"), ("2999-01-01T00:00:00Z", "ended")):
            status, image, errors = self.judge("--now", now)
            self.assertEqual((status, image["code"]), (1, "CS106"), errors)
            self.assertIn(now, image["message"])
            self.assertIn(bound, image["message"])


if __name__ == "__main__":
    unittest.main()
