"""`verify` against OCSP responders and CRL servers on loopback: answers that openssl makes, and servers that misbehave."""

import base64
import hashlib
import http.server
import json
import resource
import shutil
import threading
import time
import unittest
import urllib.parse

import stage
from support import SANITIZED, TAG, run, services
from harness.certificates import Authority
from harness.processes import run as run_program

LAYOUT = "signed-rsa"
MIB = 1024 * 1024


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def tlv(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


class Servers:
    """One HTTP server that is OCSP responder and CRL server, and does what a test asks for."""

    def __init__(self):
        self.answers = {}  # by the first part of the path: bytes, or a function of the handler
        self.asked = []
        self.over = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.body = b""
                self.answer()

            def do_POST(self):
                self.body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer()

            def answer(self):
                outer.asked.append(f"{self.command} {self.path}")
                part = self.path.split("/")[1]
                answer = outer.answers.get(part)
                if callable(answer):
                    return answer(self)
                self.reply(200 if answer is not None else 404, answer or b"")

            def reply(self, status, body, **headers):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *unused: None  # who does not wait for an answer's end is in his right
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def trickle(self, body):
        """A byte a second."""
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.close_connection = True
            for octet in body:
                if self.over.wait(1):
                    return
                try:
                    handler.wfile.write(bytes([octet]))
                    handler.wfile.flush()
                except OSError:
                    return
        return answer

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class Revocation(stage.Stage):
    def setUp(self):
        super().setUp()
        self.servers = Servers()
        self.addCleanup(self.servers.stop)
        self.ca = Authority(self.folder)
        self.index = self.write("index.txt", "")
        self.write("crlnumber", "05\n")
        store = self.folder / "truststore" / "x509" / "ca" / "demo"
        store.mkdir(parents=True)
        shutil.copy(self.ca.certificate, store)
        self.trust_policy("strict")

    def trust_policy(self, level, **override):
        policy = json.loads((services.DEMO / "trustpolicy.json").read_text())
        policy["trustPolicies"][0]["signatureVerification"] = {"level": level, "override": override}
        self.policy = self.write("trustpolicy.json", json.dumps(policy))

    def signed(self, *names):
        """A layout signed by a new signer, whose certificate names OCSP, CRL or both."""
        extensions = self.write("leaf.ext", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                                            "extendedKeyUsage=codeSigning\n" + "".join(name + "\n" for name in names))
        certificate, key, request = (self.folder / f"leaf.{end}" for end in ("crt", "key", "csr"))
        run_program("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/C=US/ST=WA/O=Countersign Demo/CN=signer",
                    "-keyout", key, "-out", request)
        run_program("openssl", "x509", "-req", "-in", request, "-CA", self.ca.certificate, "-CAkey", self.ca.key,
                    "-set_serial", "0x1000", "-days", "30", "-sha256", "-extfile", extensions, "-out", certificate)
        chain = []
        for pem in (certificate, self.ca.certificate):
            der = self.folder / "certificate.der"
            run_program("openssl", "x509", "-in", pem, "-outform", "DER", "-out", der)
            chain.append(der.read_bytes())

        layout = self.folder / "layout"
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
        protected = base64url(json.dumps({
            "alg": "PS256", "cty": "application/vnd.cncf.notary.payload.v1+json", "crit": ["io.cncf.notary.signingScheme"],
            "io.cncf.notary.signingScheme": "notary.x509",
            "io.cncf.notary.signingTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}).encode())
        payload = blob(layer)["payload"]
        message, signature = self.write("message", f"{protected}.{payload}"), self.folder / "signature"
        run_program("openssl", "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
                    "-sign", key, "-out", signature, message)
        put(layer, {"payload": payload, "protected": protected, "header": {"x5c": [base64.b64encode(der).decode() for der in chain]},
                    "signature": base64url(signature.read_bytes())})
        thumbprints = json.dumps([hashlib.sha256(der).hexdigest() for der in chain])
        for each in (manifest, entry):
            each.setdefault("annotations", {})["io.cncf.notary.x509chain.thumbprint#S256"] = thumbprints
        put(entry, manifest)
        (layout / "index.json").write_text(json.dumps(index))
        self.layout = layout
        return layout

    def ocsp(self, part="ocsp"):
        return f"authorityInfoAccess=OCSP;URI:{self.servers.url}/{part}"

    def crl(self, *parts):
        return "crlDistributionPoints=" + ",".join(f"URI:{self.servers.url}/{part}" for part in parts or ("crl",))

    def status(self, revoked):
        ended, expiry = time.strftime("%y%m%d%H%M%SZ", time.gmtime()), "401231235959Z"
        self.index.write_text(f"R\t{expiry}\t{ended}\t1000\tunknown\t/CN=signer\n" if revoked
                              else f"V\t{expiry}\t\t1000\tunknown\t/CN=signer\n")

    def responder(self, handler):
        """What `openssl ocsp` answers."""
        request, response = self.folder / "request.der", self.folder / "response.der"
        if handler.command == "GET":
            request.write_bytes(base64.b64decode(urllib.parse.unquote(handler.path.split("/", 2)[2])))
        else:
            request.write_bytes(handler.body)
        run_program("openssl", "ocsp", "-index", self.index, "-CA", self.ca.certificate, "-rsigner", self.ca.certificate,
                    "-rkey", self.ca.key, "-rmd", "sha256", "-ndays", "1", "-reqin", request, "-respout", response)
        handler.reply(200, response.read_bytes())

    def list(self):
        """What `openssl ca` lists."""
        options, pem, der = self.folder / "ca.cnf", self.folder / "crl.pem", self.folder / "crl.der"
        options.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.index}\ncrlnumber={self.folder}/crlnumber\n"
                           "default_md=sha256\ndefault_crl_days=1\n")
        run_program("openssl", "ca", "-config", options, "-gencrl", "-cert", self.ca.certificate, "-keyfile", self.ca.key,
                    "-out", pem)
        run_program("openssl", "crl", "-in", pem, "-outform", "DER", "-out", der)
        return der.read_bytes()

    def large_list(self, size):
        """A valid list of others' numbers, of a little less than `size` bytes."""
        small = self.list()
        body = small[4:] if small[1] == 0x82 else small[3:]
        algorithm_at = body.index(bytes.fromhex("300a06082a8648ce3d040302"))
        algorithm = body[algorithm_at:algorithm_at + 12]
        issuer = self.folder / "issuer.der"
        run_program("openssl", "x509", "-in", self.ca.certificate, "-outform", "DER", "-out", issuer)
        certificate = issuer.read_bytes()
        name_at = certificate.index(b"\x30", certificate.index(algorithm) + 12)
        name = certificate[name_at:name_at + 2 + certificate[name_at + 1]]
        times = [tlv(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + shift)).encode()) for shift in (-60, 86400)]
        entry = tlv(0x30, tlv(0x02, b"\x01" * 16) + times[0])
        count = (size - 1000) // len(entry)
        entries = b"".join(tlv(0x30, tlv(0x02, b"\x01" + (number + 1).to_bytes(15, "big")) + times[0]) for number in range(count))
        tbs = tlv(0x30, tlv(0x02, b"\x01") + algorithm + name + b"".join(times) + tlv(0x30, entries))
        data, signature = self.write("tbs", tbs), self.folder / "tbs.signature"
        run_program("openssl", "dgst", "-sha256", "-sign", self.ca.key, "-out", signature, data)
        return tlv(0x30, tbs + algorithm + tlv(0x03, b"\0" + signature.read_bytes()))

    def judged(self, status, *options, egress=("--egress-allow", "127.0.0.0/8"), seconds=60):
        """The image's code, and what became of the check."""
        ended = run("verify", "--trust-policy", self.policy, "--trust-store", self.folder / "truststore", "--oci-layout",
                    self.layout, *egress, *options, "--output", "json", f"registry.example/demo/{LAYOUT}:{TAG}",
                    seconds=seconds)
        self.assert_ended(ended, status)
        (image,) = json.loads(ended.out)["images"]
        (check,) = (each for each in image["signatures"][0]["checks"] if each["check"] == "revocation")
        return image["code"], check["result"], check["reason"]

    # shows: N-482 N-483
    def test_ocsp(self):
        self.signed(self.ocsp())
        self.servers.answers["ocsp"] = self.responder
        self.status(revoked=False)
        self.assertEqual(self.judged(0), ("CS000", "passed", ""))
        self.status(revoked=True)
        code, result, reason = self.judged(1)
        self.assertEqual((code, result), ("CS108", "failed"))
        self.assertEqual(reason, 'signing certificate with subject "CN=signer,O=Countersign Demo,ST=WA,C=US" is revoked: '
                                 "the OCSP responder says so")
        self.index.write_text("")
        self.assertEqual(self.judged(2)[:2], ("CS201", "failed"))

    # shows: N-506 N-507
    def test_crl(self):
        self.signed(self.crl())
        self.status(revoked=False)
        self.servers.answers["crl"] = self.list()
        self.assertEqual(self.judged(0), ("CS000", "passed", ""))
        self.assertEqual(self.servers.asked, ["GET /crl"])
        self.status(revoked=True)
        self.servers.answers["crl"] = self.list()
        self.assertEqual(self.judged(1)[:2], ("CS108", "failed"))

    # shows: N-531 N-532
    def test_levels(self):
        self.signed(self.crl())
        self.status(revoked=True)
        self.servers.answers["crl"] = self.list()
        self.trust_policy("permissive")
        self.assertEqual(self.judged(0)[:2], ("CS000", "failed"))
        asked = len(self.servers.asked)
        self.trust_policy("strict", revocation="skip")
        self.assertEqual(self.judged(0)[:2], ("CS000", "skipped"))
        self.assertEqual(len(self.servers.asked), asked)

    def test_nobody_is_there(self):
        self.signed(self.ocsp("none"), self.crl("none"))
        code, result, reason = self.judged(2)
        self.assertEqual((code, result), ("CS201", "failed"))
        self.assertEqual(reason.count("HTTP status 404"), 2, reason)

    # shows: N-488 N-519
    def test_a_byte_a_second(self):
        self.signed(self.ocsp(), self.crl())
        self.status(revoked=False)
        self.servers.answers["ocsp"] = self.servers.trickle(b"x" * 100)
        self.servers.answers["crl"] = self.list()
        start = time.monotonic()
        self.assertEqual(self.judged(0)[:2], ("CS000", "passed"))
        self.assertLess(time.monotonic() - start, 6)
        self.servers.answers["crl"] = self.servers.trickle(b"x" * 100)
        start = time.monotonic()
        self.assertEqual(self.judged(2)[:2], ("CS201", "failed"))
        self.assertLess(time.monotonic() - start, 10)

    # shows: N-499 N-518
    def test_too_large(self):
        self.signed(self.ocsp(), self.crl())
        self.servers.answers["ocsp"] = b"x" * 20481
        self.servers.answers["crl"] = b"x" * (32 * MIB)
        code, result, reason = self.judged(2)
        self.assertEqual((code, result), ("CS201", "failed"))
        self.assertEqual(reason.count("larger than"), 2, reason)

    def test_a_large_list(self):
        self.signed(self.crl())
        self.status(revoked=False)
        large = self.large_list(32 * MIB)
        self.assertGreater(len(large), 31 * MIB)
        self.servers.answers["crl"] = large
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertEqual(self.judged(0)[:2], ("CS000", "passed"))
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        if SANITIZED or used == before:
            self.skipTest("memory is no measure here")
        print(f"\n  a CRL of {len(large) // MIB} MiB: {used // 1024} MiB in all")
        self.assertLess(used * 1024, 2 * len(large) + 40 * MIB)

    # Addresses of certificates are held to the egress policy, on every hop.
    def test_private_addresses(self):
        self.signed(self.crl())
        self.status(revoked=False)
        self.servers.answers["crl"] = self.list()
        code, _, reason = self.judged(2, egress=())
        self.assertEqual(code, "CS201")
        self.assertIn("is not contacted: a loopback address", reason)
        self.assertEqual(self.servers.asked, [])
        self.servers.answers["crl"] = lambda handler: handler.reply(302, b"", Location="http://169.254.169.254/latest")
        code, _, reason = self.judged(2)
        self.assertEqual(code, "CS201")
        self.assertIn("is not contacted", reason)
        self.servers.answers["crl"] = lambda handler: handler.reply(302, b"", Location=f"{self.servers.url}/moved")
        self.servers.answers["moved"] = self.list()
        self.assertEqual(self.judged(0)[0], "CS000")

    # A clock that is wrong by a year.
    def test_wrong_clock(self):
        self.signed(self.crl())
        self.status(revoked=False)
        self.servers.answers["crl"] = self.list()
        self.trust_policy("strict", authenticTimestamp="log")
        for shift in (-365, 365):
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift * 86400))
            self.assertEqual(self.judged(2, "--now", now)[:2], ("CS201", "failed"))

    def test_offline(self):
        self.signed(self.ocsp(), self.crl())
        self.status(revoked=False)
        folder = self.folder / "offline"
        folder.mkdir()
        offline = ("--revocation-offline", folder)
        self.assertEqual(self.judged(2, *offline)[:2], ("CS201", "failed"))
        (folder / "ca.crl").write_bytes(self.list())
        self.assertEqual(self.judged(0, *offline)[:2], ("CS000", "passed"))
        self.status(revoked=True)
        time.sleep(1.1)  # thisUpdate has whole seconds
        (folder / "newer.crl").write_bytes(self.list())
        self.assertEqual(self.judged(1, *offline)[:2], ("CS108", "failed"))
        self.assertEqual(self.servers.asked, [])

    # shows: N-529 N-530
    def test_lists_survive_a_restart(self):
        self.signed(self.crl())
        self.status(revoked=False)
        self.servers.answers["crl"] = self.list()
        cache = self.folder / "cache"
        cache.mkdir()
        configuration = self.write("config.yaml", json.dumps({
            "apiVersion": "countersign.dev/v1alpha1", "kind": "Configuration",
            "trust": {"policy": "trustpolicy.json", "directory": "truststore"},
            "egress": {"allow": ["127.0.0.0/8"]}, "revocation": {"cacheDirectory": "cache"}}))
        for _ in range(2):
            ended = run("verify", "--config", configuration, "--oci-layout", self.layout, f"registry.example/demo/{LAYOUT}:{TAG}")
            self.assert_ended(ended, 0)
        self.assertEqual(self.servers.asked, ["GET /crl"])
        (kept,) = cache.iterdir()
        kept.write_bytes(b"broken")
        ended = run("verify", "--config", configuration, "--oci-layout", self.layout, f"registry.example/demo/{LAYOUT}:{TAG}")
        self.assert_ended(ended, 0)
        self.assertEqual(self.servers.asked, ["GET /crl", "GET /crl"])


if __name__ == "__main__":
    unittest.main()
