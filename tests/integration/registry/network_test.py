"""Redirects, addresses, TLS, names, retries and rate limits."""

import ssl
import unittest
import warnings

from registry_case import SECRET, RegistryCase
from harness.certificates import Authority
from hostile_registry import HostileRegistry, digest
from hostile_server import HostileServer, response

MANIFESTS = "/manifests/v1"


class Redirects(RegistryCase):
    def test_blob_on_another_host(self):
        # shows: R-182 R-193
        blobs = self.start(HostileServer(lambda connection, request: response(200, b"envelope")))
        self.registry.override("GET", "/blobs/", response(307, b"", [("Location", blobs.origin + "/x?sig=" + SECRET)]))
        wanted = "Basic dXNlcjpTM2NyM3RQYXNzdzByZA=="

        def check(connection, request):
            if request.header("authorization") != wanted:
                return response(401, b"", [("WWW-Authenticate", 'Basic realm="x"')])
            return self.registry.good_answer(request)

        self.registry.override("HEAD", "/v2/", check)
        settings = {"registries": [self.entry(dockerConfig=self.credentials())], "egressAllow": ["127.0.0.0/8"]}
        self.assert_good_envelopes(self.fetch(settings), 1)
        names = {name for name, _ in blobs.requests[0].headers}
        self.assertEqual(names, {"host", "user-agent", "accept"})
        blobs.stop()
        failed = self.fetch(settings)["fetched"][0]
        self.assertFalse(failed["ok"])
        self.assertNotIn(SECRET, failed["message"])
        self.assertIn("sig=REDACTED", failed["message"])

    def test_wrong_bytes_on_another_host(self):
        blobs = self.start(HostileServer(lambda connection, request: response(200, b"Envelope")))
        self.registry.override("GET", "/blobs/", response(307, b"", [("Location", blobs.origin + "/x")]))
        settings = {"registries": [self.entry()], "egressAllow": ["127.0.0.0/8"]}
        self.assert_fails(self.fetch(settings)["fetched"][0], "CS205", "DIGEST_MISMATCH")

    def test_forbidden_targets(self):
        # shows: R-186 R-188
        other = self.start(HostileServer(lambda connection, request: response(200)))
        for target, reason in (
            ("http://169.254.169.254/x", "POLICY_BLOCKED_ADDRESS"), ("http://[::ffff:7f00:1]/x", "POLICY_BLOCKED_ADDRESS"),
            (other.origin + "/x", "POLICY_BLOCKED_ADDRESS"), ("//10.0.0.1/x", "POLICY_BLOCKED_ADDRESS"),
            ("http:/10.0.0.1/x", "POLICY_BLOCKED_ADDRESS"), ("///10.0.0.1/x", "POLICY_BLOCKED_ADDRESS"),
            ("http://metadata.google.internal/", "POLICY_BLOCKED_ADDRESS"), ("http://localhost/x", "POLICY_BLOCKED_ADDRESS"),
            ("http://user:pw@example.test/", "BAD_RESPONSE"), ("file:///etc/passwd", "BAD_RESPONSE"),
            ("gopher://127.0.0.1:70/", "BAD_RESPONSE"), ("#x", "BAD_RESPONSE"),
        ):
            self.registry.override("HEAD", MANIFESTS, response(307, b"", [("Location", target)]))
            result = self.resolve()
            self.assertEqual((result["code"], result["reason"]), ("CS205", reason), (target, result))
        self.assertEqual(other.connections, 0)
        self.registry.override("HEAD", MANIFESTS, response(307, b"", [("Location", "http://0x7f.1/x")]))
        self.assertEqual(self.resolve()["code"], "CS205")

    def test_name_that_leads_to_a_private_address(self):
        # shows: R-186
        self.registry.override("HEAD", MANIFESTS, response(307, b"", [("Location", "http://private.blobs.test/x")]))
        result = self.resolve(environment=self.fake_names())
        self.assert_fails(result, "CS205", "POLICY_BLOCKED_ADDRESS")
        self.assertLess(result["ms"], 1500)

    def test_no_or_two_locations(self):
        # shows: R-191
        for headers in ([], [("Location", self.registry.origin + "/a"), ("Location", self.registry.origin + "/b")]):
            self.registry.override("HEAD", MANIFESTS, response(307, b"", headers))
            self.assert_fails(self.resolve(), "CS205", "BAD_RESPONSE")

    def test_circle(self):
        # shows: R-189
        self.registry.override("HEAD", MANIFESTS, response(307, b"", [("Location", MANIFESTS + "?again")]))
        self.registry.override("HEAD", "?again", response(307, b"", [("Location", MANIFESTS + "?again")]))
        result = self.resolve()
        self.assert_fails(result, "CS205", "BAD_RESPONSE")
        self.assertLessEqual(len(result["exchanges"]), 4)


