"""Debian's docker-registry: anonymous, with passwords, and with tokens of a small token server."""

import base64
import json
import subprocess
import time
import unittest
import urllib.request

from registry_case import SECRET, RegistryCase
from harness.certificates import Authority
from harness.registry import DockerRegistry
from hostile_registry import INDEX, MANIFEST, REPOSITORY, Signature, digest, dump
from hostile_server import HostileServer, response


class Named:
    """What RegistryCase wants to know of a registry."""

    def __init__(self, name):
        self.name = name
        self.reference = f"{name}/{REPOSITORY}:v1"


class Docker(RegistryCase):
    def setUp(self):
        self.where = self.folder()
        self.registry = Named("")

    def serve(self, **options):
        server = self.start(DockerRegistry(self.where, **options))
        self.registry = Named(server.host)
        return server

    def put(self, path, data, kind, method="PUT"):
        url = path if path.startswith("http") else f"http://{self.registry.name}{path}"
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers

    def push(self):
        """One image, and its signature under the referrers tag."""
        def blob(data):
            location = self.put(f"/v2/{REPOSITORY}/blobs/uploads/", b"", "application/octet-stream", "POST")["Location"]
            self.put(f"{location}{'&' if '?' in location else '?'}digest={digest(data)}", data, "application/octet-stream")

        for data in (b"{}", b"envelope"):
            blob(data)
        image = dump({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                      "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(b"{}"), "size": 2}})
        signature = Signature(image)
        index = dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [signature.entry()]})
        self.put(f"/v2/{REPOSITORY}/manifests/v1", image, MANIFEST)
        self.put(f"/v2/{REPOSITORY}/manifests/{digest(signature.manifest)}", signature.manifest, MANIFEST)
        self.put(f"/v2/{REPOSITORY}/manifests/sha256-{digest(image)[7:]}", index, INDEX)
        return image

    def test_anonymous(self):
        # shows: R-91
        self.serve()
        image = self.push()
        result = self.fetch()
        self.assert_good_envelopes(result, 1)
        self.assertEqual(result["digest"], digest(image))
        self.assertEqual(result["method"], "tag")
        self.assert_fails(self.resolve(image=f"{self.registry.name}/{REPOSITORY}:none"), "CS111", "NOT_FOUND")
        self.assert_fails(self.resolve(image=f"{self.registry.name}/other/app:v1"), "CS111", "NOT_FOUND")
        by_digest = self.resolve(image=f"{self.registry.name}/{REPOSITORY}@{digest(image)}")
        self.assertEqual(by_digest["size"], len(image))
        self.assert_fails(self.resolve(image=f"{self.registry.name}/{REPOSITORY}@sha256:{'0' * 64}"), "CS111", "NOT_FOUND")

    def test_unsigned(self):
        self.serve()
        self.push()
        config = dump({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [], "annotations": {"x": "y"},
                       "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(b"{}"), "size": 2}})
        self.put(f"/v2/{REPOSITORY}/manifests/unsigned", config, MANIFEST)
        result = self.fetch(image=f"{self.registry.name}/{REPOSITORY}:unsigned")
        self.assertTrue(result["ok"])
        self.assertEqual((result["candidates"], result.get("incomplete")), (0, None))

    def test_passwords_over_tls(self):
        # shows: R-142
        self.serve_and_push().stop()
        authority = Authority(self.where)
        self.serve(password=("user", SECRET), tls=authority.issue("server"))
        entry = {"match": self.registry.name, "ca": [authority.pem]}
        good = {"registries": [entry | {"dockerConfig": self.credentials()}]}
        self.assert_good_envelopes(self.fetch(good), 1)
        wrong = {"registries": [entry | {"dockerConfig": self.credentials(password="wrong")}]}
        self.assert_fails(self.resolve(wrong), "CS202", "UNAUTHENTICATED")
        self.assert_fails(self.resolve({"registries": [entry]}), "CS202", "UNAUTHENTICATED")
        self.assert_fails(self.resolve({"registries": [{"match": self.registry.name}]}), "CS204", "TLS_UNTRUSTED")

    def test_http2(self):
        # shows: R-222
        self.serve_and_push().stop()
        authority = Authority(self.where)
        self.serve(tls=authority.issue("server"))
        settings = {"registries": [{"match": self.registry.name, "ca": [authority.pem]}]}
        step = {"do": "resolve", "image": self.registry.reference}
        one, many = self.run_probe([step, dict(step, count=400)], settings)
        self.assertEqual(many["tally"], {"ok": 400})
        self.assertLessEqual(many["fds"] - one["fds"], 63, "64 connections at most")

    def serve_and_push(self):
        server = self.serve()
        self.push()
        return server

    def token(self, key, chain, repository, lifetime=300):
        def encoded(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        now = int(time.time())
        head = {"typ": "JWT", "alg": "ES256", "x5c": [chain]}
        claims = {"iss": "test-issuer", "aud": "reg.test", "sub": "", "exp": now + lifetime, "nbf": now - 400, "iat": now - 400, "jti": "1",
                  "access": [{"type": "repository", "name": repository, "actions": ["pull"]}]}
        text = encoded(dump(head)) + "." + encoded(dump(claims))
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(key)], input=text.encode(), capture_output=True, check=True).stdout
        # From DER to r and s of 32 bytes each.
        at = 4
        r = der[at : at + der[3]]
        at += der[3] + 2
        s = der[at : at + der[at - 1]]
        return text + "." + encoded(b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s)))

    def test_tokens(self):
        # shows: R-138
        self.serve_and_push().stop()
        authority = Authority(self.where)
        certificate, key = authority.issue("signer")
        chain = "".join(certificate.read_text().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0].split())
        issued = []
        lifetimes = [300]
        repositories = [REPOSITORY]

        def token_server(connection, request):
            issued.append(request)
            return response(200, json.dumps({"token": self.token(key, chain, repositories[-1], lifetimes[-1]), "expires_in": 300}))

        tokens = self.start(HostileServer(token_server))
        self.serve(auth=f"auth: {{token: {{realm: {tokens.origin}/token, service: reg.test, issuer: test-issuer, rootcertbundle: {authority.certificate}}}}}")
        settings = {"registries": [self.entry()], "egressAllow": ["127.0.0.0/8"]}
        self.assert_good_envelopes(self.fetch(settings), 1)
        self.assertEqual(len(issued), 1)
        # The realm is at another port of this machine, so it is contacted only where that is allowed.
        self.assert_fails(self.resolve(), "CS205", "POLICY_BLOCKED_ADDRESS")
        # A token for something else, and one that has expired.
        repositories.append("other/app")
        self.assert_fails(self.resolve(settings), "CS202", "UNAUTHENTICATED")
        repositories.append(REPOSITORY)
        lifetimes.append(-200)
        result = self.resolve(settings)
        self.assert_fails(result, "CS202", "UNAUTHENTICATED")
        self.assertLessEqual(len(result["exchanges"]), 5)


if __name__ == "__main__":
    unittest.main()
