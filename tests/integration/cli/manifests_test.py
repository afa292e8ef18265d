"""`verify -f`: manifests as people write them, and what is not one."""

import json
import os
import unittest

import stage
from support import run

KINDS = {"Pod": "spec", "ReplicationController": "spec.template.spec", "PodTemplate": "template.spec",
         "Deployment": "spec.template.spec", "ReplicaSet": "spec.template.spec", "StatefulSet": "spec.template.spec",
         "DaemonSet": "spec.template.spec", "Job": "spec.template.spec", "CronJob": "spec.jobTemplate.spec.template.spec"}
GROUPS = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1", "ReplicationController": "v1", "PodTemplate": "v1"}


def workload(kind, image, name="web"):
    spec = {"containers": [{"name": "app", "image": image}]}
    for step in reversed(KINDS[kind].split(".")):
        spec = {step: spec}
    return {"apiVersion": GROUPS.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": name}, **spec}


class Manifests(stage.Stage):
    def test_every_kind(self):
        for kind, path in KINDS.items():
            with self.subTest(kind=kind):
                good = self.write("good.json", json.dumps(workload(kind, self.image("signed-rsa"))))
                bad = self.write("bad.json", json.dumps(workload(kind, self.image("unsigned"))))
                self.verify("-f", good, status=0)
                out = self.verify("-f", bad, status=1).out
                self.assertIn(f"{kind} default/web\n", out)
                self.assertIn(f"{path}.containers[0].image {self.image('unsigned')}: CS101", out)

    def test_streams_lists_and_several_files(self):
        stream = self.write("stream.yaml", f"""# a comment
---
apiVersion: v1
kind: Pod
metadata: {{name: one, namespace: shop}}
spec:
  containers:
  - name: app
    image: &image {self.image('signed-rsa')}
  initContainers:
  - {{name: init, image: *image}}
---
---
apiVersion: v1
kind: List
items:
- {json.dumps(workload('Deployment', self.image('unsigned'), 'two'))}
- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: settings}}, data: {{image: nothing}}}}
- apiVersion: v1
  kind: List
  items: [{json.dumps(workload('Job', self.image('signed-ec'), 'three'))}]
...
""")
        other = self.write("other.json", json.dumps(workload("CronJob", self.image("tampered"))))
        images = self.report("-f", stream, "-f", other, status=1)
        self.assertEqual([image["code"] for image in images], ["CS000", "CS000", "CS101", "CS000", "CS104"])
        out = self.verify("-f", stream, status=1).out
        self.assertIn("document 1: Pod shop/one", out)

    def test_standard_input(self):
        text = json.dumps(workload("Pod", self.image("unsigned"))).encode()
        self.verify("-f", "-", stdin=text, status=1)
        self.verify(self.image("signed-rsa"), "-f", "-", stdin=text.replace(b"unsigned", b"signed-ec"), status=0)

    def test_images_of_every_list(self):
        obj = workload("Pod", self.image("signed-rsa"))
        obj["spec"].update(initContainers=[{"name": "i", "image": self.image("unsigned")}],
                           ephemeralContainers=[{"name": "e", "image": self.image("tampered")}],
                           volumes=[{"name": "v", "image": {"reference": self.image("wrong-signer")}}, {"name": "w", "emptyDir": {}}])
        images = self.report("-f", self.write("pod.json", json.dumps(obj)), status=1)
        self.assertEqual(sorted(image["code"] for image in images), ["CS000", "CS101", "CS102", "CS104"])

    def test_namespaces(self):
        configuration = stage.support.write_configuration(
            self.folder, registries=f'[{{match: "{self.registry.host}", plainHttp: true}}]',
            enforcement="{rules: [{name: trial, match: {namespaces: [trial]}, action: audit}]}")
        obj = workload("Pod", self.image("unsigned"))
        path = self.write("pod.json", json.dumps(obj))
        trust = ("--config", configuration)
        self.verify("-f", path, status=1, trust=trust)
        self.verify("-f", path, "--namespace", "trial", status=0, trust=trust)
        obj["metadata"]["namespace"] = "shop"
        self.verify("-f", self.write("pod.json", json.dumps(obj)), "--namespace", "trial", status=1, trust=trust)

    def test_merge_keys_bring_images_too(self):
        """kubectl merges: what comes that way must not be overlooked."""
        text = f"""
apiVersion: v1
kind: Pod
metadata: {{name: web}}
x-base: &base
  containers: [{{name: app, image: "{self.image('unsigned')}"}}]
x-other: &other {{containers: [], restartPolicy: Never}}
spec:
  <<: [*base, *other]
"""
        self.verify("-f", self.write("merged.yaml", text), status=1)
        own = text.replace("  <<: [*base, *other]", f"  <<: *base\n  containers: [{{name: app, image: \"{self.image('signed-rsa')}\"}}]")
        self.verify("-f", self.write("own.yaml", own), status=0)
        for bad in ("*base, 7", "x"):
            self.verify("-f", self.write("bad.yaml", text.replace("*base, *other", bad)), status=65)

    def test_nothing_to_verify_is_no_success(self):
        """As from `helm template | countersign verify -f -` when helm fails."""
        for text in ("", "\n", "# nothing\n", "---\n---\n", "null\n"):
            with self.subTest(text=text):
                ended = self.verify("-f", "-", stdin=text.encode(), status=65)
                self.assertIn("standard input", ended.err)
        # A file in which there are objects, and no images, is another matter.
        self.verify("-f", "-", stdin=b"{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}", status=0)

    def test_odd_objects_are_denied(self):
        for spec in (7, {"containers": "x"}, {"containers": [{"name": "a", "image": 7}]}):
            obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}
            (image,) = self.report("-f", self.write("odd.json", json.dumps(obj)), status=1)
            self.assertEqual(image["code"], "CS302")
        (image,) = self.report("-f", self.write("crd.yaml", "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: x}}"),
                               status=1)
        self.assertEqual(image["code"], "CS302")

    def test_broken_files(self):
        big = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  x: '" + "y" * (17 * 1024 * 1024) + "'\n"
        bomb = "a: &a [" + ",".join(["x"] * 10) + "]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [" + ",".join([f"*{chr(97 + n)}"] * 10) + "]\n" for n in range(9))
        cases = {"syntax": "a: [1\n", "tab": "a:\n\t- b\n", "scalar": "just text", "list": "- a\n- b\n", "no kind": "apiVersion: v1\n",
                 "no version": "kind: Pod\n", "twice": "apiVersion: v1\nkind: Pod\nkind: Job\n", "anchor": "a: *nothing\n",
                 "items": "apiVersion: v1\nkind: List\nitems: {}\n", "item": "apiVersion: v1\nkind: List\nitems: [7]\n",
                 "json cut": '{"apiVersion":"v1","kind":"Po', "html": "<html><body>Not found</body></html>", "bomb": bomb, "big": big,
                 "deep": "[" * 5000 + "]" * 5000, "deep map": "{a: " * 5000 + "}" * 5000, "self": "a: &a [*a]\n",
                 "second": json.dumps(workload("Pod", self.image("signed-rsa"))) + "\n---\na: [\n"}
        for name, text in cases.items():
            with self.subTest(name):
                path = self.write("broken.yaml", text)
                ended = self.verify("-f", path, status=65)
                self.assertIn("broken.yaml", ended.err)
                self.assertEqual(ended.err.count("\n"), 1, ended.err)
                self.assertEqual(ended.out, "")
        self.assertRegex(self.verify("-f", self.write("s.yaml", "a: [1\n"), status=65).err, r"s\.yaml:\d+:\d+: ")

    def test_bytes_that_are_no_text(self):
        for content in (b"a: \xff\xfe", b"\x00" * 1000, os.urandom(5000), b"\x7fELF" + os.urandom(3000), b"\xff\xfea\x00:\x00",
                        b"apiVersion: v1\nkind: Pod\nmetadata: {name: \"\xc3\x28\"}\n"):
            ended = self.verify("-f", self.write("binary", content), status=65)
            self.assertEqual(ended.err.count("\n"), 1)
            ended.err.encode()
            self.verify("-f", "-", stdin=content, status=65)

    def test_files_that_are_not_there(self):
        for path in (self.folder / "missing.yaml", self.folder, "/dev/null/x", ""):
            with self.subTest(path=path):
                self.assertIn(run("verify", *stage.TRUST, "-f", path).status, (64, 65))

    def test_unreadable_wins_over_denied(self):
        good = self.write("good.json", json.dumps(workload("Pod", self.image("unsigned"))))
        self.verify("-f", good, "-f", self.write("broken.yaml", "a: ["), status=65)
        self.assertEqual(self.registry.count(""), 0)


if __name__ == "__main__":
    unittest.main()
