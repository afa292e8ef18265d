"""`verify` for signatures with an RFC 3161 timestamp: the demo's, signed with the reference implementation, timestamped by openssl."""

import base64
import json
import shutil
import unittest

import stage
from layouts import with_envelope
from support import EXPECTED, TAG, run, services
from harness.signing import TimestampAuthority

LAYOUT = "signed-rsa"
TIMESTAMP = "io.cncf.notary.timestampSignature"


class Timestamps(stage.Stage):
    def setUp(self):
        super().setUp()
        self.authority = TimestampAuthority(self.folder, "authority")
        shutil.copytree(services.DEMO / "truststore", self.folder / "truststore")
        store = self.folder / "truststore" / "x509" / "tsa" / "authority"
        store.mkdir(parents=True)
        shutil.copy(self.authority.root.certificate, store)
        self.trust_policy("strict")

    def trust_policy(self, level):
        policy = json.loads((services.DEMO / "trustpolicy.json").read_text())
        policy["trustPolicies"][0]["trustStores"].append("tsa:authority")
        policy["trustPolicies"][0]["signatureVerification"]["level"] = level
        self.policy = self.write("trustpolicy.json", json.dumps(policy))

    def stamped(self, stamp):
        """A copy of the layout whose signature carries `stamp(signature)`."""
        def change(content, layer):
            envelope = json.loads(content)
            signature = base64.urlsafe_b64decode(envelope["signature"] + "==")
            envelope["header"][TIMESTAMP] = base64.b64encode(stamp(signature)).decode()
            return json.dumps(envelope).encode()

        return with_envelope(self.folder / "layout", LAYOUT, change)

    def judged(self, layout, status):
        """The image's code, and what became of the check."""
        ended = run("verify", "--trust-policy", self.policy, "--trust-store", self.folder / "truststore", "--oci-layout", layout,
                    "--output", "json", f"registry.example/demo/{LAYOUT}:{TAG}")
        self.assert_ended(ended, status)
        (image,) = json.loads(ended.out)["images"]
        self.assertEqual(image["digest"], EXPECTED["layouts"][LAYOUT]["digest"])
        (check,) = (each for each in image["signatures"][0]["checks"] if each["check"] == "authenticTimestamp")
        return image["code"], check["result"], check["reason"]

    def test_that_holds(self):
        self.assertEqual(self.judged(self.stamped(self.authority.token), 0), ("CS000", "passed", ""))

    def test_that_is_missing(self):
        code, result, reason = self.judged(services.DEMO / "layouts" / LAYOUT, 1)
        self.assertEqual((code, result), ("CS107", "failed"))
        self.assertIn("no timestamp countersignature was found", reason)

    def test_of_an_authority_that_nobody_trusts(self):
        code, result, reason = self.judged(self.stamped(TimestampAuthority(self.folder, "stranger").token), 1)
        self.assertEqual((code, result), ("CS107", "failed"))
        self.assertIn('no chain leads from the timestamping certificate "CN=stranger stamp" to a trusted root', reason)

    def test_of_other_bytes(self):
        code, result, reason = self.judged(self.stamped(lambda signature: self.authority.token(signature + b"x")), 1)
        self.assertEqual((code, result), ("CS107", "failed"))
        self.assertIn("the timestamp is for another signature", reason)

    def test_that_is_no_token(self):
        for stamp in (b"x", self.authority.token(b"x")[:-1], self.authority.token(b"x") + b"\0"):
            code, result, reason = self.judged(self.stamped(lambda signature, stamp=stamp: stamp), 1)
            self.assertEqual((code, result), ("CS107", "failed"))
            self.assertIn("timestamp token: not one complete element", reason)

    def test_of_an_authority_that_could_be_revoked(self):
        name = "revocable"
        authority = TimestampAuthority(self.folder, name, "authorityInfoAccess=OCSP;URI:http://ocsp.example\n")
        shutil.copy(authority.root.certificate, self.folder / "truststore" / "x509" / "tsa" / "authority" / f"{name}.crt")
        code, result, reason = self.judged(self.stamped(authority.token), 2)
        self.assertEqual((code, result), ("CS201", "failed"))
        self.assertIn("revocation status is unknown", reason)

    def test_that_is_only_logged(self):
        self.trust_policy("permissive")
        self.assertEqual(self.judged(self.stamped(lambda signature: b"x"), 0)[:2], ("CS000", "failed"))


if __name__ == "__main__":
    unittest.main()
