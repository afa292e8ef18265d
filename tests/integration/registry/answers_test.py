"""Answers that are wrong, too long, too slow, or not HTTP at all."""

import gzip
import socket
import time
import unittest

from registry_case import RegistryCase
from hostile_registry import INDEX, MANIFEST, HostileRegistry, Signature, digest
from hostile_server import response

MANIFESTS = "/manifests/v1"


class Resolve(RegistryCase):
    def no_head(self):
        self.registry.override("HEAD", MANIFESTS, response(405))

    def get_is(self, script):
        self.no_head()
        self.registry.override("GET", MANIFESTS, script)

    def test_good_registry(self):
        # shows: R-19 R-20 R-53
        result = self.fetch()
        self.assert_good_envelopes(result, 1)
        self.assertEqual(result["digest"], digest(self.registry.image))
        self.assertEqual(result["method"], "api")
        self.assertEqual(len(result["exchanges"]), 4)
        accepts = [value for name, value in self.registry.server.requests[0].headers if name == "accept"]
        self.assertEqual(len(accepts), 1)
        self.assertEqual(accepts[0].count(","), 3)
        self.assertNotIn("*", accepts[0])
        for request in self.registry.server.requests:
            self.assertNotIn("authorization", dict(request.headers))
            self.assertNotIn("accept-encoding", dict(request.headers))

    def test_head_with_a_body(self):
        # shows: R-33
        self.registry.override(
            "HEAD", MANIFESTS,
            self.registry.head(self.registry.image_headers() + [("Content-Length", str(len(self.registry.image)))], self.registry.image))
        results = self.run_probe([{"do": "resolve", "image": self.registry.reference}] * 2)
        for result in results:
            self.assertTrue(result["ok"], result)
            self.assertLess(result["ms"], 2000)

    def test_head_without_digest(self):
        # shows: R-21 N-7
        self.registry.override("HEAD", MANIFESTS, self.registry.head([("Content-Type", MANIFEST), ("Content-Length", "9")]))
        self.registry.override("GET", MANIFESTS, response(200, self.registry.image, [("Content-Type", MANIFEST)]))
        self.assertEqual(self.resolve()["digest"], digest(self.registry.image))

    def test_head_announces_too_much(self):
        # shows: R-25
        sent = []

        def big(connection, request):
            connection.send(response(200, b"", self.registry.image_headers() + [("Content-Length", "5242880")], length=False))
            for _ in range(80):
                connection.send(b"x" * 65536)
                sent.append(65536)

        self.registry.override("HEAD", MANIFESTS, self.registry.head(self.registry.image_headers() + [("Content-Length", "5242880")]))
        self.registry.override("GET", MANIFESTS, big)
        self.assert_fails(self.resolve(), "CS205", "TOO_LARGE")
        time.sleep(0.2)
        self.assertLess(sum(sent), 5242880)

    def test_digest_in_a_trailer_or_early_hints(self):
        # shows: R-38
        wrong = "sha256:" + "0" * 64
        self.no_head()
        body = self.registry.image
        head = f"HTTP/1.1 103 Early Hints\r\nDocker-Content-Digest: {wrong}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: {MANIFEST}\r\n"
        chunked = head + "Transfer-Encoding: chunked\r\nTrailer: Docker-Content-Digest\r\n\r\n"
        answer = chunked.encode() + b"%x\r\n%s\r\n0\r\nDocker-Content-Digest: %s\r\n\r\n" % (len(body), body, wrong.encode())
        self.registry.override("GET", MANIFESTS, answer)
        result = self.resolve()
        self.assertTrue(result["ok"], result)
        self.assertEqual(result["digest"], digest(body))

    def test_two_lengths(self):
        # shows: R-39
        body = self.registry.image
        headers = self.registry.image_headers() + [("Content-Length", str(len(body))), ("Content-Length", "5")]
        self.get_is(response(200, body, headers, length=False))
        self.assert_fails(self.resolve(), "CS205", "BAD_RESPONSE")

    def test_length_and_chunked(self):
        body = self.registry.image
        headers = self.registry.image_headers() + [("Content-Length", "5"), ("Transfer-Encoding", "chunked")]
        self.get_is(response(200, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), headers, length=False))
        self.assert_fails(self.resolve(), "CS205", "BAD_RESPONSE")

    def test_truncated(self):
        # shows: R-40
        def truncated(connection, request):
            connection.send(response(200, self.registry.image[:50], self.registry.image_headers() + [("Content-Length", "999")], length=False))
            connection.close()

        self.get_is(truncated)
        self.assert_fails(self.resolve(), "CS204", "TRUNCATED")
        self.assertEqual(len(self.registry.asked("GET", MANIFESTS)), 3)

    def test_endless_chunks(self):
        # shows: R-41
        sent = []

        def endless(connection, request):
            connection.send(response(200, b"", self.registry.image_headers() + [("Transfer-Encoding", "chunked")], length=False))
            for _ in range(320):
                connection.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
                sent.append(0x4000)

        self.get_is(endless)
        self.assert_fails(self.resolve(), "CS205", "TOO_LARGE")
        self.assertEqual(len(self.registry.asked("GET", MANIFESTS)), 1)

    def test_compressed(self):
        # shows: R-42 R-206
        for body in (gzip.compress(self.registry.image), gzip.compress(b"\0" * 52_000_000)):
            self.get_is(response(200, body, self.registry.image_headers() + [("Content-Encoding", "gzip")]))
            self.assert_fails(self.resolve(), "CS205", "BAD_RESPONSE")

    def test_statuses_that_are_no_answer(self):
        # shows: R-43
        for status in (304, 206, 203, 204, 406, 418):
            self.registry.override("HEAD", MANIFESTS, response(status, b"", length=status not in (204, 304)))
            self.assert_fails(self.resolve(), "CS205", "BAD_RESPONSE")

    def test_bodies_that_are_no_manifest(self):
        # shows: R-26 R-28 R-44
        html = [("Content-Type", "text/html")]
        vague = [("Content-Type", "application/json")]
        for answer, reason in (
            (response(200, b"", self.registry.image_headers()), "BAD_RESPONSE"),
            (response(200, b"<html>", html), "BAD_RESPONSE"),
            (response(200, b'{"schemaVersion":2}', vague), "BAD_RESPONSE"),
            (response(200, b'{"schemaVersion":1}', [("Content-Type", MANIFEST)]), "SCHEMA1_REFUSED"),
            (response(200, b"{}", [("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")]), "SCHEMA1_REFUSED"),
            (response(200, b"[" * 10000, [("Content-Type", MANIFEST)]), "BAD_RESPONSE"),
        ):
            self.get_is(answer)
            self.assert_fails(self.resolve(), "CS205", reason)

    def test_wrong_digest(self):
        # shows: R-34 R-36 R-37
        asked = digest(self.registry.image)
        by_digest = f"{self.registry.name}/team/app@{asked}"
        other = [("Content-Type", MANIFEST), ("Docker-Content-Digest", "sha256:" + "0" * 64), ("Content-Length", "9")]
        self.registry.override("HEAD", "/manifests/", self.registry.head(other))
        self.assert_fails(self.resolve(image=by_digest), "CS205", "DIGEST_MISMATCH")
        self.assertEqual(self.registry.asked("GET"), [])
        self.registry.override("HEAD", "/manifests/", response(405))
        self.registry.override("GET", "/manifests/", response(200, b'{"x":1}', [("Content-Type", MANIFEST), ("Docker-Content-Digest", asked)]))
        self.assert_fails(self.resolve(image=by_digest), "CS205", "DIGEST_MISMATCH")
        self.assert_fails(self.resolve(), "CS205", "DIGEST_MISMATCH")