class Addresses(RegistryCase):
    def test_registry_that_is_not_named(self):
        # shows: R-194 R-199
        settings = {"registries": [{"match": "*.example"}]}
        for image in (self.registry.reference, "169.254.169.254/latest/meta-data", "metadata.google.internal/x", "localhost/x",
                      "kubernetes.default.svc:443/api", "168.63.129.16/x", "[fd00:ec2::254]/x", "[::ffff:a9fe:a9fe]/r", "10.0.0.1/x"):
            result = self.resolve(settings, image)
            self.assert_fails(result, "CS114", "POLICY_BLOCKED_ADDRESS")
        self.assertEqual(self.registry.server.connections, 0)

    def test_metadata_even_if_named(self):
        for name in ("169.254.169.254", "metadata.google.internal", "[fd00:ec2::254]"):
            settings = {"registries": [{"match": name}], "egressAllow": ["169.254.0.0/16", "fd00::/8"]}
            self.assert_fails(self.resolve(settings, f"{name}/x"), "CS114", "POLICY_BLOCKED_ADDRESS")

    def test_plain_http_that_is_not_configured(self):
        # shows: R-175
        result = self.resolve({"registries": [{"match": self.registry.name}]})
        self.assert_fails(result, "CS204", "TLS_FAILED")
        self.assertEqual(self.registry.server.requests, [])

    def test_names(self):
        # shows: R-195
        environment = self.fake_names()
        for name, code, reason in (("loopback.reg.test", "CS114", "POLICY_BLOCKED_ADDRESS"),
                                   ("private.reg.test", "CS114", "POLICY_BLOCKED_ADDRESS"),
                                   ("none.reg.test", "CS204", "DNS_FAILED")):
            result = self.resolve({"registries": []}, f"{name}:5000/team/app:v1", environment=environment)
            self.assert_fails(result, code, reason)
        # The private address is skipped for a redirect, the allowed one is used.
        blobs = self.start(HostileServer(lambda connection, request: response(200, b"envelope")))
        self.registry.override("GET", "/blobs/", response(307, b"", [("Location", f"http://both.blobs.test:{blobs.port}/blob")]))
        settings = {"registries": [self.entry()], "egressAllow": ["127.0.0.0/8"]}
        self.assert_good_envelopes(self.fetch(settings, environment=environment), 1)

    def test_resolver_that_takes_four_seconds(self):
        # shows: R-227 R-228
        environment = self.fake_names()
        step = {"do": "resolve", "image": "slow.reg.test/team/app:v1"}
        cancelled, late, connect = self.run_probe(
            [dict(step, cancelAfterMs=300), dict(step, timeoutMs=500), dict(step, timeoutMs=2700)], {"registries": []}, environment)
        self.assertFalse(cancelled["ok"])
        self.assertLess(cancelled["ms"], 1000)
        self.assert_fails(late, "CS206", "BUDGET_EXHAUSTED")
        self.assertLess(late["ms"], 1000)
        self.assert_fails(connect, "CS204", "TIMEOUT")
        self.assertLess(connect["ms"], 2600, "the connect timeout of two seconds")
        for result in (cancelled, late, connect):
            self.assertLess(result["longestGapMs"], 250, "nobody else's turn is held up")


