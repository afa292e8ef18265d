"""A signer of images made by openssl when a test runs: a root, a code-signing certificate with any extensions, JWS
envelopes with or without an RFC 3161 timestamp, and OCSP answers about what the root has issued."""

import base64
import datetime
import json

from harness.certificates import NEW_KEY, Authority
from harness.processes import run

PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"
ENVELOPE_TYPE = "application/jose+json"
COORDINATE = 32  # bytes of a P-256 coordinate


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def der_of(pem):
    return base64.b64decode("".join(pem.split("-----")[2].split()))


def raw_signature(der):
    """r and s of a DER ECDSA signature (shorter than 128 bytes), one after the other as JWS wants them."""
    out, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        out += der[at + 2:at + 2 + size].lstrip(b"\0").rjust(COORDINATE, b"\0")
        at += 2 + size
    return out


class Issuer:
    """A root in a new folder, one certificate of it with `extensions` (lines of an openssl section), and its OCSP answers."""

    def __init__(self, folder, name, subject, extensions):
        self.folder = folder / name
        self.folder.mkdir()
        self.root = Authority(self.folder, name)
        self.certificate, self.key, request, options = (self.folder / f"leaf.{end}" for end in ("crt", "key", "csr", "ext"))
        options.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" + extensions)
        run("openssl", "req", *NEW_KEY, "-subj", subject, "-keyout", self.key, "-out", request)
        run("openssl", "x509", "-req", "-in", request, "-CA", self.root.certificate, "-CAkey", self.root.key,
            "-CAcreateserial", "-days", "30", "-extfile", options, "-out", self.certificate)
        self.database = self.folder / "index.txt"
        self.set_status("V")

    def chain(self):
        return [der_of(self.certificate.read_text()), der_of(self.root.pem)]

    def set_status(self, status):
        """What the root's database says of the certificate: V(alid) or R(evoked)."""
        serial = run("openssl", "x509", "-noout", "-serial", "-in", self.certificate).strip().split("=")[1]
        revoked = "250101000000Z" if status == "R" else ""
        self.database.write_text(f"{status}\t491231235959Z\t{revoked}\t{serial}\tunknown\t/CN=leaf\n")

    def ocsp_answer(self, question):
        """The OCSP response to a DER request."""
        request, response = self.folder / "ocsp.req", self.folder / "ocsp.resp"
        request.write_bytes(question)
        run("openssl", "ocsp", "-index", self.database, "-CA", self.root.certificate, "-rsigner", self.root.certificate,
            "-rkey", self.root.key, "-reqin", request, "-respout", response, "-ndays", "1")
        return response.read_bytes()


class Signer(Issuer):
    def __init__(self, folder, name="signer", extensions=""):
        super().__init__(folder, name, f"/C=US/ST=WA/O=Example/CN={name}", "extendedKeyUsage=codeSigning\n" + extensions)

    def envelope(self, target, stamp=None):
        """A JWS signature of the descriptor `target`; `stamp(signature)` gives its timestamp token."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        header = {"alg": "ES256", "cty": PAYLOAD_TYPE, "crit": ["io.cncf.notary.signingScheme"],
                  "io.cncf.notary.signingScheme": "notary.x509", "io.cncf.notary.signingTime": now}
        protected, payload = (base64url(json.dumps(part).encode()) for part in (header, {"targetArtifact": target}))
        data, out = self.folder / "data", self.folder / "signature"
        data.write_text(f"{protected}.{payload}")
        run("openssl", "dgst", "-sha256", "-sign", self.key, "-out", out, data)
        signature = raw_signature(out.read_bytes())
        unprotected = {"x5c": [base64.b64encode(each).decode() for each in self.chain()]}
        if stamp:
            unprotected["io.cncf.notary.timestampSignature"] = base64.b64encode(stamp(signature)).decode()
        return json.dumps({"payload": payload, "protected": protected, "header": unprotected,
                           "signature": base64url(signature)}).encode()


class TimestampAuthority(Issuer):
    def __init__(self, folder, name, extensions=""):
        super().__init__(folder, name, f"/CN={name} stamp", "extendedKeyUsage=critical,timeStamping\n" + extensions)
        self.configuration = self.folder / "ts.cnf"
        self.configuration.write_text(f"[t]\nserial={self.folder}/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n"
                                      "digests=sha256,sha384,sha512\naccuracy=secs:1\ness_cert_id_alg=sha256\n")

    def token(self, message):
        """A TimeStampToken for `message`, of now."""
        data, query, token = (self.folder / name for name in ("data", "query", "token"))
        data.write_bytes(message)
        run("openssl", "ts", "-query", "-data", data, "-sha384", "-cert", "-out", query)
        run("openssl", "ts", "-reply", "-config", self.configuration, "-section", "t", "-queryfile", query,
            "-signer", self.certificate, "-inkey", self.key, "-chain", self.root.certificate, "-token_out", "-out", token)
        return token.read_bytes()
