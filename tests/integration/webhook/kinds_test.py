"""Where images are: every kind, every list; and what only looks like an image."""

import unittest

import stage
from support import pod, review


def workload(api_version, kind, path, spec):
    obj = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}}
    inner = obj
    for step in path:
        inner = inner.setdefault(step, {})
    inner.update(spec)
    return obj


KINDS = [("v1", "Pod", ("spec",)), ("apps/v1", "Deployment", ("spec", "template", "spec")),
         ("apps/v1", "ReplicaSet", ("spec", "template", "spec")), ("apps/v1", "StatefulSet", ("spec", "template", "spec")),
         ("apps/v1", "DaemonSet", ("spec", "template", "spec")), ("batch/v1", "Job", ("spec", "template", "spec")),
         ("batch/v1", "CronJob", ("spec", "jobTemplate", "spec", "template", "spec")),
         ("v1", "ReplicationController", ("spec", "template", "spec")), ("v1", "PodTemplate", ("template", "spec"))]


class Kinds(stage.Stage):
    def setUp(self):
        self.signed, self.unsigned = self.image("signed-rsa"), self.image("unsigned")

    def fields(self, response):
        return [cause["field"] for cause in response["status"]["details"]["causes"]]

    # shows: K-83 K-84 K-85 K-86 K-87 K-88 K-89 K-90 K-91
    def test_every_kind(self):
        for api_version, kind, path in KINDS:
            with self.subTest(kind=kind):
                spec = {"containers": [{"name": "app", "image": self.signed}],
                        "initContainers": [{"name": "init", "image": self.unsigned}]}
                response = self.decide(review(workload(api_version, kind, path, spec)))
                self.assert_denied(response, "CS101")
                self.assertEqual(self.fields(response), [".".join(path) + ".initContainers[0].image"])
                spec["initContainers"][0]["image"] = self.image("signed-ec")
                self.assert_allowed(self.decide(review(workload(api_version, kind, path, spec))))

    # shows: K-92 K-101
    def test_no_images(self):
        for template in (None, ...):
            obj = workload("v1", "ReplicationController", ("spec",), {} if template is ... else {"template": None})
            self.assert_allowed(self.decide(review(obj)))
        obj = pod()
        obj["spec"]["containers"] = []
        self.assert_allowed(self.decide(review(obj)))

    # shows: K-93
    def test_native_sidecar(self):
        response = self.decide(review(pod(self.signed, initContainers=[
            {"name": "side", "image": self.unsigned, "restartPolicy": "Always"}])))
        self.assertEqual(self.fields(response), ["spec.initContainers[0].image"])

    # shows: K-94 K-95 K-96
    def test_volumes(self):
        volumes = [{"name": "a", "emptyDir": {}}, {"name": "b", "image": {"reference": self.unsigned}},
                   {"name": "c", "rbd": {"image": "foo", "monitors": []}}]
        response = self.decide(review(pod(self.signed, volumes=volumes)))
        self.assert_denied(response, "CS101")
        self.assertEqual(self.fields(response), ["spec.volumes[1].image.reference"])
        for reference in ({"reference": ""}, {}):
            volumes[1]["image"] = reference
            self.assert_denied(self.decide(review(pod(self.signed, volumes=volumes))), "CS112")
            spec = {"containers": [{"name": "app", "image": self.signed}], "volumes": volumes}
            self.assert_allowed(self.decide(review(workload("apps/v1", "Deployment", ("spec", "template", "spec"), spec))))

    # shows: K-97
    def test_what_is_only_called_image(self):
        obj = pod(self.signed)
        obj["metadata"]["annotations"] = {"image": self.unsigned}
        obj["spec"]["image"] = self.unsigned
        obj["spec"]["containers"][0]["env"] = [{"name": "image", "value": self.unsigned}]
        obj["spec"]["containers"][0]["volumeMounts"] = [{"name": "image", "image": self.unsigned}]
        self.assert_allowed(self.decide(review(obj)))

    # shows: K-98
    def test_null_lists(self):
        self.assert_denied(self.decide(review(pod(self.unsigned, initContainers=None, volumes=None,
                                                  ephemeralContainers=None))), "CS101")
        self.assert_allowed(self.decide(review(pod(self.signed, initContainers=None, volumes=None))))
        self.assert_allowed(self.decide(review({**pod(), "spec": {"containers": None}})))

    # shows: K-99
    def test_wrong_types(self):
        for containers in ({}, "x", 7, [None], ["x"], [[]], [{"name": "a", "image": 7}], [{"name": "a", "image": {}}],
                           [{"name": 7, "image": "x"}], [{"name": "a", "image": ["x"]}]):
            with self.subTest(containers=containers):
                self.assert_denied(self.decide(review({**pod(), "spec": {"containers": containers}})), "CS302")
        for spec in (None, [], "x", 7):
            with self.subTest(spec=spec):
                self.assert_denied(self.decide(review({**pod(), "spec": spec})), "CS302")
        for obj in ("x", 7, []):
            body = review(pod(self.signed))
            body["request"]["object"] = obj
            self.assert_denied(self.decide(body), "CS302")
        self.assert_denied(self.decide(review(None, pod(self.signed), "CREATE")), "CS302")

    # shows: K-102
    def test_container_without_image(self):
        for container in ({"name": "a"}, {"name": "a", "image": None}, {"name": "a", "image": ""}):
            spec = {"containers": [container]}
            for api_version, kind, path in KINDS[:2]:
                self.assert_denied(self.decide(review(workload(api_version, kind, path, spec))), "CS112")

    # shows: K-105
    def test_digest_wins_over_tag(self):
        digest = stage.support.digest_of("unsigned")
        image = f"{self.registry.host}/demo/unsigned:v1@{digest}"
        self.registry.forget()
        self.assert_denied(self.decide(review(pod(image))), "CS101")
        self.assertEqual(self.registry.count("/manifests/v1"), 0)
        # Another repository's tag and this one's digest: the digest is what counts.
        self.assert_allowed(self.decide(review(pod(
            f"{self.registry.host}/demo/signed-rsa:nonsense@{stage.support.digest_of('signed-rsa')}"))))

    # shows: K-106 K-107 K-108 K-109
    def test_invalid_references(self):
        sha = "a" * 64
        host = self.registry.host
        for image in (f"sha256:{sha}", sha, "abcdef0", "deadbeefdeadbeef", f"{host}/Demo/App:1", f"{host}/demo/app:" + "t" * 129,
                      f"{host}/demo/app:1 ", f" {host}/demo/app:1", f"{host}/demo/app@sha256:short", f"https://{host}/demo/app:1",
                      "\u0440egistry.example/app:1", f"{host}/demo/\u0430pp:1", "a b", "/x", "x//y", "x:", "x@", "../x", "x\n",
                      "x" * 5000, f"{host}/demo/app@sha256:{sha.upper()}", "registry.example:99999/x", "-"):
            with self.subTest(image=image[:80]):
                self.assert_denied(self.decide(review(pod(image))), "CS112 invalid-reference")

    # shows: K-110
    def test_kinds_without_a_reader(self):
        for api_version, kind in (("v1", "ConfigMap"), ("v1", "Service"), ("apps/v1", "ControllerRevision"),
                                  ("networking.k8s.io/v1", "Ingress"), ("autoscaling/v1", "Scale")):
            self.assert_allowed(self.decide(review({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}})))
        other = review({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "x"}})
        self.assert_denied(self.decide(other), "CS302 unsupported-object")
        webhook = self.start(self.registry.host, rules="  unknownKinds: allow\n")
        try:
            self.assert_allowed(self.decide(other, webhook))
            self.assert_denied(self.decide(review(pod(self.unsigned)), webhook), "CS101")
        finally:
            webhook.stop()

    # shows: K-117 K-118
    def test_no_trust_in_owners_and_controllers(self):
        obj = pod(self.unsigned)
        obj["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u",
                                               "controller": True}]
        user = {"username": "system:serviceaccount:kube-system:replicaset-controller",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system"]}
        self.assert_denied(self.decide(review(obj, userInfo=user)), "CS101")

    # shows: K-114 K-115 K-116
    def test_mirror_pods(self):
        obj = pod(self.unsigned, nodeName="node-1")
        obj["metadata"].update(annotations={"kubernetes.io/config.mirror": "x"},
                               ownerReferences=[{"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "u"}])
        node = {"username": "system:node:node-1", "groups": ["system:nodes", "system:authenticated"]}
        self.assert_allowed(self.decide(review(obj, userInfo=node)))
        self.assert_denied(self.decide(review(obj)), "CS101")
        self.assert_denied(self.decide(review(obj, userInfo={"username": "system:node:node-1"})), "CS101")
        self.assert_denied(self.decide(review(obj, userInfo={**node, "username": "mallory"})), "CS101")
        del obj["metadata"]["annotations"]
        self.assert_denied(self.decide(review(obj, userInfo=node)), "CS101")


if __name__ == "__main__":
    unittest.main()