class Environment(RegistryCase):
    def test_proxies_of_the_environment(self):
        # shows: R-179
        proxy = self.start(HostileServer(lambda connection, request: response(502)))
        environment = {name: proxy.origin for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")}
        self.assert_good_envelopes(self.fetch(environment=environment), 1)
        self.assertEqual(proxy.connections, 0)

    def test_many_names_one_after_the_other(self):
        # shows: R-229
        blobs = self.start(HostileServer(lambda connection, request: response(200, b"envelope", [("Connection", "close")])))
        count = []

        def next_name(connection, request):
            count.append(1)
            return response(307, b"", [("Location", f"http://loopback.{len(count)}.test:{blobs.port}/x")])

        self.registry.override("GET", "/blobs/", next_name)
        step = {"do": "fetch", "image": self.registry.reference, "rounds": 40}
        result = self.run_probe([step], {"registries": [self.entry()], "egressAllow": ["127.0.0.0/8"]}, self.fake_names())[0]
        answers = [each for each in result["exchanges"] if " blob " in each]
        self.assertEqual(answers.count(f"{self.registry.name} blob 200"), 40)
        self.assertEqual(blobs.connections, 40)


class Tls(RegistryCase):
    def setUp(self):
        self.where = self.folder()
        self.authority = Authority(self.where)
        self.tls = self.authority.server_context()
        super().setUp()

    def trusted(self, **members):
        return {"registries": [{"match": self.registry.name, "ca": [self.authority.pem]} | members]}

    def other(self, context):
        registry = self.start(HostileRegistry(context))
        return {"registries": [{"match": registry.name, "ca": [self.authority.pem]}]}, registry

    def test_private_ca(self):
        self.assert_good_envelopes(self.fetch(self.trusted()), 1)
        self.assertEqual(self.registry.server.connections, 1)
        everywhere = {"registries": [{"match": self.registry.name}], "ca": [self.authority.pem]}
        self.assertTrue(self.resolve(everywhere)["ok"])

    def test_certificates_that_are_not_trusted(self):
        # shows: R-169
        result = self.resolve({"registries": [{"match": self.registry.name}]})
        self.assert_fails(result, "CS204", "TLS_UNTRUSTED")
        self.assertEqual(len(result["exchanges"]), 1, "not retried")
        stranger = Authority(self.where, "stranger")
        for context in (stranger.server_context("unknown"), self.authority.server_context("wrong", alternative="DNS:other.test"),
                        self.authority.server_context("expired", days=-1),
                        self.authority.server_context("cn-only", alternative=None, subject="/CN=127.0.0.1")):
            settings, registry = self.other(context)
            result = self.resolve(settings, registry.reference)
            self.assert_fails(result, "CS204", "TLS_UNTRUSTED")
            self.assertEqual(len(result["exchanges"]), 1)
            self.assertEqual(registry.server.requests, [])

    def test_old_tls(self):
        # shows: R-172
        context = self.authority.server_context("old")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        settings, registry = self.other(context)
        self.assert_fails(self.resolve(settings, registry.reference), "CS204", "TLS_FAILED")
        self.assertEqual(registry.server.requests, [])

    def test_server_that_wants_a_client_certificate(self):
        context = self.authority.server_context("mutual")
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(self.authority.certificate)
        settings, registry = self.other(context)
        self.assert_fails(self.resolve(settings, registry.reference), "CS204", "TLS_FAILED")

    def test_skipping_verification(self):
        # shows: R-176
        entry = {"match": self.registry.name, "insecureSkipVerify": True, "dockerConfig": self.credentials()}
        self.assertTrue(self.resolve({"registries": [entry]})["ok"])
        self.registry.override("HEAD", MANIFESTS, response(401, b"", [("WWW-Authenticate", 'Basic realm="x"')]))
        self.assert_fails(self.resolve({"registries": [entry]}), "CS202", "UNAUTHENTICATED")
        self.assertEqual({each.header("authorization") for each in self.registry.server.requests}, {""})

    def test_redirect_from_https_to_http(self):
        # shows: R-185
        plain = self.start(HostileServer(lambda connection, request: response(200)))
        self.registry.override("HEAD", MANIFESTS, response(307, b"", [("Location", plain.origin + "/x")]))
        settings = self.trusted() | {"egressAllow": ["127.0.0.0/8"]}
        self.assert_fails(self.resolve(settings), "CS205", "BAD_RESPONSE")
        self.assertEqual(plain.connections, 0)

    def test_redirect_does_not_carry_the_private_ca(self):
        other = self.start(HostileRegistry(self.authority.server_context("blobs")))
        self.registry.override("GET", "/blobs/", response(307, b"", [("Location", other.origin + "/x")]))
        settings = self.trusted() | {"egressAllow": ["127.0.0.0/8"]}
        self.assert_fails(self.fetch(settings)["fetched"][0], "CS204", "TLS_UNTRUSTED")


class Patience(RegistryCase):
    def test_500_then_200(self):
        calls = []

        def flaky(connection, request):
            calls.append(1)
            return response(500) if len(calls) < 2 else self.registry.good_answer(request)

        self.registry.override("HEAD", MANIFESTS, flaky)
        self.assertTrue(self.resolve()["ok"])
        self.assertEqual(len(calls), 2)
        self.registry.override("HEAD", MANIFESTS, response(500))
        result = self.resolve()
        self.assert_fails(result, "CS204", "SERVER_ERROR")
        self.assertEqual(len(result["exchanges"]), 3)

    def test_retry_after(self):
        calls = []

        def busy(connection, request):
            calls.append(1)
            return response(503, b"", [("Retry-After", "1")]) if len(calls) < 2 else self.registry.good_answer(request)

        self.registry.override("HEAD", MANIFESTS, busy)
        result = self.resolve()
        self.assertTrue(result["ok"])
        self.assertGreaterEqual(result["ms"], 1000)
        self.registry.override("HEAD", MANIFESTS, response(503, b"", [("Retry-After", "60")]))
        result = self.resolve(rounds=3)
        self.assert_fails(result, "CS203", "RATE_LIMITED")
        self.assertEqual(len(result["exchanges"]), 1, "the gate is closed")
        self.assertLess(result["ms"], 1000)

    def test_429(self):
        self.registry.override("HEAD", MANIFESTS, response(429, b"You have reached your pull rate limit"))
        other = self.start(HostileRegistry())
        step = {"do": "resolve", "image": self.registry.reference}
        results = self.run_probe([step, step, dict(step, image=other.reference)],
                                 {"registries": [self.entry(), self.entry(other)]})
        self.assert_fails(results[0], "CS203", "RATE_LIMITED")
        self.assertEqual(results[1]["exchanges"], [])
        self.assertTrue(results[2]["ok"])

    def test_never_again(self):
        for status in (404, 403):
            for method in ("HEAD", "GET"):
                self.registry.override(method, MANIFESTS, response(status, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'))
            self.assertEqual(len(self.resolve()["exchanges"]), 2, "HEAD, and GET for the reason")

    def test_a_404_of_somebody_in_front(self):
        # shows: R-215
        for method in ("HEAD", "GET"):
            self.registry.override(method, MANIFESTS, response(404, b"default backend - 404"))
        result = self.resolve()
        self.assert_fails(result, "CS204", "SERVER_ERROR")
        self.assertEqual(len(result["exchanges"]), 4, "HEAD, and GET three times")

    def test_misdirected(self):
        # shows: R-225
        def misdirect(connection, request):
            return response(421) if request.connection == 1 else self.registry.good_answer(request)

        self.registry.override("HEAD", MANIFESTS, misdirect)
        self.assertTrue(self.resolve()["ok"])
        self.assertEqual([each.connection for each in self.registry.asked("HEAD")], [1, 2])
        self.registry.override("HEAD", MANIFESTS, response(421))
        result = self.resolve()
        self.assert_fails(result, "CS205", "BAD_RESPONSE")
        self.assertEqual(len(result["exchanges"]), 2)

    def test_connection_that_stalls(self):
        def stall(connection, request):
            if request.connection == 1:
                connection.sleep(10)
            return self.registry.good_answer(request)

        self.registry.override("HEAD", MANIFESTS, stall)
        result = self.resolve(exchangeTimeoutMs=300)
        self.assertTrue(result["ok"], result)

    def test_breaker(self):
        self.registry.override("HEAD", MANIFESTS, response(500))
        step = {"do": "resolve", "image": self.registry.reference}
        good = dict(step, image=f"{self.registry.name}/team/app@{digest(self.registry.image)}")
        results = self.run_probe([step, step, good, {"do": "sleep", "ms": 2100}, good, good])
        self.assertEqual(len(results[0]["exchanges"]) + len(results[1]["exchanges"]), 5)
        self.assert_fails(results[2], "CS204", "CIRCUIT_OPEN")
        self.assertTrue(results[4]["ok"])
        self.assertTrue(results[5]["ok"])


if __name__ == "__main__":
    unittest.main()
