#!/usr/bin/env python3
"""What charts/countersign renders, and what it refuses.

Needs Helm ($HELM, or helm in PATH, or the one that tests/e2e/build-tools has built) and Python's yaml. Run it directly, or with
`python3 -m unittest`. `# shows: K-…` names the case of the conformance list that a test shows.
"""

import base64
import copy
import glob
import json
import os
import pathlib
import re
import shutil
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


def find_helm():
    if os.environ.get("HELM"):
        return os.environ["HELM"]
    if shutil.which("helm"):
        return shutil.which("helm")
    cache = os.environ.get("COUNTERSIGN_CACHE") or os.path.expanduser("~/.cache/countersign")
    for candidate in sorted(glob.glob(os.path.join(cache, "tools", "*", "helm"))):
        if os.access(candidate, os.X_OK):
            return candidate
    return None


HELM = find_helm()


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
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False)


def run_template(values, *arguments):
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


def selects(selector, labels):
    """A label selector as the API server evaluates it, for the operators that the chart uses."""
    for expression in selector["matchExpressions"]:
        assert expression["operator"] == "NotIn", expression
        if labels.get(expression["key"]) in expression["values"]:
            return False
    return True


@unittest.skipIf(HELM is None, "helm not found: set HELM, or build it with tests/e2e/build-tools")
class ChartTest(unittest.TestCase):
    maxDiff = None

    def assert_refused(self, change, *texts, arguments=()):
        result = run_template(merged(MINIMUM, change), *arguments)
        self.assertNotEqual(result.returncode, 0, "rendered, but should have been refused")
        self.assertEqual(result.stdout, "")
        for text in texts:
            self.assertIn(text, result.stderr)


