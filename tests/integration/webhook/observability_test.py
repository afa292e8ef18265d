"""Probes, metrics and the log."""

import concurrent.futures
import json
import re
import shutil
import socket
import subprocess
import time
import unittest

import stage
from support import Closed, Wire, encode, pod, post, review, wire
from harness.certificates import make_certificate
from harness.processes import free_port, wait_until

SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?P<labels>[^}]*)\})? (?P<value>[-+0-9.eE]+|[+-]?Inf|NaN)( \d+)?')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
EXPECTED_FAMILIES = {
    "countersign_admission_reviews_total": {"decision", "action"}, "countersign_admission_duration_seconds": set(),
    "countersign_image_verdicts_total": {"outcome", "code"}, "countersign_verification_duration_seconds": set(),
    "countersign_registry_exchanges_total": {"registry", "kind", "status"},
    "countersign_registry_exchange_duration_seconds": set(), "countersign_inflight_verifications": set(),
    "countersign_waiting_verifications": set(),
    "countersign_coalesced_verifications_total": set(), "countersign_config_generation": set(),
    "countersign_config_last_reload_success_timestamp_seconds": set(),
    "countersign_certificate_not_after_timestamp_seconds": {"role"},
    "countersign_build_info": {"version", "commit", "compiler"}}
IMAGE_FIELDS = {"image", "repository", "digest", "outcome", "code", "class", "action", "decision", "rule", "statement", "message",
                "remedy", "signatures", "timings"}


def parse_metrics(test, text):
    """As strict as the format: HELP and TYPE before samples, labels escaped, no series twice."""
    types, series = {}, {}
    test.assertTrue(text.endswith("\n"))
    for line in text.splitlines():
        if line.startswith("# HELP "):
            test.assertGreater(len(line.split(" ", 3)), 3, line)
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            test.assertNotIn(name, types)
            types[name] = kind
            continue
        match = SAMPLE.fullmatch(line)
        test.assertIsNotNone(match, line)
        labels = match["labels"] or ""
        test.assertEqual("".join(each.group(0) for each in LABEL.finditer(labels)), labels, line)
        family = match["name"]
        if family not in types:
            family = re.sub(r"_(bucket|sum|count)$", "", family)
        test.assertIn(family, types, line)
        if types[family] == "counter":
            test.assertTrue(family.endswith("_total"), line)
        key = match["name"], tuple(sorted((name, value) for name, value in LABEL.findall(labels)))
        test.assertNotIn(key, series)
        series[key] = float(match["value"])
    return types, series