class Protocol(RegistryCase):
    def head_is(self, script):
        self.registry.override("HEAD", MANIFESTS, script)

    def test_header_floods(self):
        # shows: R-203 R-204
        for flood in (b"X-Long: " + b"x" * 103_424 + b"\r\n", b"".join(b"X-%d: y\r\n" % i for i in range(5000)),
                      b"X-A: " + b"x" * 20_000 + b"\r\n"):
            self.head_is(b"HTTP/1.1 200 OK\r\n" + flood + b"\r\n")
            results = self.run_probe([{"do": "resolve", "image": self.registry.reference},
                                      {"do": "resolve", "image": f"{self.registry.name}/team/app@{digest(self.registry.image)}"}])
            self.assert_fails(results[0], "CS205", "BAD_RESPONSE")
            self.assertTrue(results[1]["ok"], "the process is healthy")

    def test_not_http(self):
        # shows: R-205
        for answer in (b"hello\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n"):
            def wrong(connection, request, answer=answer):
                connection.send(answer)
                connection.close()

            self.head_is(wrong)
            result = self.resolve()
            self.assert_fails(result, "CS205", "PROTOCOL")
            self.assertEqual(len(result["exchanges"]), 1, "not retried")

    def test_reset_after_the_status_line(self):
        # shows: R-207
        calls = []

        def flaky(connection, request):
            calls.append(1)
            if len(calls) == 1:
                connection.send(b"HTTP/1.1 200 OK\r\n")
                connection.sleep(0.05)
                connection.reset()
            return self.registry.good_answer(request)

        self.head_is(flaky)
        self.assertTrue(self.resolve()["ok"])
        self.assertEqual(len(calls), 2)

    def test_endless_interim_answers(self):
        # shows: R-208
        def endless(connection, request):
            while True:
                connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                connection.sleep(0.2)

        self.head_is(endless)
        result = self.resolve(timeoutMs=3000, exchangeTimeoutMs=1500)
        self.assertFalse(result["ok"])
        self.assertIn(result["code"], ("CS204", "CS206"))
        self.assertLess(result["ms"], 3500)

    def test_keep_alive_connection_that_the_server_closed(self):
        # shows: R-209
        def answer_and_close(connection, request):
            connection.send(self.registry.good_answer(request))
            connection.close()

        self.head_is(answer_and_close)
        steps = [{"do": "resolve", "image": self.registry.reference}, {"do": "sleep", "ms": 100}] * 3
        for result in self.run_probe(steps):
            self.assertTrue(result["ok"], result)

    def test_nothing_but_a_close(self):
        self.head_is(lambda connection, request: connection.close())
        self.assert_fails(self.resolve(), "CS204", "CONNECT_FAILED")
        self.assertEqual(len(self.registry.asked("HEAD")), 3)


