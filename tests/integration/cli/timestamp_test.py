"""`verify` for signatures with an RFC 3161 timestamp: the demo's, signed with the reference implementation, timestamped by openssl."""

import base64
import hashlib
import json
import shutil
import unittest

import stage
from support import EXPECTED, TAG, run, services
from harness.certificates import NEW_KEY, Authority
from harness.processes import run as run_program

LAYOUT = "signed-rsa"
TIMESTAMP = "io.cncf.notary.timestampSignature"


class TimestampAuthority:
    """A root, and a certificate of it for timestamping."""

    def __init__(self, folder, name, extensions=""):
        self.folder = folder / name
        self.folder.mkdir()
        self.root = Authority(self.folder, name)
        self.certificate, self.key, request, options = (self.folder / f"stamp.{end}" for end in ("crt", "key", "csr", "ext"))
        options.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                           "extendedKeyUsage=critical,timeStamping\n" + extensions)
        run_program("openssl", "req", *NEW_KEY, "-subj", f"/CN={name} stamp", "-keyout", self.key, "-out", request)
        run_program("openssl", "x509", "-req", "-in", request, "-CA", self.root.certificate, "-CAkey", self.root.key,
                    "-CAcreateserial", "-days", "30", "-extfile", options, "-out", self.certificate)
        self.configuration = self.folder / "ts.cnf"
        self.configuration.write_text(f"[t]\nserial={self.folder}/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n"
                                      "digests=sha256,sha384,sha512\naccuracy=secs:1\ness_cert_id_alg=sha256\n")

    def token(self, message):
        """A TimeStampToken for `message`, of now."""
        data, query, token = (self.folder / name for name in ("data", "query", "token"))
        data.write_bytes(message)
        run_program("openssl", "ts", "-query", "-data", data, "-sha384", "-cert", "-out", query)
        run_program("openssl", "ts", "-reply", "-config", self.configuration, "-section", "t", "-queryfile", query,
                    "-signer", self.certificate, "-inkey", self.key, "-chain", self.root.certificate, "-token_out", "-out", token)
        return token.read_bytes()


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
        layout = self.folder / "layout"
        shutil.rmtree(layout, ignore_errors=True)
        shutil.copytree(services.DEMO / "layouts" / LAYOUT, layout)
        blobs = layout / "blobs" / "sha256"

        def blob(descriptor):
            return json.loads((blobs / descriptor["digest"].removeprefix("sha256:")).read_bytes())

        def put(descriptor, value):
            content = json.dumps(value).encode()
            digest = hashlib.sha256(content).hexdigest()
            (blobs / digest).write_bytes(content)
            descriptor.update(digest=f"sha256:{digest}", size=len(content))

        index = json.loads((layout / "index.json").read_text())
        (entry,) = (each for each in index["manifests"] if each.get("artifactType") == "application/vnd.cncf.notary.signature")
        manifest = blob(entry)
        (layer,) = manifest["layers"]
        envelope = blob(layer)
        signature = base64.urlsafe_b64decode(envelope["signature"] + "==")
        envelope["header"][TIMESTAMP] = base64.b64encode(stamp(signature)).decode()
        put(layer, envelope)
        put(entry, manifest)
        (layout / "index.json").write_text(json.dumps(index))
        return layout

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
