"""What the chart registers with the API server: objects, namespaces, names."""

import base64
import unittest

from chart_case import CERT_MANAGER, NAMESPACE, PEM, RELEASE, ChartTest, Rendered


def selects(selector, labels):
    """A label selector as the API server evaluates it, for the operators that the chart uses."""
    for expression in selector["matchExpressions"]:
        assert expression["operator"] == "NotIn", expression
        if labels.get(expression["key"]) in expression["values"]:
            return False
    return True


class Registration(ChartTest):
    def test_has_the_fields_that_are_safe_and_required(self):
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

    def test_leaves_out_own_namespace_and_kube_system_and_brings_the_aks_expressions(self):
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


if __name__ == "__main__":
    unittest.main()
