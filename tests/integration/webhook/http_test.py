"""HTTP and the envelope of a review: what is answered, what is refused, and with which status."""

import json
import threading
import time
import unittest

import stage
from support import Closed, encode, milliseconds, pod, post, review, wire
from harness.processes import memory_kib

MIB = 1024 * 1024


class Reviews(stage.Stage):
    def signed(self, **keywords):
        return review(pod(self.image("signed-rsa")), **keywords)

    # shows: K-1
    def test_signed_image_is_admitted(self):
        reply = self.ask(self.signed(uid="uid-of-this-call"))
        self.assertEqual((reply.status, reply.headers["content-type"]), (200, "application/json"))
        answer = reply.json()
        self.assertEqual((answer["apiVersion"], answer["kind"]), ("admission.k8s.io/v1", "AdmissionReview"))
        self.assertNotIn("request", answer)
        response = answer["response"]
        self.assertEqual((response["uid"], response["allowed"]), ("uid-of-this-call", True))
        for absent in ("status", "patch", "patchType"):
            self.assertNotIn(absent, response)

    # shows: K-2
    def test_unsigned_image_is_denied_with_the_reason(self):
        image = self.image("unsigned")
        response = self.decide(review(pod(image)))
        self.assert_denied(response, "CS101 unsigned")
        message = response["status"]["message"]
        self.assertTrue(message.startswith(f'Pod shop/web: container "app" {image} (sha256:'), message)
        self.assertIn('"demo"', message)  # the trust policy statement
        self.assertLessEqual(len(message.encode()), 1000)
        self.assertEqual([(cause["reason"], cause["field"]) for cause in response["status"]["details"]["causes"]],
                         [("CS101", "spec.containers[0].image")])

    # shows: K-3
    def test_v1beta1_is_answered_in_v1beta1(self):
        body = {**self.signed(), "apiVersion": "admission.k8s.io/v1beta1"}
        del body["request"]["dryRun"]
        answer = self.ask(body).json()
        self.assertEqual(answer["apiVersion"], "admission.k8s.io/v1beta1")
        self.assertTrue(answer["response"]["allowed"])

    def assert_refused(self, body, status=400, **keywords):
        reply = self.ask(body, **keywords)
        self.assertEqual(reply.status, status, reply)
        self.assertNotIn(b"allowed", reply.body)
        self.assertNotIn("retry-after", reply.headers)
        self.assertEqual(reply.body.count(b"\n"), 1, reply.body)
        return reply

    # shows: K-4 K-5 K-6 K-7
    def test_what_is_no_review(self):
        good = self.signed()
        for change in ({"apiVersion": "admission.k8s.io/v2"}, {"apiVersion": 1}, {"kind": "Foo"}, {"kind": None},
                       {"request": None}, {"request": []}):
            with self.subTest(change=change):
                self.assertIn(b"CS301 malformed-review", self.assert_refused({**good, **change}).body)
        for name in good:
            with self.subTest(missing=name):
                self.assert_refused({key: value for key, value in good.items() if key != name})
        for uid in (..., "", None, 7, [], {}, "x" * 257):
            with self.subTest(uid=uid):
                self.assert_refused(self.signed(uid=uid))

    # shows: K-8
    def test_unusual_uid_is_echoed(self):
        for uid in ('a"b\\c', "\u00e9\u4e16\U0001f600", "tab\there", "\u0000\u001f", "</script>", "x" * 256):
            with self.subTest(uid=uid):
                self.assertEqual(self.decide(self.signed(uid=uid))["uid"], uid)

    # shows: K-9 K-10 K-12 K-14
    def test_broken_bodies(self):
        good = encode(self.signed())
        uid = good.index(b'"uid"')
        bodies = [b"[]", b'"x"', b"null", b"", b"{", b"{}", good[:-1], good[:uid], b"\xef\xbb\xbf" + good,
                  good.replace(b'"dev"', b'"\xff\xfe"'), good.replace(b'"dev"', b'"\xc0\xaf"'), good + b"x", good + b"{}",
                  good.replace(b'"request":', b'"request":{},"request":', 1), good.replace(b"{", b"{,", 1),
                  good.replace(b"false", b"fals"), good.replace(b"}", b"]", 1), good.replace(b'"', b"'"), b"\x00" * 1000,
                  bytes(range(256)) * 20, good.replace(b'"uid":', b'"uid":"a","uid":', 1)]
        for body in bodies:
            with self.subTest(body=body[:60]):
                self.assert_refused(body)
        self.assert_alive()

    # shows: K-11
    def test_whitespace_around_a_review(self):
        body = encode(self.signed())
        for padded in (body + b"\n", b" \r\n\t" + body + b" \n\n"):
            self.assert_allowed(self.decide(padded))

    # shows: K-13
    def test_deep_nesting(self):
        before = memory_kib(self.webhook.process.pid, "VmHWM")
        good = encode(self.signed())
        for depth in (100_000, 1_000_000):
            for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
                nested = opening * depth + b"0" + closing * depth
                self.assert_refused(nested)
                self.assert_refused(good.replace(b'"dev"', nested))
                self.assert_refused(good.replace(b'"dev"', opening * depth))
        self.assert_alive()
        # Bodies of up to 6 MB and what a parser needs for them.
        if not stage.support.SANITIZED:
            self.assertLess(memory_kib(self.webhook.process.pid, "VmHWM") - before, 200 * 1024)

    # shows: K-15
    def test_unknown_fields(self):
        body = self.signed()
        body["extra"] = {"deep": [1, {"x": None}]}
        body["request"]["extra"] = [1.5e300, -0, 18446744073709551615]
        body["request"]["object"]["unknown"] = {"image": "evil"}
        body["request"]["object"]["spec"]["containers"][0]["unknown"] = "x"
        self.assert_allowed(self.decide(body))

    # shows: K-16
    def test_content_types_that_are_json(self):
        for content_type in ("application/json", "application/json; charset=utf-8", "Application/JSON",
                             "application/json;charset=utf-8;x=y", " application/json "):
            with self.subTest(content_type=content_type):
                self.assert_allowed(self.decide(self.signed(), content_type=content_type))

    # shows: K-17
    def test_content_types_that_are_not(self):
        for content_type in (None, "", "text/plain", "application/jsonx", "application/xml, application/json",
                             "application/vnd.kubernetes.protobuf", ";"):
            with self.subTest(content_type=content_type):
                self.assert_refused(self.signed(), 415, content_type=content_type)

    # shows: K-18
    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "FOO"):
            with self.subTest(method=method), wire(self.webhook) as connection:
                connection.send(f"{method} /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
                reply = connection.reply(with_body=method != "HEAD")
                self.assertEqual((reply.status, reply.headers["allow"]), (405, "POST"))

    # shows: K-19
    def test_paths(self):
        for path in ("/validate/", "/validate//", "/validate", "/validate?timeout=5s&x=y", "/validate/?timeout=5s"):
            with self.subTest(path=path):
                self.assert_allowed(self.decide(self.signed(), path=path))
        for path in ("/unknown", "/", "/Validate", "/validate2", "/validate/x", "//validate", "/mutate", "/%76alidate",
                     "/metrics", "/readyz", "*", "/../validate", "/validate;x"):
            with self.subTest(path=path):
                self.assert_refused(self.signed(), 404, path=path)


class Bodies(stage.Stage):
    # shows: K-20
    def test_announced_body_over_the_limit(self):
        head = b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        for size in (9 * MIB, 8 * MIB + 1, 10**15, 2**64 - 1):
            with self.subTest(size=size), wire(self.webhook) as connection:
                reply = connection.send(head % size + b"\r\n").reply()  # not a byte of the body
                self.assertEqual((reply.status, reply.headers["connection"]), (413, "close"))
                self.assertTrue(connection.ended())

    # shows: K-20
    def test_the_refusal_reaches_a_client_that_sends_on(self):
        """As Go's client does: it writes the body while it waits for the reply."""
        with wire(self.webhook) as connection:
            connection.send(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            b"Content-Length: %d\r\n\r\n" % (9 * MIB))
            try:
                for _ in range(9 * 16):
                    connection.send(b" " * (MIB // 16))
            except OSError:
                pass  # the other side has heard enough
            self.assertEqual(connection.reply().status, 413)

    # shows: K-21
    def test_chunked_body_over_the_limit(self):
        with wire(self.webhook) as connection:
            connection.send(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(9):
                    connection.send(b"%x\r\n" % MIB + b" " * MIB + b"\r\n")
            except OSError:
                pass
            self.assertEqual(connection.reply().status, 413)

    def test_chunked_body(self):
        body = encode(review(pod(self.image("signed-rsa"))))
        with wire(self.webhook) as connection:
            connection.send(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n")
            for at in range(0, len(body), 100):
                part = body[at:at + 100]
                connection.send(b"%x;ext=1\r\n" % len(part) + part + b"\r\n")
            reply = connection.send(b"0\r\nTrailer: x\r\n\r\n").reply()
            self.assert_allowed(reply.response)

    # shows: K-22
    def test_update_of_two_large_objects(self):
        big = pod(self.image("signed-rsa"))
        big["metadata"]["annotations"] = {f"a{i}": "x" * 1000 for i in range(3000)}
        old = json.loads(json.dumps(big))
        old["spec"]["containers"][0]["image"] = self.image("unsigned")
        body = encode(review(big, old, "UPDATE"))
        self.assertGreater(len(body), 6 * 1000 * 1000)
        self.assert_allowed(self.decide(body))
        old["spec"]["containers"][0]["image"], big["spec"]["containers"][0]["image"] = (
            big["spec"]["containers"][0]["image"], old["spec"]["containers"][0]["image"])
        self.assert_denied(self.decide(review(big, old, "UPDATE")), "CS101")

    # shows: K-23
    def test_expect_continue(self):
        body = encode(review(pod(self.image("signed-rsa"))))
        head, _, _ = post(body, headers=["Expect: 100-continue"]).partition(b"\r\n\r\n")
        with wire(self.webhook) as connection:
            connection.send(head + b"\r\n\r\n")
            self.assertEqual(connection.line(), "HTTP/1.1 100 Continue")
            self.assertEqual(connection.line(), "")
            self.assert_allowed(connection.send(body).reply().response)
            # Too large: refused instead.
            connection.send(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % (9 * MIB))
            self.assertEqual(connection.reply().status, 413)

    # shows: K-24 K-25
    def test_headers_without_effect(self):
        headers = ["Authorization: Bearer x.y.z", "X-Unknown: \t yes ", "Cookie: a=b", "Accept-Encoding: gzip, br",
                   "baggage: x=y", "Origin: https://evil.example", "X-Forwarded-For: 1.2.3.4", "Upgrade: h2c", "TE: trailers"]
        for trace in ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "garbage", "", "00-\u00ff"):
            for layout, allowed in (("signed-rsa", True), ("unsigned", False)):
                reply = self.ask(review(pod(self.image(layout))), headers=[*headers, f"traceparent: {trace}"])
                self.assertEqual(reply.response["allowed"], allowed)
                self.assertNotIn("content-encoding", reply.headers)

    # shows: K-26
    def test_head_over_the_limit(self):
        body = encode(review(pod(self.image("signed-rsa"))))
        small = ["X-Padding: " + "x" * 8000]
        self.assert_allowed(self.ask(body, headers=small).response)
        for headers in (["X-Padding: " + "x" * 17000], [f"X-{i}: {i}" for i in range(3000)]):
            with wire(self.webhook) as connection:
                try:
                    connection.send(post(body, headers=headers))
                except OSError:
                    pass
                self.assertEqual(connection.reply().status, 431)
                self.assertTrue(connection.ended())
        with wire(self.webhook) as connection:
            reply = connection.send(b"POST /validate?" + b"x" * 17000).reply()
            self.assertEqual(reply.status, 431)

    def test_garbage_instead_of_http(self):
        for garbage in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"POST /validate HTTP/9.9\r\n\r\n",
                        b"POST /validate HTTP/1.1\r\nno colon\r\n\r\n",
                        b"POST /validate HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                        b"POST /validate HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                        b"POST /validate HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        b"POST /validate HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with self.subTest(garbage=garbage), wire(self.webhook) as connection:
                reply = connection.send(garbage).reply()
                self.assertEqual((reply.status, reply.headers["connection"]), (400, "close"))
                self.assertTrue(connection.ended())
        self.assert_alive()


class Connections(stage.Stage):
    def body(self, layout="signed-rsa", **keywords):
        return encode(review(pod(self.image(layout)), **keywords))

    # shows: K-29
    def test_pipelined_requests(self):
        requests = b"".join(post(self.body(layout, uid=f"uid-{number}"))
                            for number, layout in enumerate(("signed-rsa", "unsigned", "signed-ec")))
        with wire(self.webhook) as connection:
            connection.send(requests)
            replies = [connection.reply().response for _ in range(3)]
        self.assertEqual([(reply["uid"], reply["allowed"]) for reply in replies],
                         [("uid-0", True), ("uid-1", False), ("uid-2", True)])

    def test_many_requests_on_one_connection(self):
        with wire(self.webhook) as connection:
            for number in range(50):
                reply = connection.send(post(self.body(uid=f"u{number}"))).reply()
                self.assertEqual(reply.response["uid"], f"u{number}")
                self.assertNotIn("connection", reply.headers)
            self.assertEqual(connection.send(post(b"{}")).reply().status, 400)
            self.assertEqual(connection.send(post(b"{}", path="/x")).reply().status, 404)
            self.assert_allowed(connection.send(post(self.body())).reply().response)
            reply = connection.send(post(self.body(), headers=["Connection: close"])).reply()
            self.assertEqual(reply.headers["connection"], "close")
            self.assertTrue(connection.ended())

    # shows: K-30
    def test_http_1_0(self):
        for extra in (b"", b"Connection: keep-alive\r\n", b"Expect: 100-continue\r\n"):
            with self.subTest(extra=extra), wire(self.webhook) as connection:
                request = post(self.body()).replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\n" + extra, 1)
                reply = connection.send(request).reply()
                self.assert_allowed(reply.response)
                self.assertEqual(reply.headers["connection"], "close")
                self.assertTrue(connection.ended())

    # shows: K-27
    def test_slow_clients_are_cut_and_others_served(self):
        """One byte a second: of the head, of the body. Beside them ordinary requests, none of which may wait."""
        ended = {}

        def drip(name, first):
            with wire(self.webhook, seconds=30) as connection:
                connection.send(first)
                start = time.monotonic()
                connection.sock.settimeout(1)
                while time.monotonic() - start < 20:
                    try:
                        connection.send(b"x")
                        connection._more()
                    except TimeoutError:
                        continue
                    except (Closed, OSError):
                        ended[name] = time.monotonic() - start
                        return

        request = post(self.body())
        threads = [threading.Thread(target=drip, args=arguments, daemon=True) for arguments in
                   (("head", request[:20]), ("body", request[:-100] + b" "), ("nothing but a byte", b"P"))]
        for thread in threads:
            thread.start()
        slowest = 0
        while any(thread.is_alive() for thread in threads):
            elapsed, reply = milliseconds(lambda: self.ask(self.body()))
            self.assertEqual(reply.status, 200)
            slowest = max(slowest, elapsed)
            time.sleep(0.2)
        self.assertEqual(len(ended), 3, ended)
        for name, seconds in ended.items():
            self.assertTrue(9 <= seconds <= 12.5, (name, seconds))
        self.assertLess(slowest, 1000)

    # shows: K-28
    def test_clients_that_leave_before_the_reply(self):
        """Also in the middle of a request, of the handshake, and with a reset."""
        request = post(self.body())
        for data, reset in ((request, False), (request, True), (request[:-10], False), (request[:30], True), (b"", True)):
            for _ in range(10):
                connection = wire(self.webhook)
                connection.send(data)
                connection.reset() if reset else connection.sock.close()
        for _ in range(10):
            with stage.support.socket.create_connection(("127.0.0.1", self.webhook.port)) as plain:
                plain.send(b"\x16\x03\x01\x02\x00\x01\x00")
        self.assert_alive()
        self.assert_allowed(self.decide(self.body()))

    def test_half_closed_client_gets_its_reply(self):
        with wire(self.webhook) as connection:
            connection.send(post(self.body()))
            connection.half_close()
            self.assert_allowed(connection.reply().response)
            self.assertTrue(connection.ended())


if __name__ == "__main__":
    unittest.main()
