"""The values' descriptions, and the manifests that are made from the chart."""

import json
import os
import subprocess
import unittest

import yaml

from chart_case import CHART, HELM, MANIFESTS, ChartTest, helm


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
