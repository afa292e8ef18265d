"""Challenges, realms, tokens and credentials on the wire."""

import base64
import json
import unittest
import urllib.parse

from registry_case import SECRET, RegistryCase
from hostile_server import HostileServer, response

MANIFESTS = "/manifests/v1"


class Auth(RegistryCase):
    def challenge(self, *fields, status=401):
        return response(status, '{"errors":[{"code":"UNAUTHORIZED"}]}', [("WWW-Authenticate", each) for each in fields])

    def bearer(self, realm=None, **parameters):
        parameters = {"realm": realm or self.registry.origin + "/token", "service": "svc",
                      "scope": "repository:team/app:pull"} | parameters
        return "Bearer " + ",".join(f'{name}="{value}"' for name, value in parameters.items())

    def guard(self, wanted, *fields):
        """The registry answers only requests with the Authorization `wanted`."""
        def check(connection, request):
            if request.header("authorization") == wanted:
                return self.registry.good_answer(request)
            return self.challenge(*fields)

        for method in ("HEAD", "GET"):
            self.registry.override(method, "/v2/", check)

    def issue(self, token="T1", status=200, body=None):
        body = body if body is not None else json.dumps({"token": token, "expires_in": 300})
        for method in ("GET", "POST"):
            self.registry.override(method, "/token", response(status, body, [("Content-Type", "application/json")]))

    def with_password(self, **members):
        return {"registries": [self.entry(dockerConfig=self.credentials(), **members)]}

    def test_token(self):
        # shows: R-109 R-119
        self.guard("Bearer T1", self.bearer(service="x&scope=repository:other:push"))
        self.issue()
        result = self.fetch()
        self.assert_good_envelopes(result, 1)
        asked = self.registry.asked("GET", "/token")
        self.assertEqual(len(asked), 1)
        query = urllib.parse.parse_qs(asked[0].query, strict_parsing=True)
        self.assertEqual(query, {"service": ["x&scope=repository:other:push"], "scope": ["repository:team/app:pull"]})

    def test_challenges_that_are_read(self):
        # shows: R-110 R-111 R-112
        for fields in (
            ['Basic realm="x", ' + self.bearer()],
            ['Basic realm="x"', self.bearer()],
            [self.bearer(error_description="a, Basic realm=evil, b")],
            [self.bearer().replace("Bearer", "bearer").replace("=", " = ").replace("svc", 's\\"v')],
        ):
            self.guard("Bearer T1", *fields)
            self.issue()
            self.assertTrue(self.resolve()["ok"], fields)

    def test_challenges_that_cannot_be_used(self):
        # shows: R-113 R-123 R-124
        realm = self.registry.origin + "/token"
        for fields in ([f'Bearer realm="{realm}",realm="{realm}", Basic realm="x"'], [f'Bearer realm="{realm}'],
                       [f'Bearer realm="{realm}" service="s"'], [f"Bearer realm='{realm}'"], ["Bearer"], [],
                       ["Negotiate", "NTLM"], ['Digest realm="x"']):
            self.guard("never", *fields)
            self.assert_fails(self.resolve(self.with_password()), "CS202", "UNAUTHENTICATED")
        for request in self.registry.server.requests:
            self.assertEqual(request.header("authorization"), "")
            self.assertNotIn("/token", request.target)

    def test_challenge_floods(self):
        # shows: R-125
        self.guard("never", ", ".join(self.bearer() for _ in range(20)))
        self.assert_fails(self.resolve(self.with_password()), "CS202", "UNAUTHENTICATED")
        self.guard("never", self.bearer(x="y" * 102_400))
        self.assert_fails(self.resolve(self.with_password()), "CS205", "BAD_RESPONSE")
        self.assertEqual(self.registry.asked("GET", "/token"), [])

    def test_realms_that_are_not_contacted(self):
        # shows: R-114 R-115 R-117
        for realm, reason in (
            ("http://169.254.169.254/latest/meta-data", "POLICY_BLOCKED_ADDRESS"), ("https://[::1]/", "POLICY_BLOCKED_ADDRESS"),
            ("https://10.0.0.1/", "POLICY_BLOCKED_ADDRESS"), ("https://kubernetes.default.svc/", "POLICY_BLOCKED_ADDRESS"),
            ("https://[::ffff:a00:1]/", "POLICY_BLOCKED_ADDRESS"), ("https://metadata.google.internal/", "POLICY_BLOCKED_ADDRESS"),
            ("ftp://auth.example/", "BAD_RESPONSE"), ("", "UNAUTHENTICATED"), ("https://user:pw@127.0.0.1/", "BAD_RESPONSE"),
            (self.registry.origin + "/token#f", "BAD_RESPONSE"), (self.registry.origin + "/" + "x" * 5000, "BAD_RESPONSE"),
            ("https://0x7f.1/token", "BAD_RESPONSE"),
        ):
            self.guard("never", self.bearer(realm) if realm else 'Bearer realm=""')
            result = self.resolve(self.with_password())
            self.assert_fails(result, "CS202" if reason == "UNAUTHENTICATED" else "CS205", reason)
            self.assertLess(result["ms"], 1500)

    def test_realm_on_another_loopback_port(self):
        other = self.start(HostileServer(lambda connection, request: response(200, '{"token":"T1"}')))
        self.guard("Bearer T1", self.bearer(other.origin + "/token"))
        self.assert_fails(self.resolve(self.with_password()), "CS205", "POLICY_BLOCKED_ADDRESS")
        self.assertEqual(other.requests, [])
        settings = self.with_password() | {"egressAllow": ["127.0.0.0/8"]}
        self.assertTrue(self.resolve(settings)["ok"])
        self.assertEqual(len(other.requests), 1)

    def test_realm_whose_name_leads_home(self):
        # shows: R-116 R-120
        other = self.start(HostileServer(lambda connection, request: response(200, '{"token":"T1"}')))
        realm = f"http://loopback.auth.test:{other.port}/token"
        self.guard("Bearer T1", self.bearer(realm))
        environment = self.fake_names()
        self.assert_fails(self.resolve(self.with_password(), environment=environment), "CS205", "POLICY_BLOCKED_ADDRESS")
        self.assertEqual(other.connections, 0)
        settings = self.with_password() | {"egressAllow": ["127.0.0.0/8"]}
        self.assertTrue(self.resolve(settings, environment=environment)["ok"])
        self.assertEqual(other.requests[0].header("authorization"), "", "anonymous: the host is not listed")
        listed = {"tokenServers": ["loopback.auth.test"]}
        settings = self.with_password(**listed) | {"egressAllow": ["127.0.0.0/8"]}
        self.assertTrue(self.resolve(settings, environment=environment)["ok"])
        self.assertEqual(other.requests[1].header("authorization"), "", "anonymous: not without encryption")
        settings = self.with_password(plainHttpCredentials=True, **listed) | {"egressAllow": ["127.0.0.0/8"]}
        self.assertTrue(self.resolve(settings, environment=environment)["ok"])
        self.assertTrue(other.requests[2].header("authorization").startswith("Basic "))

    def test_realm_with_a_query(self):
        # shows: R-118
        self.guard("Bearer T1", self.bearer(self.registry.origin + "/token?account=x"))
        self.issue()
        self.assertTrue(self.resolve()["ok"])
        self.assertTrue(self.registry.asked("GET", "/token")[0].query.startswith("account=x&service=svc&scope="))

    def test_token_server_redirects(self):
        # shows: R-121
        elsewhere = self.start(HostileServer(lambda connection, request: response(200, '{"token":"T1"}')))
        self.guard("Bearer T1", self.bearer())
        self.registry.override("GET", "/token", response(302, b"", [("Location", elsewhere.origin + "/token")]))
        self.assert_fails(self.resolve(self.with_password() | {"egressAllow": ["127.0.0.0/8"]}), "CS205", "BAD_RESPONSE")
        self.assertEqual(elsewhere.requests, [])

    def test_answers_of_token_servers(self):
        # shows: R-130 R-131 R-132 R-133
        self.guard("Bearer T1", self.bearer())
        for status, body, code, reason in (
            (200, "{}", "CS205", "BAD_RESPONSE"), (200, "<html>", "CS205", "BAD_RESPONSE"),
            (200, json.dumps({"token": "T1\r\nX: y"}), "CS205", "BAD_RESPONSE"),
            (200, json.dumps({"token": "T" * 20_480}), "CS205", "BAD_RESPONSE"),
            (200, json.dumps({"token": "T1", "pad": "x" * 1_048_576}), "CS205", "TOO_LARGE"),
            (401, "{}", "CS202", "UNAUTHENTICATED"), (403, "{}", "CS202", "DENIED"), (429, "{}", "CS203", "RATE_LIMITED"),
            (503, "{}", "CS204", "SERVER_ERROR"), (404, "{}", "CS205", "BAD_RESPONSE"),
        ):
            self.issue(status=status, body=body)
            before = len(self.registry.asked("GET", "/token"))
            result = self.resolve(rounds=3) if status == 401 else self.resolve()
            self.assert_fails(result, code, reason)
            if status == 401:
                self.assertEqual(len(self.registry.asked("GET", "/token")), before + 1, "no storm")
        sent = [each.header("authorization") for each in self.registry.server.requests]
        self.assertEqual(set(sent), {""})

    def test_password_grant(self):
        # shows: R-134
        self.guard("Bearer T1", self.bearer())
        self.issue()
        self.registry.override("GET", "/token", response(404))
        self.assertTrue(self.resolve(self.with_password())["ok"])
        form = urllib.parse.parse_qs(self.registry.asked("POST", "/token")[0].body.decode())
        self.assertEqual(form["grant_type"], ["password"])
        self.assertEqual(form["password"], [SECRET])

    def test_identity_token(self):
        # shows: R-135
        self.guard("Bearer T1", self.bearer())
        self.issue()
        config = {"auths": {self.registry.name: {"identitytoken": SECRET}}}
        self.assertTrue(self.resolve({"registries": [self.entry(dockerConfig=config)]})["ok"])
        asked = self.registry.asked("POST", "/token")[0]
        self.assertEqual(asked.header("authorization"), "")
        self.assertEqual(asked.header("content-type"), "application/x-www-form-urlencoded")
        self.assertEqual(urllib.parse.parse_qs(asked.body.decode())["refresh_token"], [SECRET])

    def test_greedy_scopes(self):
        # shows: R-136
        self.guard("Bearer T1", self.bearer(scope="repository:team/app:pull,push,delete repository:other/app:pull registry:catalog:*"))
        self.issue()
        self.assertTrue(self.resolve()["ok"])
        query = urllib.parse.parse_qs(self.registry.asked("GET", "/token")[0].query)
        self.assertEqual(query["scope"], ["repository:team/app:pull"])

    def test_fifty_at_once(self):
        # shows: R-137
        self.guard("Bearer T1", self.bearer())
        self.issue()
        self.assertEqual(self.resolve(count=50)["tally"], {"ok": 50})
        self.assertEqual(len(self.registry.asked("GET", "/token")), 1)

    def test_expired_token(self):
        # shows: R-138
        tokens = iter(["T1", "T2"])
        self.registry.override("GET", "/token", lambda connection, request: response(200, json.dumps({"token": next(tokens), "expires_in": 300})))
        seen = []

        def check(connection, request):
            seen.append(request.header("authorization"))
            good = "Bearer T1" if len(seen) <= 2 else "Bearer T2"
            return self.registry.good_answer(request) if seen[-1] == good else self.challenge(self.bearer(error="invalid_token"))

        self.registry.override("HEAD", "/v2/", check)
        self.assertTrue(self.resolve(rounds=2)["ok"])
        self.assertEqual(seen, ["", "Bearer T1", "Bearer T1", "Bearer T2"])

    def test_endless_401(self):
        # shows: R-140
        self.guard("never", self.bearer())
        self.issue()
        result = self.resolve()
        self.assert_fails(result, "CS202", "UNAUTHENTICATED")
        self.assertLessEqual(len(result["exchanges"]), 4)
        self.guard("never", 'Basic realm="x"')
        result = self.resolve(self.with_password())
        self.assert_fails(result, "CS202", "UNAUTHENTICATED")
        self.assertEqual(len(result["exchanges"]), 2)

    def test_basic(self):
        # shows: R-142 R-143
        password = SECRET + ":ü:"
        wanted = "Basic " + base64.b64encode(f"user:{password}".encode()).decode()
        self.guard(wanted, 'Basic realm="x"')
        settings = {"registries": [self.entry(dockerConfig=self.credentials(password=password))]}
        self.assert_good_envelopes(self.fetch(settings), 1)
        sent = [each.header("authorization") for each in self.registry.server.requests]
        self.assertEqual(sent, ["", wanted, wanted, wanted, wanted])

    def test_credentials_of_another_registry(self):
        # shows: R-147
        other = "other.example"
        self.guard("never", 'Basic realm="x"')
        settings = {"registries": [self.entry()], "dockerConfig": {"auths": {other: {"username": "user", "password": SECRET}}}}
        self.assert_fails(self.resolve(settings), "CS202", "UNAUTHENTICATED")
        self.assertEqual({each.header("authorization") for each in self.registry.server.requests}, {""})

    def test_forbidden(self):
        for method in ("HEAD", "GET"):
            self.registry.override(method, MANIFESTS, response(403, '{"errors":[{"code":"DENIED","message":"\\u001b[2Jno"}]}'))
        result = self.resolve()
        self.assert_fails(result, "CS202", "DENIED")
        self.assertNotIn("\x1b", result["message"])


if __name__ == "__main__":
    unittest.main()
