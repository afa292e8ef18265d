"""HTTP/2 connections that end or fall silent under requests."""

import unittest

from registry_case import RegistryCase
from harness.certificates import Authority
from hostile_registry import digest
from http2_server import Http2Server

IMAGE = b"{}"


class Http2(RegistryCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder(), "corp")

    def serve(self, script):
        headers = [("content-type", "application/vnd.oci.image.manifest.v1+json"), ("content-length", "1234"),
                   ("docker-content-digest", digest(IMAGE))]
        return self.start(Http2Server(self.authority.server_context("registry"), headers, script))

    def resolve_at(self, server, **options):
        settings = {"registries": [{"match": server.name, "ca": [self.authority.pem]}]}
        return self.resolve(settings, f"{server.name}/team/app:1", **options)

    def test_answer(self):
        server = self.serve(lambda connection, request: "answer")
        result = self.resolve_at(server, count=20)
        self.assertTrue(result["ok"], result)
        self.assertEqual({does for _, does in server.requests}, {"answer"})

    def test_connection_that_ends_under_a_request(self):
        # shows: R-223
        for end in ("goaway", "refuse"):
            with self.subTest(end):
                server = self.serve(lambda connection, request, end=end: end if (connection, request) == (1, 1) else "answer")
                result = self.resolve_at(server)
                self.assertTrue(result["ok"], result)
                self.assertEqual([does for _, does in server.requests], [end, "answer"])

    def test_connection_that_always_ends(self):
        for end in ("goaway", "refuse"):
            with self.subTest(end):
                server = self.serve(lambda connection, request, end=end: end)
                result = self.resolve_at(server, timeoutMs=8000)
                self.assertFalse(result["ok"], result)
                self.assertIn(result["code"], ("CS204", "CS206"))
                self.assertLess(len(server.requests), 20)

    def test_stream_that_stalls(self):
        # shows: R-224
        server = self.serve(lambda connection, request: "stall" if connection == 1 else "answer")
        result = self.resolve_at(server, exchangeTimeoutMs=500)
        self.assertTrue(result["ok"], result)
        self.assertGreaterEqual(server.connections, 2, "a new connection, not the silent one")


if __name__ == "__main__":
    unittest.main()