class Registration(ChartTest):
    def test_has_the_fields_that_are_safe_and_required(self):  # shows: K-119
        for change in ({}, CERT_MANAGER, {"mode": "enforce"}):
            for webhook in Rendered(change).webhooks:
                self.assertEqual(webhook["sideEffects"], "None")
                self.assertEqual(webhook["admissionReviewVersions"], ["v1"])
                self.assertEqual(webhook["failurePolicy"], "Fail")
                self.assertEqual(webhook["matchPolicy"], "Equivalent")
                self.assertEqual(webhook["timeoutSeconds"], 10)
                self.assertNotIn("objectSelector", webhook)
                for rule in webhook["rules"]:
                    self.assertEqual(rule["scope"], "Namespaced")

    def test_leaves_out_own_namespace_and_kube_system_and_brings_the_aks_expressions(self):  # shows: K-119
        for webhook in Rendered().webhooks:
            self.assertEqual(webhook["namespaceSelector"], {"matchExpressions": [
                {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [NAMESPACE, "kube-system"]},
                {"key": "control-plane", "operator": "NotIn", "values": ["true"]},
                {"key": "kubernetes.azure.com/managedby", "operator": "NotIn", "values": ["aks"]},
            ]})
        self.assertNotIn("admissions.enforcer/disabled",
                         Rendered().one("ValidatingWebhookConfiguration")["metadata"]["labels"])

    def test_can_tell_aks_to_keep_its_hands_off(self):
        rendered = Rendered({"aks": {"admissionsEnforcer": "disabled"}})
        labels = rendered.one("ValidatingWebhookConfiguration")["metadata"]["labels"]
        self.assertEqual(labels["admissions.enforcer/disabled"], "true")
        for webhook in rendered.webhooks:
            (expression,) = webhook["namespaceSelector"]["matchExpressions"]
            self.assertEqual(expression["key"], "kubernetes.io/metadata.name")

    def test_own_pods_are_never_sent_to_the_webhook(self):  # shows: K-184
        for change in ({}, {"aks": {"admissionsEnforcer": "disabled"}}, {"webhook": {"excludedNamespaces": ["more"]}}):
            for webhook in Rendered(change).webhooks:
                selector = webhook["namespaceSelector"]
                for name in (NAMESPACE, "kube-system"):
                    self.assertFalse(selects(selector, {"kubernetes.io/metadata.name": name}))
                self.assertTrue(selects(selector, {"kubernetes.io/metadata.name": "shop"}))

    def test_more_namespaces_are_excluded_once_each(self):
        rendered = Rendered({"webhook": {"excludedNamespaces": ["gatekeeper-system", "kube-system"]}})
        for webhook in rendered.webhooks:
            self.assertEqual(webhook["namespaceSelector"]["matchExpressions"][0]["values"],
                             [NAMESPACE, "kube-system", "gatekeeper-system"])

    def test_rules_name_exact_resources_and_operations(self):  # shows: K-120
        pods, workloads = Rendered().webhooks
        self.assertEqual(pods["rules"], [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
             "resources": ["pods", "pods/ephemeralcontainers"], "scope": "Namespaced"}])
        self.assertEqual(workloads["rules"], [
            {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
             "resources": ["deployments", "replicasets", "statefulsets", "daemonsets"], "scope": "Namespaced"},
            {"apiGroups": ["batch"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
             "resources": ["jobs", "cronjobs"], "scope": "Namespaced"},
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
             "resources": ["replicationcontrollers", "podtemplates"], "scope": "Namespaced"}])
        for rule in pods["rules"] + workloads["rules"]:
            self.assertNotIn("*", "".join(rule["resources"] + rule["apiGroups"] + rule["apiVersions"]))
            self.assertLessEqual(set(rule["operations"]), {"CREATE", "UPDATE"})

    def test_names_are_qualified_and_the_path_is_lower_case(self):  # shows: K-120
        names = []
        for webhook in Rendered().webhooks:
            names.append(webhook["name"])
            labels = webhook["name"].split(".")
            self.assertGreaterEqual(len(labels), 3)
            for label in labels:
                self.assertRegex(label, r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
            self.assertEqual(webhook["clientConfig"]["service"],
                             {"namespace": NAMESPACE, "name": RELEASE, "path": "/validate", "port": 443})
        self.assertEqual(len(set(names)), len(names))

    def test_service_and_registration_belong_together(self):
        rendered = Rendered()
        service = rendered.one("Service")
        called = rendered.webhooks[0]["clientConfig"]["service"]
        self.assertEqual((service["metadata"]["name"], service["metadata"]["namespace"]),
                         (called["name"], called["namespace"]))
        (port,) = service["spec"]["ports"]
        self.assertEqual((port["port"], port["targetPort"]), (called["port"], "https"))
        self.assertLessEqual(service["spec"]["selector"].items(), rendered.pod["metadata"]["labels"].items())

    def test_workloads_can_be_left_out_or_ignored(self):
        self.assertEqual(len(Rendered({"webhook": {"workloads": {"enabled": False}}}).webhooks), 1)
        pods, workloads = Rendered({"mode": "enforce", "webhook": {"workloads": {"failurePolicy": "Ignore"}}}).webhooks
        self.assertEqual((pods["failurePolicy"], workloads["failurePolicy"]), ("Fail", "Ignore"))

    def test_a_url_takes_the_place_of_the_service(self):
        url = "https://127.0.0.1:9443/validate"
        for webhook in Rendered({"webhook": {"url": url}}).webhooks:
            self.assertEqual(webhook["clientConfig"],
                             {"url": url, "caBundle": base64.b64encode(PEM.encode()).decode()})


class ServingCertificate(ChartTest):
    def test_from_a_secret_with_the_bundle_as_pem_or_as_base64(self):
        encoded = base64.b64encode(PEM.encode()).decode()
        for given in (PEM, encoded, encoded[:20] + "\n" + encoded[20:] + "\n"):
            rendered = Rendered({"tls": {"caBundle": given}})
            for webhook in rendered.webhooks:
                self.assertEqual(base64.b64decode(webhook["clientConfig"]["caBundle"]).decode(), PEM)
            self.assertIn("countersign-tls", json.dumps(rendered.pod["spec"]["volumes"]))
            self.assertNotIn("annotations", rendered.one("ValidatingWebhookConfiguration")["metadata"])
            self.assertEqual(rendered.all("Certificate"), [])

    def test_from_cert_manager(self):
        rendered = Rendered(CERT_MANAGER)
        registration = rendered.one("ValidatingWebhookConfiguration")
        self.assertEqual(registration["metadata"]["annotations"],
                         {"cert-manager.io/inject-ca-from": f"{NAMESPACE}/{RELEASE}-tls"})
        certificates = {each["metadata"]["name"]: each["spec"] for each in rendered.all("Certificate")}
        issuers = {each["metadata"]["name"]: each["spec"] for each in rendered.all("Issuer")}
        self.assertEqual(set(certificates), {f"{RELEASE}-ca", f"{RELEASE}-tls"})
        self.assertTrue(certificates[f"{RELEASE}-ca"]["isCA"])
        serving = certificates[f"{RELEASE}-tls"]
        self.assertEqual(serving["dnsNames"], [f"{RELEASE}.{NAMESPACE}.svc"])
        self.assertNotIn("isCA", serving)
        self.assertEqual(issuers[serving["issuerRef"]["name"]],
                         {"ca": {"secretName": certificates[f"{RELEASE}-ca"]["secretName"]}})
        self.assertEqual(issuers[certificates[f"{RELEASE}-ca"]["issuerRef"]["name"]], {"selfSigned": {}})
        (volume,) = [each for each in rendered.pod["spec"]["volumes"] if each["name"] == "tls"]
        self.assertEqual(volume["secret"]["secretName"], serving["secretName"])

    def test_an_upgrade_never_changes_the_pair_of_certificate_and_bundle(self):  # shows: K-187
        # Nothing is generated while rendering, so every upgrade renders the same pair; with cert-manager the chart does not
        # own the field at all, and so cannot take away what was injected.
        self.assertEqual(Rendered(hooks=True).text, Rendered(None, "--is-upgrade", hooks=True).text)
        self.assertEqual(Rendered(CERT_MANAGER).text, Rendered(CERT_MANAGER, "--is-upgrade").text)
        for webhook in Rendered(CERT_MANAGER).webhooks:
            self.assertNotIn("caBundle", webhook["clientConfig"])
        for template in CHART.glob("templates/*"):
            for function in ("genCA", "genSignedCert", "genSelfSignedCert", "genPrivateKey", "lookup", "rand"):
                self.assertIsNone(re.search(rf"\b{function}", template.read_text()), f"{template.name}: {function}")

    def test_an_uninstall_takes_the_registration_away_first(self):  # shows: K-187
        # Helm deletes what stands in the way of a pre-delete hook before it deletes anything of the release.
        for change in ({}, CERT_MANAGER):
            registration, hook = Rendered(change, hooks=True).all("ValidatingWebhookConfiguration")
            self.assertNotIn("helm.sh/resource-policy", registration["metadata"].get("annotations", {}))
            self.assertNotIn("helm.sh/hook", registration["metadata"].get("annotations", {}))
            annotations = hook["metadata"]["annotations"]
            self.assertEqual(annotations.pop("helm.sh/hook"), "pre-delete")
            policies = annotations.pop("helm.sh/hook-delete-policy").split(",")
            self.assertLessEqual({"before-hook-creation", "hook-succeeded"}, set(policies))
            # Otherwise the same object, so that whoever applies both applies nothing weaker.
            hook["metadata"]["annotations"] = registration["metadata"].setdefault("annotations", {}) and annotations
            self.assertEqual(hook, registration)


class Pods(ChartTest):
    # With everything on that adds volumes or containers.
    EVERYTHING = {
        "registries": [
            {"match": "a.example", "ca": {"configMap": "ca", "key": "ca.pem"},
             "credentials": {"dockerConfig": {"secret": "pull"}}},
            {"match": "b.example", "ca": {"secret": "ca-b", "key": "x"}},
        ],
        "trust": {"stores": [
            {"type": "ca", "name": "shop", "sources": [{"configMap": "one"}, {"secret": "two", "keys": ["root.pem"]}]},
            {"type": "tsa", "name": "clock", "sources": [{"configMap": "tsa"}]},
        ]},
    }

    def test_satisfy_the_restricted_standard(self):
        for change in ({}, CERT_MANAGER, self.EVERYTHING):
            rendered = Rendered(change)
            spec = rendered.pod["spec"]
            self.assertEqual(spec["securityContext"], {
                "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"}})
            self.assertNotIn("initContainers", spec)
            self.assertEqual(rendered.container["securityContext"], {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "privileged": False,
                "capabilities": {"drop": ["ALL"]}})
            for field in ("hostNetwork", "hostPID", "hostIPC"):
                self.assertNotIn(field, spec)
            for volume in spec["volumes"]:
                (kind,) = set(volume) - {"name"}
                self.assertIn(kind, {"configMap", "projected", "secret", "emptyDir"})
                if kind != "emptyDir":
                    self.assertEqual(volume[kind]["defaultMode"], 0o440)
            for port in rendered.container["ports"]:
                self.assertGreaterEqual(port["containerPort"], 1024)
                self.assertNotIn("hostPort", port)

    def test_hold_no_api_token_and_no_rights(self):
        rendered = Rendered()
        self.assertIs(rendered.pod["spec"]["automountServiceAccountToken"], False)
        self.assertIs(rendered.one("ServiceAccount")["automountServiceAccountToken"], False)
        self.assertIs(rendered.pod["spec"]["enableServiceLinks"], False)
        for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
            self.assertEqual(rendered.all(kind), [])

    def test_start_the_server_with_the_mounted_configuration(self):
        rendered = Rendered()
        container = rendered.container
        self.assertEqual(container["args"], ["serve", "--config", "/etc/countersign/countersign.yaml"])
        self.assertNotIn("command", container)
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        self.assertEqual(ports, {"https": 9443, "ops": 9080})
        self.assertEqual(rendered.configuration["server"]["address"], "0.0.0.0:9443")
        self.assertEqual(rendered.configuration["server"]["ops"], "0.0.0.0:9080")

    def test_are_probed_on_the_ops_port(self):
        container = Rendered().container
        for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
            self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "ops"})

    def test_survive_disruptions(self):
        rendered = Rendered()
        self.assertEqual(rendered.one("Deployment")["spec"]["replicas"], 3)
        self.assertEqual(rendered.one("Deployment")["spec"]["strategy"]["rollingUpdate"],
                         {"maxUnavailable": 0, "maxSurge": 1})
        self.assertEqual(rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"], 1)
        spec = rendered.pod["spec"]
        self.assertEqual(spec["terminationGracePeriodSeconds"], 60)
        self.assertEqual(spec["priorityClassName"], "system-cluster-critical")
        self.assertEqual({each["topologyKey"] for each in spec["topologySpreadConstraints"]},
                         {"topology.kubernetes.io/zone", "kubernetes.io/hostname"})
        selector = rendered.one("Deployment")["spec"]["selector"]["matchLabels"]
        for constraint in spec["topologySpreadConstraints"]:
            self.assertEqual(constraint["labelSelector"]["matchLabels"], selector)
        self.assertEqual(rendered.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"], selector)
        self.assertIn("requests", rendered.container["resources"])
        self.assertIn("limits", rendered.container["resources"])

    def test_resolve_names_without_detours(self):
        self.assertEqual(Rendered().pod["spec"]["dnsConfig"]["options"], [
            {"name": "ndots", "value": "1"}, {"name": "timeout", "value": "1"}, {"name": "attempts", "value": "2"}])

    def test_run_on_linux_whatever_else_is_selected(self):
        rendered = Rendered({"nodeSelector": {"kubernetes.azure.com/mode": "system", "kubernetes.io/os": "windows"}})
        self.assertEqual(rendered.pod["spec"]["nodeSelector"],
                         {"kubernetes.io/os": "linux", "kubernetes.azure.com/mode": "system"})

    def test_are_replaced_when_the_configuration_or_the_policy_changes(self):
        def checksum(change):
            return Rendered(change).pod["metadata"]["annotations"]["checksum/configuration"]

        first = checksum({})
        self.assertEqual(first, checksum({}))
        self.assertNotEqual(first, checksum({"mode": "warn"}))
        other = merged(POLICY, {})
        other["trustPolicies"][0]["trustedIdentities"] = ["x509.subject: C=DE, ST=Berlin, O=Example"]
        self.assertNotEqual(first, checksum({"trust": {"policy": other}}))

    def test_every_file_that_the_configuration_names_is_mounted(self):
        rendered = Rendered(self.EVERYTHING)
        volumes = {each["name"]: each for each in rendered.pod["spec"]["volumes"]}
        mounts = {each["mountPath"]: volumes[each["name"]] for each in rendered.container["volumeMounts"]}
        self.assertEqual(len(mounts), len(volumes))
        configuration = rendered.configuration

        self.assertEqual(configuration["trust"]["stores"], [
            {"type": "ca", "name": "shop",
             "files": ["/run/countersign/trust/ca/shop/0/*", "/run/countersign/trust/ca/shop/1/*"]},
            {"type": "tsa", "name": "clock", "files": ["/run/countersign/trust/tsa/clock/0/*"]}])
        self.assertEqual(mounts["/run/countersign/trust/ca/shop/0"]["projected"]["sources"],
                         [{"configMap": {"name": "one"}}])
        self.assertEqual(mounts["/run/countersign/trust/ca/shop/1"]["projected"]["sources"],
                         [{"secret": {"name": "two", "items": [{"key": "root.pem", "path": "root.pem"}]}}])
        self.assertEqual(mounts["/run/countersign/trust/tsa/clock/0"]["projected"]["sources"],
                         [{"configMap": {"name": "tsa"}}])

        self.assertEqual(configuration["registries"], [
            {"match": "a.example", "ca": "/run/countersign/registries/0-ca.pem",
             "credentials": {"dockerConfig": "/run/countersign/registries/0-config.json"}},
            {"match": "b.example", "ca": "/run/countersign/registries/1-ca.pem"}])
        self.assertEqual(mounts["/run/countersign/registries"]["projected"]["sources"], [
            {"configMap": {"name": "ca", "items": [{"key": "ca.pem", "path": "0-ca.pem"}]}},
            {"secret": {"name": "pull", "items": [{"key": ".dockerconfigjson", "path": "0-config.json"}]}},
            {"secret": {"name": "ca-b", "items": [{"key": "x", "path": "1-ca.pem"}]}}])

        tls = configuration["server"]["tls"]
        items = {f"/run/countersign/tls/{each['path']}" for each in mounts["/run/countersign/tls"]["secret"]["items"]}
        self.assertEqual({tls["certificate"], tls["key"]}, items)
        self.assertIn(configuration["trust"]["policy"], rendered.one("ConfigMap")["data"])
        self.assertEqual(mounts["/etc/countersign"]["configMap"]["name"], rendered.one("ConfigMap")["metadata"]["name"])

    def test_a_digest_wins_over_the_tag(self):
        digest = "sha256:" + "a" * 64
        self.assertEqual(Rendered().container["image"], "registry.example/countersign:0.1.0")
        self.assertEqual(Rendered({"image": {"tag": "1.2", "digest": digest}}).container["image"],
                         f"registry.example/countersign@{digest}")


class Configuration(ChartTest):
    # What this version of Countersign reads. Anything else would be refused when it starts.
    KNOWN = {
        "apiVersion": None, "kind": None,
        "trust": {"policy": None, "stores": [{"type": None, "name": None, "files": None}]},
        "enforcement": {"unknownKinds": None, "default": {"action": None, "onOutage": None},
                        "rules": [{"name": None, "match": {"namespaces": None, "images": None}, "action": None}]},
        "registries": [{"match": None, "plainHttp": None, "plainHttpCredentials": None, "ca": None,
                        "tokenServers": None, "credentials": {"dockerConfig": None}}],
        "egress": {"allow": None},
        "limits": {"signatures": None},
        "server": {"address": None, "ops": None, "tls": {"certificate": None, "key": None}},
        "log": {"level": None, "format": None},
    }

    def assert_known(self, value, known, path=""):
        if isinstance(known, list):
            for index, each in enumerate(value):
                self.assert_known(each, known[0], f"{path}[{index}]")
        elif isinstance(known, dict):
            for key, each in value.items():
                self.assertIn(key, known, f"at {path or 'the top'}")
                self.assert_known(each, known[key], f"{path}.{key}")

    def test_is_audit_by_default_and_never_admits_on_an_outage(self):
        enforcement = Rendered().configuration["enforcement"]
        self.assertEqual(enforcement, {"unknownKinds": "deny", "default": {"action": "audit", "onOutage": "deny"}})

    def test_mode_becomes_the_default_action(self):
        for mode in ("audit", "warn", "enforce"):
            self.assertEqual(Rendered({"mode": mode}).configuration["enforcement"]["default"],
                             {"action": mode, "onOutage": "deny"})

    def test_has_only_keys_that_are_read(self):
        full = {
            "enforcement": {"unknownKinds": "allow", "rules": [
                {"name": "platform", "match": {"namespaces": ["kube-*"], "images": ["mcr.microsoft.com/**"]},
                 "action": "skip"},
                {"name": "rest", "match": {"images": ["a.example/**"]}, "action": "warn"}]},
            "registries": [
                {"match": "10.0.4.7:5000", "plainHttp": True, "plainHttpCredentials": True},
                {"match": "c.example", "ca": {"configMap": "x", "key": "ca.pem"}, "tokenServers": ["auth.example"],
                 "credentials": {"dockerConfig": {"secret": "s"}}}],
            "egress": {"allow": ["10.0.0.0/8"]},
            "limits": {"signatures": 7},
            "log": {"level": "debug", "format": "text"},
        }
        configuration = Rendered(full).configuration
        self.assert_known(configuration, self.KNOWN)
        self.assertEqual(configuration["apiVersion"], "countersign.dev/v1alpha1")
        self.assertEqual(configuration["kind"], "Configuration")
        self.assertEqual(configuration["enforcement"]["rules"], full["enforcement"]["rules"])
        self.assertEqual(configuration["egress"], full["egress"])
        self.assertEqual(configuration["limits"], full["limits"])
        self.assertEqual(configuration["log"], full["log"])
        self.assertEqual(configuration["registries"][0], full["registries"][0])
        self.assertEqual(set(configuration), set(self.KNOWN))
        self.assert_known(Rendered().configuration, self.KNOWN)

    def test_the_policy_is_what_was_given(self):
        self.assertEqual(Rendered().trust_policy, POLICY)
        text = json.dumps(POLICY, indent=1).replace("shop", "sh\\u006fp", 1)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            values = copy.deepcopy(MINIMUM)
            del values["trust"]["policy"]
            result = run_template(values, "--no-hooks", "--set-file", f"trust.policy={file.name}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("warning", result.stderr.lower())
        (configmap,) = [each for each in yaml.safe_load_all(result.stdout) if each and each["kind"] == "ConfigMap"]
        self.assertEqual(configmap["data"]["trustpolicy.json"].strip(), text)

    def test_values_cannot_break_out_of_their_place(self):
                # The schema refuses such patterns; what is printed is safe without it, too.
        patterns = ["a\nenforcement: {default: {action: skip}}\n#", "{{ .Values.mode }}", "*: &x", "true", "1"]
        rendered = Rendered({"enforcement": {"rules": [
            {"name": "a", "match": {"images": patterns}, "action": "enforce"}]}}, "--skip-schema-validation")
        self.assertEqual(rendered.configuration["enforcement"]["rules"][0]["match"]["images"], patterns)
        self.assertEqual(rendered.configuration["enforcement"]["default"]["action"], "audit")


class Network(ChartTest):
    def test_no_policy_by_default(self):
        self.assertEqual(Rendered().all("NetworkPolicy"), [])

    def test_policy_opens_the_webhook_port_only(self):
        policy = Rendered({"networkPolicy": {"enabled": True}}).one("NetworkPolicy")
        self.assertEqual(policy["spec"]["ingress"], [{"ports": [{"port": "https", "protocol": "TCP"}]}])
        self.assertEqual(policy["spec"]["policyTypes"], ["Ingress", "Egress"])
        self.assertEqual([port["port"] for port in policy["spec"]["egress"][1]["ports"]], [443, 80])

    def test_policy_names_peers_when_they_are_given(self):
        peer = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
        policy = Rendered({"networkPolicy": {"enabled": True, "webhookFrom": peer, "metricsFrom": peer,
                                             "egressTo": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}}).one("NetworkPolicy")
        self.assertEqual([each["from"] for each in policy["spec"]["ingress"]], [peer, peer])
        self.assertEqual(policy["spec"]["egress"][1]["to"], [{"ipBlock": {"cidr": "10.0.0.0/8"}}])


class Refused(ChartTest):
    """Values that cannot work are refused when they are rendered, each with what to do."""

    def test_everything_missing_is_told_at_once(self):
        result = run_template({})
        self.assertNotEqual(result.returncode, 0)
        for text in ("image.repository is empty", "trust.policy is empty", "trust.stores is empty", "no serving certificate"):
            self.assertIn(text, result.stderr)

    def test_no_trust_policy(self):
        for empty in (None, ""):
            self.assert_refused({"trust": {"policy": empty}}, "trust.policy is empty", "--set-file trust.policy=")

    def test_a_trust_policy_that_is_none(self):
        self.assert_refused({"trust": {"policy": "{"}}, "trust.policy is not a JSON object")
        self.assert_refused({"trust": {"policy": "{\"version\": \"1.0\"}"}}, "trust.policy has no trustPolicies")
        self.assert_refused({"trust": {"policy": {"version": 1.0}}}, "/trust/policy/version")

    def test_a_store_that_the_policy_names_and_nobody_brings(self):
        self.assert_refused({"trust": {"stores": []}}, "trust.stores is empty",
                            'statement "shop" trusts the store "ca:shop", which is not under trust.stores')
        self.assert_refused({"trust": {"stores": [], "policy": json.dumps(POLICY)}}, 'trusts the store "ca:shop"')

    def test_stores_that_cannot_be(self):
        store = MINIMUM["trust"]["stores"][0]
        self.assert_refused({"trust": {"stores": [store, store]}}, "trust.stores names ca:shop twice")
        for bad in ({"name": ".."}, {"name": "a/b"}, {"type": "CA"}, {"sources": []}, {"sources": [{}]},
                    {"sources": [{"configMap": "a", "secret": "b"}]}, {"sources": [{"secret": "b", "keys": ["../x"]}]}):
            self.assert_refused({"trust": {"stores": [merged(store, bad)]}}, "/trust/stores/0")

    def test_no_certificate_or_two(self):
        self.assert_refused({"tls": {"secretName": "", "caBundle": ""}}, "no serving certificate")
        self.assert_refused({"tls": {"caBundle": ""}}, "tls.secretName needs tls.caBundle")
        self.assert_refused({"tls": {"certManager": {"enabled": True}}}, "exclude each other")
        self.assert_refused(merged(CERT_MANAGER, {"tls": {"caBundle": PEM}}), "tls.caBundle must stay empty")

    def test_bundles_that_are_none(self):
        self.assert_refused({"tls": {"caBundle": "nonsense"}}, "tls.caBundle holds no PEM certificate")
        key = "-----BEGIN PRIVATE KEY-----\nMAo=\n-----END PRIVATE KEY-----\n"
        self.assert_refused({"tls": {"caBundle": PEM + key}}, "tls.caBundle holds a private key")
        self.assert_refused({"tls": {"caBundle": base64.b64encode((PEM + key).encode()).decode()}}, "a private key")

    def test_a_url_without_a_bundle(self):
        url = {"webhook": {"url": "https://127.0.0.1:9443/validate"}}
        self.assert_refused(merged(url, {"tls": {"caBundle": ""}}), "webhook.url needs tls.caBundle")
        self.assert_refused(merged(url, CERT_MANAGER), "webhook.url does not go with tls.certManager.enabled")

    def test_urls_that_the_api_server_does_not_take(self):
        for url in ("http://a.example/validate", "https://a.example/validate?x=1", "https://u@a.example/", "a.example"):
            self.assert_refused({"webhook": {"url": url}}, "/webhook/url")

    def test_failing_open_while_something_is_enforced(self):
        ignore = {"webhook": {"failurePolicy": "Ignore"}}
        self.assertEqual(Rendered(ignore).webhooks[0]["failurePolicy"], "Ignore")
        self.assert_refused(merged(ignore, {"mode": "enforce"}), "does not go with mode enforce")
        rule = {"name": "strict", "match": {"namespaces": ["shop"]}, "action": "enforce"}
        self.assert_refused(merged(ignore, {"enforcement": {"rules": [rule]}}), 'does not go with the rule "strict"')

    def test_unknown_keys_and_values(self):
        for change, place in (
            ({"modes": "audit"}, "'modes'"), ({"mode": "block"}, "/mode"), ({"mode": "skip"}, "/mode"),
            ({"enforcement": {"onOutage": "lastGood"}}, "'onOutage'"), ({"cache": {}}, "'cache'"),
            ({"registries": [{"match": "a", "credentials": {"azure": "workloadIdentity"}}]}, "/registries/0"),
            ({"registries": [{"plainHttp": True}]}, "/registries/0"),
            ({"enforcement": {"rules": [{"name": "a", "match": {}, "action": "skip"}]}}, "/enforcement/rules/0/match"),
            ({"enforcement": {"rules": [{"name": "a", "match": {"namespaceLabels": {"a": "b"}}, "action": "skip"}]}},
             "'namespaceLabels'"),
            ({"webhook": {"timeoutSeconds": 31}}, "/webhook/timeoutSeconds"),
            ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
        ):
            self.assert_refused(change, place)

    def test_patterns_that_can_never_match(self):
        for match in ({"images": ["Shop.azurecr.io/**"]}, {"images": ["a b"]}, {"namespaces": ["Shop"]}):
            self.assert_refused({"enforcement": {"rules": [{"name": "a", "match": match, "action": "skip"}]}},
                                "/enforcement/rules/0/match")

    def test_registries_that_cannot_be(self):
        for match in ("https://a.example", "a.example/x", "A.example", "*.a.example:5000", "a*.example"):
            self.assert_refused({"registries": [{"match": match}]}, "/registries/0/match")
        self.assert_refused({"registries": [{"match": "a.example"}, {"match": "a.example"}]}, 'names "a.example" twice')
        self.assert_refused({"registries": [{"match": "*.a.example", "plainHttp": True}]}, 'does not go with "*.a.example"')
        self.assert_refused({"registries": [{"match": "a.example", "plainHttpCredentials": True}]}, "without plainHttp")
        plain = {"match": "10.0.4.7:5000", "plainHttp": True}
        credentials = {"credentials": {"dockerConfig": {"secret": "s"}}}
        self.assert_refused({"registries": [{**plain, "ca": {"configMap": "a", "key": "b"}}]}, "ca for \"10.0.4.7:5000\"")
        self.assert_refused({"registries": [{**plain, **credentials}]}, "credentials are not sent over plain HTTP")
        for accepted in ({**plain, **credentials, "plainHttpCredentials": True},
                         {**plain, **credentials, "match": "127.0.0.1:5000"}, {**plain, **credentials, "match": "localhost"}):
            Rendered({"registries": [accepted]})

    def test_rules_of_one_name(self):
        rule = {"name": "a", "match": {"images": ["x/**"]}, "action": "audit"}
        self.assert_refused({"enforcement": {"rules": [rule, rule]}}, 'enforcement.rules names "a" twice')


class Values(ChartTest):
    def test_every_value_and_every_part_of_the_schema_is_explained(self):
        values = yaml.safe_load((CHART / "values.yaml").read_text())
        schema = json.loads((CHART / "values.schema.json").read_text())

        def check(value, part, path):
            self.assertTrue(part.get("description") or "const" in part, f"{path}: no description")
            if part.get("properties") and path != ".trust.policy" and part.get("type") == "object":
                self.assertIs(part["additionalProperties"], False, path)
                for key in value if isinstance(value, dict) else ():
                    self.assertIn(key, part["properties"], path)
                for key, each in part["properties"].items():
                    if isinstance(value, dict) and key != "global" and path.count(".") < 2:
                        self.assertIn(key, value, f"{path}: values.yaml does not show {key}")
                    check(value.get(key) if isinstance(value, dict) else None, each, f"{path}.{key}")

        check(values, schema, "")

    def test_lint_is_content(self):
        result = helm("lint", "--strict", "--kube-version", "1.34.0", str(CHART), "--values", str(MANIFESTS / "values.yaml"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Manifests(ChartTest):
    def test_are_what_the_chart_renders(self):
        result = subprocess.run([str(MANIFESTS / "render"), "--check"], env={**os.environ, "HELM": HELM},
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0,
                         f"run manifests/render and commit what it writes\n{result.stdout}{result.stderr}")

    def test_hold_each_object_once(self):
        objects = [each for each in yaml.safe_load_all((MANIFESTS / "countersign.yaml").read_text()) if each]
        keys = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects]
        self.assertEqual(len(keys), len(set(keys)))
        for each in objects:
            self.assertNotIn("helm.sh/hook", each["metadata"].get("annotations", {}))

    def test_samples_are_kubernetes_objects(self):
        files = sorted((MANIFESTS / "samples").glob("*.yaml"))
        self.assertTrue(files)
        for file in files:
            for each in yaml.safe_load_all(file.read_text()):
                with self.subTest(file.name):
                    self.assertTrue(each["apiVersion"] and each["kind"] and each["metadata"]["name"])


if __name__ == "__main__":
    unittest.main()
