"""The configuration file and the trust policy that the values become."""

import copy
import json
import tempfile
import unittest

import yaml

from chart_case import MINIMUM, POLICY, ROOT, ChartTest, Rendered, run_template

# Every key that Countersign reads.
SCHEMA = json.loads((ROOT / "docs" / "schema" / "configuration.schema.json").read_text())


class Configuration(ChartTest):
    def assert_known(self, value, part, path="configuration"):
        """Every key is one of the schema's; anything else would be refused at the start."""
        if isinstance(value, list):
            for index, each in enumerate(value):
                self.assert_known(each, part.get("items", {}), f"{path}[{index}]")
        elif isinstance(value, dict):
            for key, each in value.items():
                if part.get("additionalProperties"):
                    continue  # any key
                self.assertIn(key, part.get("properties", {}), f"at {path}")
                self.assert_known(each, part["properties"][key], f"{path}.{key}")

    def test_is_audit_by_default_and_never_admits_on_an_outage(self):
        enforcement = Rendered().configuration["enforcement"]
        self.assertEqual(enforcement, {"unknownKinds": "deny", "default": {"action": "audit", "onOutage": "deny"}})

    def test_mode_becomes_the_default_action(self):
        for mode in ("audit", "warn", "enforce"):
            self.assertEqual(Rendered({"mode": mode}).configuration["enforcement"]["default"],
                             {"action": mode, "onOutage": "deny"})

    def test_outages_may_be_bridged(self):
        for values, age in (({"onOutage": "lastGood"}, "1h"), ({"onOutage": "lastGood", "lastGoodAge": "10m"}, "10m")):
            self.assertEqual(Rendered({"enforcement": values}).configuration["enforcement"]["default"],
                             {"action": "audit", "onOutage": "lastGood", "lastGoodAge": age})

    def test_has_only_keys_that_are_read(self):
        full = {
            "enforcement": {"unknownKinds": "allow", "onOutage": "lastGood", "lastGoodAge": "5m", "rules": [
                {"name": "platform", "match": {"namespaces": ["kube-*"], "images": ["mcr.microsoft.com/**"]},
                 "action": "skip"},
                {"name": "rest", "match": {"images": ["a.example/**"]}, "action": "warn",
                 "userMetadata": {"io.build": "17"}}]},
            "registries": [
                {"match": "10.0.4.7:5000", "plainHttp": True, "plainHttpCredentials": True},
                {"match": "c.example", "ca": {"configMap": "x", "key": "ca.pem"}, "tokenServers": ["auth.example"],
                 "credentials": {"dockerConfig": {"secret": "s"}}}],
            "plugins": [{"name": "com.example.plugin", "path": "/plugins/p", "sha256": "a" * 64,
                         "environment": {"EXAMPLE_REGION": "eu"}, "timeout": "3s"}],
            "egress": {"allow": ["10.0.0.0/8"]},
            "revocation": {"cache": {"enabled": True}, "offline": {"configMap": "crls"}},
            "limits": {"signatures": 7},
            "log": {"level": "debug", "format": "text"},
        }
        configuration = Rendered(full).configuration
        self.assert_known(configuration, SCHEMA)
        self.assertEqual(configuration["apiVersion"], "countersign.dev/v1alpha1")
        self.assertEqual(configuration["kind"], "Configuration")
        self.assertEqual(configuration["enforcement"]["rules"], full["enforcement"]["rules"])
        self.assertEqual(configuration["plugins"], full["plugins"])
        self.assertEqual(configuration["egress"], full["egress"])
        self.assertEqual(configuration["limits"], full["limits"])
        self.assertEqual(configuration["log"], full["log"])
        self.assertEqual(configuration["registries"][0], full["registries"][0])
        self.assertEqual(set(configuration), set(SCHEMA["properties"]))
        self.assert_known(Rendered().configuration, SCHEMA)

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


if __name__ == "__main__":
    unittest.main()
