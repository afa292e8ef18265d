"""A webhook on loopback with the demo's trust, for the quick start and the tests. Standard library only."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.processes import Process, free_port  # noqa: E402
from harness.registry import DEMO, ROOT  # noqa: E402


def copy_trust(folder):
    """Puts the demo's trust policy and trust store into a folder, unless it has its own."""
    for name in ("trustpolicy.json", "truststore"):
        if not (folder / name).exists():
            source = DEMO / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)


class Webhook:
    """`countersign serve` with the demo's trust policy, in front of one registry or several.

    `tls` names a certificate and its key; `limits` are those of the process."""

    def __init__(self, program, folder, registry_hosts=(), extra="", rules="", default="enforce", environment=None,
                 tls=None, limits=()):
        folder = pathlib.Path(folder)
        self.port = free_port()
        self.ops_port = free_port()
        self.log = folder / f"countersign-{self.port}.log"
        copy_trust(folder)
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
        self.process = Process([program, "serve", "--config", self.configuration], self.log,
                               {**os.environ, "TMPDIR": str(folder), **(environment or {})}, limits)
        try:
            self.process.wait_ready(self.ready)
        except BaseException:
            self.process.stop()
            raise
        bundle = tls[0] if tls else self.event("server.self_signed_certificate")["caBundle"]
        self.tls = ssl.create_default_context(cafile=bundle)

    def ready(self):
        """Whether it takes reviews."""
        try:
            return self.ops("/readyz")[0] == 200
        except OSError:
            return False

    def ops(self, path):
        """Status and text that the port for probes and metrics answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=5)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def events(self, name=None):
        """The log so far, all of it or the events of one name."""
        lines = [json.loads(line) for line in self.log.read_text().split("\n") if line.startswith("{")]
        return [line for line in lines if name is None or line["event"] == name]

    def event(self, name):
        """The first event of this name."""
        return self.events(name)[0]

    def connect(self):
        """A connection for several reviews."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=40, context=self.tls)

    def post(self, body, timeout="10s", path="/validate", connection=None, headers=None):
        """HTTP status and body that answer one review."""
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
        """Ends it and returns its exit status."""
        return self.process.stop(how)


def pod_review(image, uid="3f0e7a3c-0000-4000-8000-000000000001", namespace="shop"):
    """A recorded Pod CREATE with one container of this image."""
    template = (ROOT / "tests" / "reviews" / "pod-template.json").read_text()
    return template.replace("@IMAGE@", image).replace("@UID@", uid).replace("@NAMESPACE@", namespace).encode()


def scratch_folder():
    """The name of a new folder, which the caller removes."""
    return tempfile.mkdtemp(prefix="countersign-")
