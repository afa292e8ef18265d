"""A real Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager.

There is no node: Pods that were admitted stay Pending, which is all that admission needs.
"""
import json
import os
import secrets
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from harness.processes import Failed, Process, free_port, must, run, wait_until

AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    verbs: [get, list, watch]
  - level: Metadata
    resources:
      - group: ""
        resources: [pods, pods/ephemeralcontainers, replicationcontrollers, podtemplates, services]
      - group: apps
      - group: batch
      - group: admissionregistration.k8s.io
  - level: None
"""

KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
  - {{name: test, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: "{authority}"}}}}
users:
  - {{name: admin, user: {{token: "{token}"}}}}
contexts:
  - {{name: test, context: {{cluster: test, user: admin}}}}
current-context: test
"""


class ControlPlane:
    """Starts everything below a folder. `tools` is the folder that build-tools printed."""

    def __init__(self, folder, tools):
        self.folder = Path(folder)
        self.tools = Path(tools)
        self.kubeconfig = self.folder / "kubeconfig"
        self.audit_log = self.folder / "audit.log"
        self._processes = []
        self._token = secrets.token_hex(16)
        self._port = free_port()
        self._certificates = self.folder / "apiserver"

    def start(self):
        try:
            self._start_etcd()
            self._start_apiserver()
            self._start_controller_manager()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Stops what start() started, the last first."""
        while self._processes:
            self._processes.pop().stop()

    def kubectl(self, *arguments, stdin=None, seconds=60):
        """Runs kubectl as administrator and returns the finished process, whatever its exit status."""
        return self._tool("kubectl", *arguments, stdin=stdin, seconds=seconds)

    def helm(self, *arguments, seconds=120):
        """Runs Helm as administrator and returns the finished process, whatever its exit status."""
        return self._tool("helm", *arguments, seconds=seconds)

    def get(self, kind, name, namespace=None):
        """One object as a dictionary."""
        scope = ["--namespace", namespace] if namespace else []
        done = self.kubectl("get", kind, name, "--output=json", *scope)
        if done.returncode != 0:
            raise Failed(f"kubectl get {kind} {name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def request(self, method, path, document=None):
        """Speaks to the API server without kubectl; returns (HTTP status, answer)."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(
            f"https://127.0.0.1:{self._port}{path}", body, method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"})
        context = ssl.create_default_context(cafile=str(self._certificates / "apiserver.crt"))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def create_namespace(self, name):
        """Makes a namespace and waits until Pods can be created in it."""
        must(self.kubectl("create", "namespace", name))
        wait_until(lambda: self.kubectl("get", "serviceaccount", "default", "--namespace", name).returncode == 0,
                   f"namespace {name} has its service account")

    def audit_events(self):
        """What the API server has written to its audit log so far."""
        with open(self.audit_log, encoding="utf-8") as log:
            return [json.loads(line) for line in log]

    def _tool(self, program, *arguments, stdin=None, seconds):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "KUBECONFIG": str(self.kubeconfig)}
        return subprocess.run([str(self.tools / program), *map(str, arguments)], input=stdin, env=environment,
                              capture_output=True, text=True, check=False, timeout=seconds)

    def _launch(self, name, *arguments):
        program = name if name == "etcd" else self.tools / name
        process = Process([program, *arguments], self.folder / f"{name}.log", {"PATH": os.environ["PATH"]})
        self._processes.append(process)
        return process

    def _start_etcd(self):
        client, peer = free_port(), free_port()
        self._etcd = f"http://127.0.0.1:{client}"
        etcd = self._launch(
            "etcd", f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync",
            f"--listen-client-urls={self._etcd}", f"--advertise-client-urls={self._etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}", f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}")
        etcd.wait_ready(lambda: answers(f"{self._etcd}/health"))

    def _start_apiserver(self):
        key, public = self.folder / "service-account.key", self.folder / "service-account.pub"
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
        run("openssl", "pkey", "-in", key, "-pubout", "-out", public)
        tokens = self.folder / "tokens.csv"
        tokens.write_text(f'{self._token},admin,admin-uid,"system:masters"\n')
        (self.folder / "audit-policy.yaml").write_text(AUDIT_POLICY)
        self.kubeconfig.write_text(KUBECONFIG.format(
            port=self._port, authority=self._certificates / "apiserver.crt", token=self._token))
        apiserver = self._launch(
            "kube-apiserver", f"--etcd-servers={self._etcd}",
            "--bind-address=127.0.0.1", f"--secure-port={self._port}", f"--cert-dir={self._certificates}",
            # Nothing is to depend on the machine's other addresses: this one is reserved for documentation.
            "--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={public}", f"--service-account-signing-key-file={key}",
            f"--token-auth-file={tokens}", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24",
            "--feature-gates=ImageVolume=true",
            f"--audit-policy-file={self.folder / 'audit-policy.yaml'}", f"--audit-log-path={self.audit_log}")
        apiserver.wait_ready(
            lambda: (self._certificates / "apiserver.crt").exists()
            and self.kubectl("get", "--raw=/readyz").returncode == 0, seconds=120)

    def _start_controller_manager(self):
        port = free_port()
        manager = self._launch(
            "kube-controller-manager", f"--kubeconfig={self.kubeconfig}",
            f"--service-account-private-key-file={self.folder / 'service-account.key'}",
            f"--root-ca-file={self._certificates / 'apiserver.crt'}", "--leader-elect=false",
            f"--cert-dir={self.folder / 'controller-manager'}", "--bind-address=127.0.0.1", f"--secure-port={port}",
            "--controllers=*,-node-ipam-controller,-node-lifecycle-controller,-cloud-node-lifecycle-controller")
        manager.wait_ready(
            lambda: self.kubectl("get", "serviceaccount", "default", "--namespace=default").returncode == 0, seconds=60)


def fetch(url):
    """The text that a plain HTTP GET is answered with, or None without an answer of 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return answer.read().decode() if answer.status == 200 else None
    except OSError:
        return None


def answers(url):
    """Whether a plain HTTP GET is answered with 200."""
    return fetch(url) is not None
