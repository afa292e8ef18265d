"""A registry and a webhook on loopback, for the quick start and the tests. Standard library only."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "tests" / "demo"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, ready, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not become ready within {seconds:.0f} s")


class Process:
    """One process that we started, and stop by its id."""

    def __init__(self, arguments, log, **keywords):
        self.log = pathlib.Path(log)
        self.output = open(self.log, "wb")
        self.process = subprocess.Popen(arguments, stdout=self.output, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, **keywords)

    def stop(self, how=signal.SIGTERM, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()
        return self.process.returncode


class Registry:
    """Debian's docker-registry with the demo images. It has no referrers API: signatures go by the referrers tag.

    `password` is a pair of user and password that it asks for, `tls` a pair of certificate and key files."""

    def __init__(self, folder, password=None, tls=None):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.tls = tls
        folder = pathlib.Path(folder)
        config = folder / f"registry-{self.port}.yml"
        auth = ""
        if password:
            users = folder / f"htpasswd-{self.port}"
            users.write_bytes(subprocess.run(["htpasswd", "-Bbn", *password], check=True, capture_output=True).stdout)
            auth = f"auth: {{htpasswd: {{realm: demo, path: {users}}}}}\n"
        keys = f", tls: {{certificate: {tls[0]}, key: {tls[1]}}}" if tls else ""
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/registry-data}}}}\n{auth}"
            f"http: {{addr: {self.host}, relativeurls: true{keys}}}\n")
        self.process = Process(["docker-registry", "serve", str(config)], folder / f"registry-{self.port}.log")
        wait_for("the registry", self.answers)

    def answers(self):
        context = ssl.create_default_context(cafile=self.tls[0]) if self.tls else None
        try:
            with urllib.request.urlopen(f"http{'s' if self.tls else ''}://{self.host}/v2/", timeout=2, context=context) as reply:
                return reply.status == 200
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False

    def load_demo_images(self):
        expected = json.loads((DEMO / "expected.json").read_text())
        for name in expected["layouts"]:
            subprocess.run([str(ROOT / "scripts" / "push-layout"), str(DEMO / "layouts" / name),
                            f"{self.host}/demo/{name}:{expected['tag']}", "--plain-http", "--quiet"],
                           check=True, stdin=subprocess.DEVNULL)
        return expected

    def stop(self):
        self.process.stop()


class Webhook:
    """`countersign serve` with the demo's trust policy, in front of one registry or several. `tls` names a certificate and its key."""

    def __init__(self, program, folder, registry_hosts=(), extra="", rules="", default="enforce", environment=None,
                 tls=None):
        folder = pathlib.Path(folder)
        self.port = free_port()
        self.ops_port = free_port()
        self.log = folder / f"countersign-{self.port}.log"
        for name in ("trustpolicy.json", "truststore"):
            if not (folder / name).exists():
                source = DEMO / name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        self.configuration = folder / f"countersign-{self.port}.yaml"
        hosts = [registry_hosts] if isinstance(registry_hosts, str) else registry_hosts
        registries = "".join(f"  - {{match: \"{host}\", plainHttp: true}}\n" for host in hosts)
        registries = "registries:\n" + registries if registries else ""
        self.configuration.write_text(
            "apiVersion: countersign.dev/v1alpha1\nkind: Configuration\n"
            "trust: {policy: trustpolicy.json, directory: truststore}\n"
            f"enforcement:\n  default: {{action: {default}}}\n{rules}"
            f"{registries}"
            f"server:\n  address: \"127.0.0.1:{self.port}\"\n  ops: \"127.0.0.1:{self.ops_port}\"\n"
            + (f"  tls: {{certificate: \"{tls[0]}\", key: \"{tls[1]}\"}}\n" if tls else "") + extra)
        self.process = Process([str(program), "serve", "--config", str(self.configuration)], self.log,
                               env={**os.environ, "TMPDIR": str(folder), **(environment or {})})
        try:
            wait_for("countersign", self.ready)
        except RuntimeError as error:
            self.process.stop()
            raise RuntimeError(f"{error}:\n{self.log.read_text()}") from None
        bundle = tls[0] if tls else self.event("server.self_signed_certificate")["caBundle"]
        self.tls = ssl.create_default_context(cafile=bundle)

    def ready(self):
        if self.process.process.poll() is not None:
            raise RuntimeError(f"countersign ended with status {self.process.process.returncode}:\n{self.log.read_text()}")
        try:
            return self.ops("/readyz")[0] == 200
        except OSError:
            return False

    def ops(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=5)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def events(self, name=None):
        lines = [json.loads(line) for line in self.log.read_text().split("\n") if line.startswith("{")]
        return [line for line in lines if name is None or line["event"] == name]

    def event(self, name):
        return self.events(name)[0]

    def connect(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=40, context=self.tls)

    def post(self, body, timeout="10s", path="/validate", connection=None, headers=None):
        own = None if connection else self.connect()
        connection = connection or own
        try:
            connection.request("POST", f"{path}?timeout={timeout}", body,
                               headers or {"Content-Type": "application/json", "Accept": "application/json, */*"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            if own:
                own.close()

    def stop(self, how=signal.SIGINT):
        return self.process.stop(how)


def pod_review(image, uid="3f0e7a3c-0000-4000-8000-000000000001", namespace="shop"):
    """A recorded Pod CREATE with one container of this image."""
    template = (ROOT / "tests" / "reviews" / "pod-template.json").read_text()
    return template.replace("@IMAGE@", image).replace("@UID@", uid).replace("@NAMESPACE@", namespace).encode()


def scratch_folder():
    return tempfile.mkdtemp(prefix="countersign-")
