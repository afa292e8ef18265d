"""What the owner of one repository makes its registry answer there, and another repository that must not notice."""

import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "webhook"))
import stage  # noqa: E402
from support import pod, review  # noqa: E402

NOT_FOUND = b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'
ATTACKS = {
    "errors": (500, b"oops", ()),
    "away": (503, b"", ()),
    "away for a minute": (503, b"", (("Retry-After", "60"),)),
    "limited": (429, b"", ()),
    "limited for a minute": (429, b"", (("Retry-After", "60"),)),
    "used up": (404, NOT_FOUND, (("RateLimit-Remaining", "0;w=21600"),)),
    "missing": (404, NOT_FOUND, ()),
    "missing in front": (404, b"default backend - 404", ()),
    "a login page": (200, b"<html>log in", ()),
    "forbidden": (403, b"<html>", ()),
    "denied": (403, b'{"errors":[{"code":"FORBIDDEN"}]}', ()),
    "an upstream": (424, b'{"errors":[{"code":"UNKNOWN"}]}', ()),
    "no method": (405, b"", ()),
}


class Repositories(stage.Stage):
    """The webhook has as many workers as there are processors; each review comes on a connection of its own."""

    def attack(self, handler):
        if not handler.path.startswith("/v2/evil/"):
            return False
        status, body, headers = self.answer
        if status == 0:  # silence
            self.registry.released.wait(5)
            handler.close_connection = True
        elif status < 0:
            handler.close_connection = True
        else:
            handler.give(status, body, "text/html" if body.startswith(b"<") else "application/json", headers)
        return True

    def while_attacked(self, answer, rounds=25):
        """Reviews of the victim while the attacker asks, first and all the time, for images of four repositories."""
        self.answer = answer
        self.registry.script = self.attack
        stop = threading.Event()

        def attacker(number):
            while not stop.is_set():
                image = f"{self.registry.host}/evil/{number}:1"
                try:
                    self.ask(review(pod(image), namespace="evil"), path="/validate?timeout=3s")
                except OSError:
                    pass
                stop.wait(0.05)

        threads = [threading.Thread(target=attacker, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        try:
            time.sleep(0.3)
            return [self.decide(review(pod(self.image("signed-rsa")))) for _ in range(rounds)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            self.registry.script = None

    # shows: R-257
    def test_answers(self):
        for name, answer in ATTACKS.items():
            with self.subTest(name):
                for response in self.while_attacked(answer):
                    self.assert_allowed(response)
        self.assert_alive()

    def test_silence_and_resets(self):
        for status in (0, -1):
            with self.subTest(status):
                for response in self.while_attacked((status, b"", ()), rounds=10):
                    self.assert_allowed(response)

    def test_an_api_that_fails_for_a_moment(self):
        """A registry that knows the API, and a front end that answers in its place: an outage, and no longer than it lasts."""
        image = self.image("signed-rsa")
        self.assert_allowed(self.decide(review(pod(image))))
        for name, (status, body, headers) in ATTACKS.items():
            if status >= 500 or status in (429, 424) or b"FORBIDDEN" in body:
                continue
            with self.subTest(name):
                def script(handler, status=status, body=body):
                    if "/referrers/" not in handler.path:
                        return False
                    handler.give(status, body, "text/html" if body.startswith(b"<") else "application/json")
                    return True
                self.registry.script = script
                response = self.decide(review(pod(image)))
                self.assertIs(response["allowed"], False)
                self.assertIn("CS204", response["status"]["message"])
                self.registry.script = None
                for _ in range(6):
                    self.assert_allowed(self.decide(review(pod(image))))