class Slow(RegistryCase):
    def test_headers_drip(self):
        self.registry.override("HEAD", MANIFESTS, lambda connection, request: connection.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 60, 1))
        result = self.resolve(timeoutMs=4600)
        self.assert_fails(result, "CS204", "TIMEOUT")
        self.assertLess(result["ms"], 4600)

    def test_slow_first_byte(self):
        # shows: R-201
        def late(connection, request):
            connection.sleep(3.5)
            connection.send(self.registry.good_answer(request))

        self.registry.override("HEAD", MANIFESTS, late)
        result = self.resolve(timeoutMs=8000)
        self.assertTrue(result["ok"], result)
        self.assertEqual(len(result["exchanges"]), 1)

    def test_body_drips(self):
        # shows: R-202
        def drip(connection, request):
            connection.send(response(200, b"", self.registry.image_headers() + [("Content-Length", "2000")], length=False))
            connection.drip(b"x" * 2000, 0.1, 10)

        self.registry.override("HEAD", MANIFESTS, response(405))
        self.registry.override("GET", MANIFESTS, drip)
        result = self.resolve(timeoutMs=4600)
        self.assert_fails(result, "CS204", "TIMEOUT")
        self.assertLess(result["ms"], 4600)

    def test_deadline_in_the_middle(self):
        self.registry.override("HEAD", MANIFESTS, lambda connection, request: connection.sleep(10))
        result = self.resolve(timeoutMs=700)
        self.assert_fails(result, "CS206", "BUDGET_EXHAUSTED")
        self.assertLess(result["ms"], 1200)

    def test_exchange_times_out_before_the_deadline(self):
        self.registry.override("HEAD", MANIFESTS, lambda connection, request: connection.sleep(10))
        self.assert_fails(self.resolve(timeoutMs=1300, exchangeTimeoutMs=400), "CS204", "TIMEOUT")

    def test_first_candidate_stalls(self):
        # shows: R-105
        stalling = Signature(self.registry.image, b"stalls")
        self.registry.signatures = [stalling, Signature(self.registry.image)]
        self.registry.override("GET", digest(stalling.manifest), lambda connection, request: connection.sleep(20))
        result = self.fetch(timeoutMs=9000, exchangeTimeoutMs=500)
        self.assert_good_envelopes(result, 1)
        self.assert_fails(result["fetched"][0], "CS204", "TIMEOUT")

    def test_connect_into_a_black_hole(self):
        # shows: R-200
        hole = socket.socket()
        self.addCleanup(hole.close)
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
            fillers.append(filler)
            self.addCleanup(filler.close)
        time.sleep(0.1)
        name = f"127.0.0.1:{hole.getsockname()[1]}"
        result = self.resolve({"registries": [{"match": name, "plainHttp": True}]}, f"{name}/team/app:v1", timeoutMs=2700)
        self.assert_fails(result, "CS204", "TIMEOUT")
        self.assertGreaterEqual(result["ms"], 1900)
        self.assertEqual(len(result["exchanges"]), 1, "no time to try again")

    def test_server_that_is_not_there(self):
        gone = HostileRegistry()
        gone.stop()
        result = self.resolve({"registries": [self.entry(gone)]}, gone.reference)
        self.assert_fails(result, "CS204", "CONNECT_FAILED")
        self.assertEqual(len(result["exchanges"]), 3)


