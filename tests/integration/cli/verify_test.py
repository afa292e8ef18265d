"""`verify` for images: verdicts, the report, options."""

import json
import re
import time
import unittest

import stage
from support import EXPECTED, TAG, digest_of, milliseconds, run, services, write_configuration
from harness.processes import free_port

IMAGE = {"image": str, "repository": str, "digest": str, "outcome": str, "code": str, "class": str, "action": str, "decision": str,
         "rule": str, "statement": str, "message": str, "remedy": str, "signatures": list, "timings": dict}
SIGNATURE = {"digest": str, "mediaType": str, "scheme": str, "signingTime": str, "expiry": str, "signer": dict,
             "userMetadata": dict, "checks": list}
SIGNER = {"subject": str, "issuer": str, "serial": str, "thumbprint": str}
CHECK = {"check": str, "result": str, "action": str, "reason": str}
CHECKS = ["integrity", "authenticity", "authenticTimestamp", "expiry", "revocation"]


class Verdicts(stage.Stage):
    def test_every_demo_image(self):
        for layout, want in EXPECTED["layouts"].items():
            with self.subTest(layout=layout):
                (image,) = self.report(self.image(layout), status=0 if want["decision"] == "allow" else 1)
                self.assertEqual({key: image[key] for key in ("code", "digest", "decision")},
                                 {key: want[key] for key in ("code", "digest", "decision")})

    def test_from_an_oci_layout(self):
        for layout, want in EXPECTED["layouts"].items():
            for reference in (f":{TAG}", f"@{want['digest']}"):
                with self.subTest(layout=layout, reference=reference):
                    ended = run("verify", *stage.TRUST, "--oci-layout", services.DEMO / "layouts" / layout, "--output", "json",
                                f"registry.example/demo/{layout}{reference}")
                    self.assert_ended(ended, 0 if want["decision"] == "allow" else 1)
                    (image,) = json.loads(ended.out)["images"]
                    self.assertEqual((image["code"], image["digest"]), (want["code"], want["digest"]))

    def test_layouts_that_are_none(self):
        for folder in (self.folder, self.folder / "missing", "/dev/null"):
            ended = run("verify", *stage.TRUST, "--oci-layout", folder, "registry.example/x:1")
            self.assertIn(ended.status, (1, 2, 65), ended)
            self.assertNotIn("CS000", ended.out)
        self.write("index.json", '{"schemaVersion":2,"manifests":[{"digest":"sha256:../../../etc/passwd"}]}')
        self.write("oci-layout", '{"imageLayoutVersion":"1.0.0"}')
        self.assertIn(run("verify", *stage.TRUST, "--oci-layout", self.folder, "registry.example/x:1").status, (1, 2, 65))
        self.assertIn(run("verify", *stage.TRUST, "--oci-layout", services.DEMO / "layouts" / "unsigned",
                          "registry.example/x:other-tag").status, (1, 2))

    def test_report_has_the_shape_of_the_contract(self):
        ended = self.verify(self.image("signed-rsa"), self.image("tampered"), self.image("none"), "::", "--output", "json", status=1)
        report = json.loads(ended.out)
        self.assertEqual(list(report), ["apiVersion", "kind", "images"])
        self.assertEqual((report["apiVersion"], report["kind"]), ("countersign.dev/v1alpha1", "VerificationReport"))

        def has(value, shape):
            self.assertEqual([key for key in value if key in shape], list(shape), value)
            for key, kind in shape.items():
                self.assertIsInstance(value[key], kind, key)

        for image in report["images"]:
            has(image, IMAGE)
            has(image["timings"], {"totalMs": (int, float), "registryMs": (int, float), "exchanges": int})
            for signature in image["signatures"]:
                has(signature, SIGNATURE)
                has(signature["signer"], SIGNER)
                self.assertEqual([check["check"] for check in signature["checks"]], CHECKS)
                for check in signature["checks"]:
                    has(check, CHECK)
                    self.assertIn(check["result"], ("passed", "failed", "skipped", "notReached"))
                    self.assertIn(check["action"], ("enforce", "log", "skip"))
        good, tampered, missing, invalid = report["images"]
        self.assertEqual({key: good[key] for key in ("image", "repository", "digest", "outcome", "code", "class", "action", "decision",
                                                     "rule", "statement", "remedy")},
                         {"image": self.image("signed-rsa"), "repository": f"{self.registry.host}/demo/signed-rsa",
                          "digest": digest_of("signed-rsa"), "outcome": "verified", "code": "CS000", "class": "", "action": "enforce",
                          "decision": "allow", "rule": "default", "statement": "demo", "remedy": ""})
        (signature,) = good["signatures"]
        self.assertEqual((signature["mediaType"], signature["scheme"]), ("application/jose+json", "notary.x509"))
        self.assertRegex(signature["signingTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((tampered["code"], tampered["class"], tampered["decision"]), ("CS104", "verdict", "deny"))
        self.assertEqual((missing["code"], missing["class"]), ("CS111", "verdict"))
        self.assertEqual((invalid["code"], invalid["image"]), ("CS112", "::"))

    def test_text_for_people(self):
        out = self.verify(self.image("signed-rsa"), self.image("unsigned"), "--verbose", status=1).out
        self.assertRegex(out, rf"(?m)^ok      {re.escape(self.image('signed-rsa'))}: CS000 verified")
        self.assertRegex(out, rf"(?m)^DENIED  {re.escape(self.image('unsigned'))}: CS101 unsigned: ")
        self.assertIn("notation sign", out)
        self.assertIn("authenticity passed", out)

    def test_user_metadata(self):
        image = self.image("signed-rsa")
        self.verify(image, status=0)
        ended = self.verify("--user-metadata", "io.build=17", image, status=1)
        self.assertIn('CS115 metadata-mismatch: the signed annotation "io.build" must be "17" and is not there', ended.out)
        self.assertIn("notation sign --user-metadata", ended.out)
        for wrong in ("io.build", "=17", ""):
            self.verify("--user-metadata", wrong, image, status=64)

    def test_user_metadata_of_a_rule(self):
        rules = ('{default: {action: skip}, rules: [{name: built, match: {images: ["' + self.registry.host + '/**"]}, action: %s, '
                 'userMetadata: {io.build: "17"}}]}')
        registries = f'[{{match: "{self.registry.host}", plainHttp: true}}]'
        for action, status in (("enforce", 1), ("audit", 0)):
            path = write_configuration(self.folder, enforcement=rules % action, registries=registries)
            ended = run("verify", "--config", path, self.image("signed-rsa"), "--output", "json")
            self.assertEqual(ended.status, status, ended)
            (entry,) = json.loads(ended.out)["images"]
            self.assertEqual((entry["code"], entry["rule"], entry["action"]), ("CS115", "built", action))

    # shows: N-2
    def test_a_tag_may_be_moved(self):
        digest = digest_of("signed-rsa")
        note = f"note: the tag may be moved; what was verified is {self.image('signed-rsa').rsplit(':', 1)[0]}@{digest}"
        self.assertIn(note, self.verify(self.image("signed-rsa"), status=0).out)
        by_digest = self.image("signed-rsa").rsplit(":", 1)[0] + "@" + digest
        self.assertNotIn("may be moved", self.verify(by_digest, status=0).out)
        self.assertNotIn("may be moved", self.verify(self.image("unsigned"), status=1).out)

    def test_invalid_references(self):
        for image in ("sha256:" + "a" * 64, "a" * 64, "x/UPPER", "x:" + "t" * 200, "https://x/y", "", "\u0430/x", "x\ny"):
            with self.subTest(image=image):
                (report,) = self.report(image, status=1)
                self.assertEqual(report["code"], "CS112")

    def test_exit_status_prefers_the_verdict(self):
        down = f"127.0.0.1:{free_port()}"
        self.verify(f"{down}/x:1", "--plain-http", down, status=2)
        self.verify(f"{down}/x:1", self.image("signed-rsa"), "--plain-http", down, status=2)
        self.verify(f"{down}/x:1", self.image("unsigned"), "--plain-http", down, status=1)
        self.verify(self.image("signed-rsa"), self.image("signed-ec"), status=0)

    def test_now(self):
        (image,) = self.report(self.image("expired"), "--now", "2024-06-01T12:00:00Z", status=0)
        self.assertEqual(image["code"], "CS000")
        (image,) = self.report(self.image("signed-rsa"), "--now", "2099-01-01T00:00:00Z", status=1)
        self.assertEqual(image["code"], "CS106")
        (image,) = self.report(self.image("signed-rsa"), "--now", "2001-01-01T00:00:00+02:00", status=1)
        self.assertEqual(image["code"], "CS106")
        for now in ("yesterday", "2024-13-01T00:00:00Z", "2024-01-01", ""):
            with self.subTest(now=now):
                self.assertEqual(run("verify", *stage.TRUST, "--now", now, "x").status, 64)

    def test_timeout_bounds_the_whole_run(self):
        """However many images there are."""
        self.registry.script = self.registry.hang
        images = [self.image(f"x{number}") for number in range(30)]
        elapsed, ended = milliseconds(lambda: self.verify(*images, "--timeout", "1500ms", "--output", "json", status=2))
        self.assertLess(elapsed, 3500)
        self.assertEqual({image["code"] for image in json.loads(ended.out)["images"]}, {"CS206"})

    def test_images_are_verified_side_by_side_and_once(self):
        self.registry.script = lambda handler: time.sleep(0.3)
        layouts = ["signed-rsa", "signed-ec", "signed-legacy-form", "multi-arch"]
        elapsed, ended = milliseconds(lambda: self.report(*[self.image(layout) for layout in layouts * 3], status=0))
        self.assertEqual(len(ended), 12)
        self.assertLess(elapsed, 4000)  # one takes 1.2 s
        self.assertEqual(self.registry.count(f"/manifests/{TAG}"), 4)

    def test_durations(self):
        for timeout in ("0s", "-1s", "10", "s", "nans", "infs", "1d", "abc", "", "1 s"):
            with self.subTest(timeout=timeout):
                ended = run("verify", *stage.TRUST, "--timeout", timeout, "x")
                self.assertEqual(ended.status, 64, ended)
                self.assertIn("--timeout", ended.err)
        for timeout in ("10s", "9500ms", "0.5m", "1m30s", "1h"):
            with self.subTest(timeout=timeout):
                self.verify(self.image("signed-rsa"), "--timeout", timeout, status=0)
        for timeout in ("10s", "500ms", "1m", "1.5s", "100000m"):
            self.verify(self.image("signed-rsa"), "--timeout", timeout, status=0)

    def test_rules_of_a_namespace(self):
        configuration = write_configuration(
            self.folder, registries=f'[{{match: "{self.registry.host}", plainHttp: true}}]',
            enforcement='{default: {action: enforce}, rules: [{name: trial, match: {namespaces: ["trial-*"]}, action: audit}, '
                        '{name: soft, match: {namespaces: [soft]}, action: warn}, '
                        f'{{name: known, match: {{images: ["{self.registry.host}/demo/tampered"]}}, action: skip}}]}}')
        trust = ("--config", configuration)
        for namespace, action, status in (("shop", "enforce", 1), ("trial-a", "audit", 0), ("soft", "warn", 0)):
            (image,) = self.report(self.image("unsigned"), "--namespace", namespace, status=status, trust=trust)
            self.assertEqual((image["action"], image["code"]), (action, "CS101"))
            self.assertEqual(image["decision"], "deny" if status else "allow")
        (image,) = self.report(self.image("tampered"), status=0, trust=trust)
        self.assertEqual((image["code"], image["outcome"], image["action"], image["rule"]), ("CS001", "skipped", "skip", "known"))
        self.assertEqual(self.registry.count("tampered"), 0)

    def test_without_plain_http_nothing_is_said_in_the_clear(self):
        """A registry on loopback must be named, and TLS is what it is asked for otherwise."""
        ended = run("verify", *stage.TRUST, self.image("signed-rsa"))
        self.assert_ended(ended, 1)
        self.assertIn("CS114", ended.out)
        self.assertEqual(self.registry.count(""), 0)


class Trust(stage.Stage):
    def test_notations_own_folders(self):
        # shows: N-324 N-325
        home = self.folder / "config" / "notation"
        home.mkdir(parents=True)
        stage.shutil.copytree(services.DEMO / "truststore", home / "truststore")
        stage.shutil.copy(services.DEMO / "trustpolicy.json", home / "trustpolicy.json")
        for environment in ({"XDG_CONFIG_HOME": str(self.folder / "config")}, {"NOTATION_CONFIG": str(home)}):
            self.verify(self.image("signed-rsa"), status=0, trust=(), environment=environment)
            self.verify(self.image("wrong-signer"), status=1, trust=(), environment=environment)
        stage.shutil.copy(home / "trustpolicy.json", home / "trustpolicy.oci.json")
        (home / "trustpolicy.json").write_text("{}")
        self.verify(self.image("signed-rsa"), status=0, trust=(), environment={"NOTATION_CONFIG": str(home)})
        # Each of the two stands for itself.
        self.verify(self.image("signed-rsa"), status=0, trust=stage.TRUST[:2], environment={"NOTATION_CONFIG": str(home)})
        self.verify(self.image("signed-rsa"), status=0, trust=stage.TRUST[2:], environment={"NOTATION_CONFIG": str(home)})

    def test_nothing_there(self):
        ended = self.verify(self.image("signed-rsa"), status=78, trust=(), environment={"NOTATION_CONFIG": str(self.folder)})
        self.assertIn("trustpolicy.json", ended.err)
        self.assertEqual(ended.out, "")
        self.assertEqual(self.registry.count(""), 0)

    def test_wrong_policies_and_stores(self):
        for text in ("", "{", "[]", "{}", '{"version":"1.0","trustPolicies":[]}', '{"version":"2.0","trustPolicies":[]}', "\xff"):
            policy = self.write("policy.json", text.encode("latin-1"))
            ended = self.verify("x", status=78, trust=("--trust-policy", policy, *stage.TRUST[2:]))
            self.assertIn("policy.json", ended.err)
        policy = json.loads((services.DEMO / "trustpolicy.json").read_text())
        policy["trustPolicies"][0]["trustStores"] = ["ca:none"]
        ended = self.verify("x", status=78, trust=("--trust-policy", self.write("p.json", json.dumps(policy)), *stage.TRUST[2:]))
        self.assertIn("none", ended.err)
        self.verify("x", status=78, trust=("--trust-policy", self.folder / "missing.json", *stage.TRUST[2:]))
        self.verify("x", status=78, trust=(*stage.TRUST[:2], "--trust-store", self.folder / "missing"))
        store = self.folder / "store" / "x509" / "ca" / "demo"
        store.mkdir(parents=True)
        self.verify("x", status=78, trust=(*stage.TRUST[:2], "--trust-store", self.folder / "store"))
        (store / "a.pem").write_text("not a certificate")
        self.verify("x", status=78, trust=(*stage.TRUST[:2], "--trust-store", self.folder / "store"))

    def test_files_that_options_name(self):
        self.verify("x", "--ca-file", self.folder / "missing.pem", status=78)
        self.verify("x", "--ca-file", self.write("ca.pem", "nonsense"), status=78)
        docker = self.folder / "docker"
        docker.mkdir()
        (docker / "config.json").write_text("{")
        ended = self.verify("x", status=78, environment={"DOCKER_CONFIG": str(docker)})
        self.assertNotIn("CS", ended.out)


if __name__ == "__main__":
    unittest.main()
