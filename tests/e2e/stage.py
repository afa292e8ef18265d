"""Everything that the cluster test stands on, started once: control plane, registry, the chart's release, the webhook."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster import ControlPlane
from harness.certificates import Authority
from harness.processes import Failed, free_port, must, wait_until
from harness.registry import DEMO, ROOT, DemoRegistry
from webhook import LocalWebhook

RELEASE = "countersign"
NAMESPACE = "countersign-system"
POD_WEBHOOK = "pods.validate.countersign.dev"
WORKLOAD_WEBHOOK = "workloads.validate.countersign.dev"
EXISTING = "existing"  # namespace of workloads that are older than the webhook
TRIAL = "trial"  # namespace with a rule of its own: warn


def say(text):
    print(f"cluster test: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def timed(what):
    started = time.monotonic()
    yield
    say(f"{what} ({time.monotonic() - started:.1f} s)")


class Stage:
    """Starts all parts; ensure() brings the webhook into the mode that a test needs."""

    def __init__(self):
        program = Path(os.environ.get("COUNTERSIGN", ROOT / "build" / "release" / "bin" / "countersign")).resolve()
        if not os.access(program, os.X_OK):
            raise Failed(f"{program} does not exist: build the release preset, or name the program in COUNTERSIGN")
        self.folder = Path(tempfile.mkdtemp(prefix="countersign-e2e-"))
        self.plane = ControlPlane(self.folder, find_tools())
        self.registry = None
        self.port = free_port()
        self.webhook = LocalWebhook(self.plane, self.folder, program, NAMESPACE, RELEASE, self.port, free_port())
        self._release = None  # mode and failure policy of what is installed
        self._broken = False

    def start(self):
        with timed("etcd, kube-apiserver and kube-controller-manager are up"):
            self.plane.start()
        with timed("the registry holds the demo images"):
            self.registry = DemoRegistry(self.folder)
        with timed("an unsigned workload runs already"):
            self._create_existing()
        self._prepare_release()

    def stop(self, keep):
        self.webhook.stop()
        if self.registry:
            self.registry.stop()
        self.plane.stop()
        if keep:
            say(f"logs are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder)

    def ensure(self, mode, failure_policy="Fail"):
        """Installs or upgrades the release in this mode and runs the webhook as the Deployment in the cluster says."""
        wanted = (mode, failure_policy)
        if self._release == wanted and self.webhook.running():
            return
        if self._broken:
            raise Failed("the webhook did not come up before, so this is not tried again")
        self._broken = True
        with timed(f"the webhook answers in mode {mode}"):
            self.webhook.stop()
            if self._release != wanted:
                must(self.plane.helm("upgrade", "--install", RELEASE, ROOT / "charts" / "countersign",
                                     "--namespace", NAMESPACE, "--values", self.folder / "values.json",
                                     f"--set=mode={mode}", f"--set=webhook.failurePolicy={failure_policy}"))
            self._release = wanted
            self.webhook.start()
            # The API server learns of a registration, and notices a webhook that is back, a moment later.
            wait_until(self._asked, "the API server calls the webhook")
        self._broken = False

    def uninstall(self):
        """Removes the release while the webhook is down; returns what Helm said."""
        self.webhook.stop()
        self._release = None
        return self.plane.helm("uninstall", RELEASE, "--namespace", NAMESPACE)

    def registration(self):
        return self.plane.get("validatingwebhookconfiguration", RELEASE)

    def _asked(self):
        before = len(self.webhook.decisions())
        self.plane.kubectl("run", "probe", f"--image={self.registry.image('signed-rsa')}", "--dry-run=server")
        return len(self.webhook.decisions()) > before

    def _create_existing(self):
        self.plane.create_namespace(EXISTING)
        image = f"--image={self.registry.image('unsigned')}"
        must(self.plane.kubectl("create", "deployment", "old", image, "--namespace", EXISTING))
        must(self.plane.kubectl(
            "run", "old", image, "--namespace", EXISTING,
            '--overrides={"metadata": {"finalizers": ["example.com/held"], "labels": {"app": "bare"}}}'))
        wait_until(lambda: must(self.plane.kubectl(
            "get", "pods", "--namespace", EXISTING, "--selector=app=old", "--output=name")).stdout, "the Deployment has a Pod")

    def _prepare_release(self):
        """What an administrator makes before `helm install`: namespace, trust store, serving certificate, values."""
        authority = Authority(self.folder, "serving-ca")
        certificate, key = authority.issue("serving", "IP:127.0.0.1")
        self.plane.create_namespace(NAMESPACE)
        self.plane.create_namespace(TRIAL)
        must(self.plane.kubectl("create", "configmap", "demo-roots", "--namespace", NAMESPACE,
                                f"--from-file={DEMO / 'truststore' / 'x509' / 'ca' / 'demo'}"))
        must(self.plane.kubectl("create", "secret", "tls", "serving", "--namespace", NAMESPACE,
                                f"--cert={certificate}", f"--key={key}"))
        values = {
            "image": {"repository": "registry.example.com/countersign"},
            "trust": {
                "policy": (DEMO / "trustpolicy.json").read_text(),
                "stores": [{"type": "ca", "name": "demo", "sources": [{"configMap": "demo-roots"}]}],
            },
            "enforcement": {"rules": [{"name": "trial", "match": {"namespaces": [TRIAL]}, "action": "warn"}]},
            "registries": [{"match": self.registry.host, "plainHttp": True}],
            "tls": {"secretName": "serving", "caBundle": authority.pem},
            "webhook": {"url": f"https://127.0.0.1:{self.port}/validate"},
        }
        (self.folder / "values.json").write_text(json.dumps(values))


def find_tools():
    """The folder of the Kubernetes programs; tests/e2e/run has built them."""
    done = subprocess.run([Path(__file__).parent / "build-tools", "--print"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed("the Kubernetes programs are not built yet: run tests/e2e/build-tools")
    return done.stdout.strip()