class Listing(RegistryCase):
    def test_two_thousand_entries(self):
        # shows: R-71
        self.registry.listed = [Signature(self.registry.image).entry(digest="sha256:%064x" % i, artifactType="x/y") for i in range(2000)]
        self.assert_fails(self.fetch(), "CS205", "BUDGET_EXHAUSTED")
        good = Signature(self.registry.image)
        self.registry.listed = [good.entry()] + self.registry.listed
        result = self.fetch()
        self.assert_good_envelopes(result, 1)
        self.assert_fails(result["incomplete"], "CS205", "BUDGET_EXHAUSTED")

    def test_huge_annotations(self):
        # shows: R-72
        self.registry.listed = [self.registry.signatures[0].entry(annotations={"x": "y" * 3_000_000})]
        self.assert_good_envelopes(self.fetch(), 1)
        self.registry.listed *= 2
        result = self.fetch()
        self.assert_fails(result, "CS205", "TOO_LARGE")
        self.assertLess(len(result["message"]), 500)

    def test_pages(self):
        # shows: R-73 R-83
        good = self.registry.index(self.registry.entries())

        def pages(connection, request):
            if "p=2" in request.query:
                return response(200, good, [("Content-Type", INDEX)])
            return response(200, self.registry.index([]), [("Content-Type", INDEX), ("Link", '<?p=2>; rel="next"')])

        self.registry.override("GET", "/referrers/", pages)
        self.assert_good_envelopes(self.fetch(), 1)

    def test_candidates_that_lie(self):
        # shows: R-94 R-96 R-97 R-104 R-107
        image = self.registry.image
        layer = {"mediaType": "application/jose+json", "digest": digest(b"envelope"), "size": 8}
        lying = {
            "other bytes": Signature(image, b"1"),
            "other subject": Signature(b"other image", b"2"),
            "no subject": Signature(image, b"3", subject=None),
            "no layer": Signature(image, b"4", layers=[]),
            "two layers": Signature(image, b"5", layers=[layer, layer]),
            "octets": Signature(image, b"6", layers=[dict(layer, mediaType="application/octet-stream")]),
            "short": Signature(image, b"7", layers=[dict(layer, size=9)]),
            "long": Signature(image, b"8", layers=[dict(layer, size=7)]),
            "huge": Signature(image, b"9", layers=[dict(layer, size=40 * 1024 * 1024)]),
            "missing": Signature(image, b"0", layers=[dict(layer, digest="sha256:" + "0" * 64)]),
        }
        self.registry.signatures = list(lying.values()) + [Signature(image)]
        self.registry.override("GET", digest(lying["other bytes"].manifest), response(200, b"{}", [("Content-Type", MANIFEST)]))
        self.registry.listed = [each.entry() for each in self.registry.signatures]
        self.registry.listed.insert(0, self.registry.listed[0] | {"mediaType": INDEX, "digest": "sha256:" + "1" * 64})
        result = self.fetch()
        self.assert_good_envelopes(result, 1)
        self.assertTrue(result["fetched"][-1]["ok"])
        self.assertEqual([each["reason"] for each in result["fetched"][:-1]],
                         ["NOT_A_SIGNATURE", "DIGEST_MISMATCH", "NOT_A_SIGNATURE", "NOT_A_SIGNATURE", "ST-5", "ST-5", "ST-6",
                          "DIGEST_MISMATCH", "TOO_LARGE", "TOO_LARGE", "NOT_FOUND"])
        self.assertEqual(result["fetched"][-2]["code"], "CS205")
        self.assertNotIn("sha256:" + "1" * 64, "".join(each.target for each in self.registry.server.requests))


class Many(RegistryCase):
    def test_ten_thousand_in_a_row(self):
        # shows: R-234
        step = {"do": "resolve", "image": self.registry.reference}
        # The sanitizer keeps freed memory for a while, if it is not told otherwise.
        environment = {"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
        first, last = self.run_probe([dict(step, rounds=1000), dict(step, rounds=10_000)], environment=environment)
        self.assertEqual(last["tally"], {"ok": 10_000})
        self.assertEqual((first["fds"], first["threads"]), (last["fds"], last["threads"]))
        # The list of exchanges that the probe keeps grows too, by some hundred bytes each.
        self.assertLess(last["rssKb"] - first["rssKb"], 16 * 1024)
        self.assertEqual(self.registry.server.connections, 1, "one connection for all")

    def test_four_hundred_at_once(self):
        result = self.resolve(count=400)
        self.assertEqual(result["tally"], {"ok": 400})
        self.assertLessEqual(self.registry.server.connections, 64)

    def test_waiting_for_a_free_connection_is_not_the_registrys_fault(self):
        # shows: R-226
        self.registry.override("HEAD", MANIFESTS, lambda connection, request: connection.sleep(10))
        result = self.resolve(count=128, timeoutMs=2000, exchangeTimeoutMs=800)
        self.assertEqual(set(result["tally"]), {"CS204", "CS207"}, result)


if __name__ == "__main__":
    unittest.main()
