"""What the tests of charts/countersign share: the least values, Helm, and one rendering taken apart.

`python3 -m unittest discover -s tests/chart -p '*_test.py'` needs Python's yaml, and the Helm that manifests/render finds: $HELM,
or helm in PATH, or the one that tests/e2e/build-tools has built. Without Helm every test fails.
"""

import copy
import json
import pathlib
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "countersign"
MANIFESTS = ROOT / "manifests"
RELEASE, NAMESPACE = "countersign", "countersign-system"

PEM = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n"
POLICY = {
    "version": "1.0",
    "trustPolicies": [
        {
            "name": "shop",
            "registryScopes": ["*"],
            "signatureVerification": {"level": "strict"},
            "trustStores": ["ca:shop"],
            "trustedIdentities": ["*"],
        }
    ],
}
# The least that an installation needs.
MINIMUM = {
    "image": {"repository": "registry.example/countersign"},
    "trust": {
        "policy": POLICY,
        "stores": [{"type": "ca", "name": "shop", "sources": [{"configMap": "shop-root"}]}],
    },
    "tls": {"secretName": "countersign-tls", "caBundle": PEM},
}
CERT_MANAGER = {"tls": {"secretName": "", "caBundle": "", "certManager": {"enabled": True}}}


HELM = subprocess.run([str(MANIFESTS / "render"), "--helm"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def merged(base, change):
    """`change` laid over `base`; a mapping is merged, everything else replaced."""
    result = copy.deepcopy(base)
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def helm(*arguments):
    """Helm to its end, whatever its exit status."""
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False)


def run_template(values, *arguments):
    """`helm template` with these values and no others."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(values, file)  # JSON is YAML, and every reader takes it the same way
        file.flush()
        return helm("template", RELEASE, str(CHART), "--namespace", NAMESPACE, "--kube-version", "1.34.0",
                    "--values", file.name, *arguments)


class Rendered:
    """The objects of one rendering, without hooks unless asked for."""

    def __init__(self, change=None, *arguments, hooks=False):
        arguments = arguments if hooks else ("--no-hooks", *arguments)
        result = run_template(merged(MINIMUM, change or {}), *arguments)
        if result.returncode != 0:
            raise AssertionError(f"helm template failed:\n{result.stderr}")
        self.text = result.stdout
        self.objects = [each for each in yaml.safe_load_all(result.stdout) if each]

    def all(self, kind):
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind):
        found = self.all(kind)
        if len(found) != 1:
            raise AssertionError(f"want one {kind}, got {len(found)}")
        return found[0]

    @property
    def pod(self):
        return self.one("Deployment")["spec"]["template"]

    @property
    def container(self):
        (container,) = self.pod["spec"]["containers"]
        return container

    @property
    def webhooks(self):
        return self.one("ValidatingWebhookConfiguration")["webhooks"]

    @property
    def configuration(self):
        return yaml.safe_load(self.one("ConfigMap")["data"]["countersign.yaml"])

    @property
    def trust_policy(self):
        return json.loads(self.one("ConfigMap")["data"]["trustpolicy.json"])


class ChartTest(unittest.TestCase):
    """Values laid over the least ones."""

    maxDiff = None

    def assert_refused(self, change, *texts, arguments=()):
        """Nothing is rendered, and each text stands in the error."""
        result = run_template(merged(MINIMUM, change), *arguments)
        self.assertNotEqual(result.returncode, 0, "rendered, but should have been refused")
        self.assertEqual(result.stdout, "")
        for text in texts:
            self.assertIn(text, result.stderr)
