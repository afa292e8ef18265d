"""Connections on which nothing happens for a long time. Apart from the others, as it takes two minutes."""

import pathlib
import shutil
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import PROGRAM, Wire, encode, pod, post, review, services  # noqa: E402


class Idle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = services.scratch_folder()
        cls.webhook = services.Webhook(PROGRAM, cls.folder, default="audit")

    @classmethod
    def tearDownClass(cls):
        cls.webhook.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def connect(self):
        """A connection that tells a close_notify from a mere end."""
        plain = socket.create_connection(("127.0.0.1", self.webhook.port), timeout=10)
        connection = Wire(self.webhook.tls.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False))
        self.addCleanup(connection.sock.close)
        return connection

    def answered(self, connection):
        reply = connection.send(post(encode(review(pod("localhost:1/app:1"))))).reply()
        return reply.response["allowed"]

    # shows: K-44
    def test_served_after_89_seconds_and_closed_after_125(self):
        used_again, left_alone = self.connect(), self.connect()
        start = time.monotonic()
        for connection in (used_again, left_alone):
            self.assertTrue(self.answered(connection))
        time.sleep(89)
        self.assertTrue(self.answered(used_again), "API servers keep idle connections for 90 s")
        left_alone.sock.settimeout(125 - (time.monotonic() - start))
        self.assertEqual(left_alone.sock.recv(1), b"", "a close_notify, which is no error")
        self.assertGreater(time.monotonic() - start, 115)
        self.assertTrue(self.answered(used_again))
        self.assertTrue(self.answered(self.connect()))


if __name__ == "__main__":
    unittest.main()