class Observability(stage.Stage):
    def events(self, uid):
        return [line for line in self.webhook.events("admission.decided") if line["uid"] == uid]

    def test_texts_from_outside_are_cut_in_the_log(self):
        uid = "texts-from-outside"
        self.decide(review(pod("x" * 100_000), uid=uid, name="\x7f" * 1_000_000))
        (event,) = self.events(uid)
        self.assertEqual(event["name"], "\x7f" * 600)
        self.assertLess(len(json.dumps(event)), 10_000)

    def test_images_that_are_no_references_are_counted(self):
        def counted():
            _, series = parse_metrics(self, self.webhook.ops("/metrics")[1])
            return series["countersign_image_verdicts_total", (("code", "CS112"), ("outcome", "invalid-reference"))]
        before = counted()
        self.decide(review(pod("sha256:" + "a" * 64)))
        self.decide(review(pod("sha256:abc")))
        self.assertEqual(counted(), before + 2)

    # shows: K-174 R-245
    def test_metrics(self):
        for number, layout in enumerate(stage.support.EXPECTED["layouts"]):
            self.decide(review(pod(self.image(layout)), namespace=f"namespace-{number}"))
        self.decide(review(pod("other.invalid/app:1")), path="/validate?timeout=1s")
        self.ask(b"{}")
        # The answer about a registry whose name does not resolve may leave before the resolver has said so.
        wait_until(lambda: "countersign_inflight_verifications 0" in self.webhook.ops("/metrics")[1], "no verification is under way", 40)
        with Wire(socket.create_connection(("127.0.0.1", self.webhook.ops_port), timeout=5)) as connection:
            reply = connection.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").reply()
        self.assertEqual(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        types, series = parse_metrics(self, reply.body.decode())
        for family, labels in EXPECTED_FAMILIES.items():
            self.assertIn(family, types)
            for name, found in series:
                if re.sub(r"_(bucket|sum|count)$", "", name) == family:
                    self.assertEqual({label for label, _ in found} - {"le"}, labels)
        text = reply.body.decode()
        for inward in ("demo/", "sha256:", "11111111-2222", "namespace-", "other.invalid"):
            self.assertNotIn(inward, text)
        self.assertEqual(series["countersign_image_verdicts_total", (("code", "CS101"), ("outcome", "unsigned"))], 1)
        self.assertEqual(series["countersign_admission_reviews_total", (("action", "enforce"), ("decision", "error"))], 1)
        self.assertGreater(series["countersign_admission_duration_seconds_count", ()], 10)
        self.assertEqual(series["countersign_inflight_verifications", ()], 0)
        not_after = series["countersign_certificate_not_after_timestamp_seconds", (("role", "serving"),)]
        self.assertAlmostEqual(not_after, time.time() + 365 * 86400, delta=86400)
        registries = {dict(labels)["registry"] for name, labels in series if name == "countersign_registry_exchanges_total"}
        self.assertLessEqual(registries, {self.registry.host, "other"})
        if shutil.which("promtool"):
            checked = subprocess.run(["promtool", "check", "metrics"], input=reply.body, capture_output=True, timeout=20)
            self.assertEqual(checked.returncode, 0, checked)

    def test_statuses_from_outside_are_not_labels_without_end(self):
        """A registry may answer with any number; each must not become a series of its own."""
        statuses = iter(range(400, 1000))
        self.registry.script = lambda handler: handler.give(next(statuses)) or True
        try:
            for number in range(40):
                self.decide(review(pod(self.image(f"x{number}"))), path="/validate?timeout=1s")
        finally:
            self.registry.script = None
        _, series = parse_metrics(self, self.webhook.ops("/metrics")[1])
        found = {dict(labels)["status"] for name, labels in series if name == "countersign_registry_exchanges_total"}
        self.assertLessEqual(len(found), 30, found)

    # shows: K-175
    def test_one_line_a_review(self):
        uid = "line-of-unsigned"
        self.decide(review(pod(self.image("unsigned")), uid=uid))
        (line,) = self.events(uid)
        self.assertEqual({key: line[key] for key in ("level", "event", "operation", "kind", "namespace", "name", "dryRun", "allowed",
                                                     "verdict", "action", "outcome", "code")},
                         {"level": "info", "event": "admission.decided", "operation": "CREATE", "kind": "Pod", "namespace": "shop",
                          "name": "web", "dryRun": False, "allowed": False, "verdict": "deny", "action": "enforce",
                          "outcome": "unsigned", "code": "CS101"})
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreater(line["ms"], 0)
        (image,) = line["images"]
        self.assertLessEqual(IMAGE_FIELDS, set(image))
        self.assertEqual(image["digest"], stage.support.digest_of("unsigned"))

    # shows: K-175
    def test_one_line_for_every_kind_of_review(self):
        bodies = {"signed": review(pod(self.image("signed-rsa"))), "invalid": review(pod("::")), "odd": review({**pod(), "spec": 7}),
                  "none": review({**pod(), "spec": {"containers": []}}), "delete": review(None, pod(), "DELETE"),
                  "same": review(pod(), pod(), "UPDATE")}
        for uid, body in bodies.items():
            body["request"]["uid"] = uid
            self.decide(body)
        for uid in bodies:
            (line,) = self.events(uid)
            self.assertIn("verdict", line)
            for image in line["images"]:
                self.assertLessEqual(IMAGE_FIELDS, set(image), uid)
        self.ask(b"{}")
        refused = self.webhook.events("admission.refused")[-1]
        self.assertEqual((refused["level"], refused["httpStatus"]), ("warn", 400))
        for text in self.webhook.log.read_text().rstrip("\n").split("\n"):
            json.loads(text)

    def test_exchanges_are_counted(self):
        uid = "exchanges"
        self.decide(review(pod(self.image("signed-legacy-form")), uid=uid))
        timings = self.events(uid)[0]["images"][0]["timings"]
        self.assertGreaterEqual(timings["exchanges"], 4)
        self.assertGreater(timings["totalMs"], timings["registryMs"])

    # shows: K-172 K-173
    def test_probes(self):
        self.assertEqual(self.webhook.ops("/livez"), (200, "ok\n"))
        self.assertEqual(self.webhook.ops("/readyz"), (200, "ok\n"))
        status, text = self.webhook.ops("/readyz?verbose")
        self.assertEqual(status, 200)
        for word in ("configuration", "certificate", "generation"):
            self.assertIn(word, text)
        for path in ("/", "/validate", "/healthz", "/debug/pprof", "/metrics/x"):
            self.assertEqual(self.webhook.ops(path)[0], 404, path)

    def test_ops_port_is_as_strict(self):
        def connect():
            return Wire(socket.create_connection(("127.0.0.1", self.webhook.ops_port), timeout=20))

        with connect() as connection:
            self.assertEqual(connection.send(post(b"{}", path="/metrics")).reply().status, 405)
            self.assertEqual(connection.send(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n").reply(with_body=False).status, 200)
            self.assertEqual(connection.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").reply().body, b"ok\n")
            self.assertEqual(connection.send(b"nonsense\r\n\r\n").reply().status, 400)
            self.assertTrue(connection.ended())
        with connect() as connection:
            self.assertEqual(connection.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 20000).reply().status, 431)
        with connect() as connection:
            connection.send(b"GET /livez HTTP/1.1\r\n")
            start = time.monotonic()
            self.assertTrue(connection.ended(15))
            self.assertTrue(9 <= time.monotonic() - start <= 12.5)

    def test_ops_port_is_not_shut_out_by_the_other(self):
        """Probes have connections of their own: a full admission port must not have the Pod killed."""
        connections = [wire(self.webhook) for _ in range(50)]
        self.assertEqual(self.webhook.ops("/livez")[0], 200)
        for connection in connections:
            connection.sock.close()

    def test_text_log(self):
        webhook = self.start(self.registry.host, extra="log: {format: text, level: info}\n", tls=make_certificate(
            self.folder, "text-log"))
        try:
            self.decide(review(pod(self.image("unsigned"))), webhook)
            text = webhook.log.read_text()
            self.assertRegex(text, r"(?m)^\S+Z info admission\.decided uid=")
        finally:
            webhook.stop()

    def test_quiet_log(self):
        webhook = self.start(self.registry.host, extra="log: {level: error}\n", tls=make_certificate(self.folder, "quiet"))
        try:
            self.decide(review(pod(self.image("unsigned"))), webhook)
            self.assertEqual(webhook.log.read_text(), "")
        finally:
            webhook.stop()


class ManyImages(stage.Stage):
    rules = ('  rules:\n    - {name: fast, match: {images: ["fast.example/**"]}, action: skip}\n'
             '    - {name: slow, match: {images: ["slow.example/**"]}, action: skip}\n')

    def test_each_image_has_its_own_entry(self):
        images = ["fast.example/a:1", "fast.example/b\"\\:1", "fast.example/b:1", "fast.example/c:1", self.image("unsigned"),
                  "fast.example/d:1", "slow.example/e:1", "slow.example/f:1", self.image("signed-rsa"), "slow.example/g:1"]
        containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
        before = pod(containers=containers[2:4])
        for body, uid in ((review(pod(containers=containers), uid="mixed"), "mixed"),
                          (review(pod(containers=containers), before, "UPDATE", uid="mixed-update"), "mixed-update")):
            self.decide(body)
            (line,) = [each for each in self.webhook.events("admission.decided") if each["uid"] == uid]
            self.assertEqual([entry["image"] for entry in line["images"]], images)
            for entry in line["images"]:
                self.assertLessEqual(IMAGE_FIELDS, set(entry))
                host = entry["image"].split(".example")[0]
                if "\\" in entry["image"]:
                    self.assertEqual((entry["outcome"], entry["rule"]), ("invalid-reference", "default"))
                elif host in ("fast", "slow"):
                    self.assertEqual((entry["outcome"], entry["rule"], entry["action"], entry["decision"], entry["skipReason"]),
                                     ("skipped", host, "skip", "allow", "rule"))
                else:
                    self.assertNotIn("skipReason", entry)
                    self.assertTrue(entry["digest"].startswith("sha256:"))

    def test_the_record_is_there_before_the_answer(self):
        """Many at a time, so that the records of several reviews are written together."""
        def one(connection, uid):
            reply = connection.send(post(encode(review(pod("fast.example/a:1"), uid=uid)))).reply()
            return reply.response["uid"], self.webhook.log.read_text().count(f'"uid":"{uid}"')

        def many(number):
            with wire(self.webhook) as connection:
                return [one(connection, f"{number}-{turn}") for turn in range(25)]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for answers in pool.map(many, range(8)):
                self.assertEqual([count for _, count in answers], [1] * 25)


class SilentReader(stage.Stage):
    def test_lost_log_does_not_end_the_webhook(self):
        """Whoever reads the log is gone: reviews are answered all the same."""
        configuration = self.webhook.configuration.read_text()
        ports = free_port(), free_port()
        for old, new in zip((self.webhook.port, self.webhook.ops_port), ports):
            configuration = configuration.replace(str(old), str(new))
        path = self.webhook.configuration.with_name("lost.yaml")
        path.write_text(configuration)
        process = subprocess.Popen([str(stage.support.PROGRAM), "serve", "--config", str(path)], stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, env={"TMPDIR": str(self.folder), "PATH": "/usr/bin"})
        try:
            bundle = None
            for line in process.stderr:
                event = json.loads(line)
                bundle = event.get("caBundle", bundle)
                if event["event"] == "server.listening":
                    break
            process.stderr.close()
            context = stage.services.ssl.create_default_context(cafile=bundle)
            plain = socket.create_connection(("127.0.0.1", ports[0]), timeout=10)
            with Wire(context.wrap_socket(plain, server_hostname="localhost")) as connection:
                for _ in range(3):
                    reply = connection.send(post(encode(review(pod(self.image("signed-rsa")))))).reply()
                    self.assertTrue(reply.response["allowed"])
        except Closed:
            self.fail("the webhook ended with its log")
        finally:
            process.terminate()
            self.assertEqual(process.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
