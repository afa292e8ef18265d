"""Operations, subresources, updates: when images are looked at, and when nothing is done."""

import copy
import json
import unittest

import stage
from support import RECORDED, pod, post, review, wire


def deployment(*containers, init=(), **metadata):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", **metadata},
            "spec": {"replicas": 1, "template": {"metadata": {}, "spec": {
                "containers": [{"name": name, "image": image} for name, image in containers],
                "initContainers": [{"name": name, "image": image} for name, image in init]}}}}


class Operations(stage.Stage):
    def setUp(self):
        self.registry.forget()
        self.signed, self.unsigned = self.image("signed-rsa"), self.image("unsigned")

    def assert_no_work(self, body, reason=None):
        """Allowed, without one request to the registry."""
        uid = body["request"]["uid"] = f"uid-{id(body)}"
        response = self.decide(body)
        self.assert_allowed(response)
        self.assertEqual(self.registry.count(""), 0, self.registry.requests)
        line = [line for line in self.webhook.events("admission.decided") if line["uid"] == uid][0]
        self.assertEqual(line["verdict"], "skip")
        if reason:
            self.assertEqual(line["skipReason"], reason)
        return line

    # shows: K-52 K-57 K-82
    def test_absent_and_null_members(self):
        for change in ({"oldObject": None, "options": {}}, {"oldObject": ..., "options": ...}, {"dryRun": ...},
                       {"dryRun": None}, {"userInfo": {"username": "x"}}, {"userInfo": {}}, {"userInfo": ...},
                       {"userInfo": {"username": "x", "groups": None, "extra": None}}, {"name": ...}, {"resource": ...}):
            with self.subTest(change=change):
                self.assert_denied(self.decide(review(pod(self.unsigned), **change)), "CS101")

    # shows: K-53
    def test_generated_name(self):
        obj = pod(self.unsigned)
        obj["metadata"] = {"generateName": "web-", "namespace": "shop"}
        response = self.decide(review(obj, name=..., uid="generated"))
        self.assertTrue(response["status"]["message"].startswith("Pod shop/web-: "), response)
        line = [line for line in self.webhook.events("admission.decided") if line["uid"] == "generated"][0]
        self.assertEqual(line["name"], "web-")

    # shows: K-56
    def test_dry_run(self):
        for dry_run in (True, False):
            uid = f"dry-{dry_run}"
            self.assert_denied(self.decide(review(pod(self.unsigned), dryRun=dry_run, uid=uid)), "CS101")
            line = [line for line in self.webhook.events("admission.decided") if line["uid"] == uid][0]
            self.assertIs(line["dryRun"], dry_run)

    # shows: K-58 K-59
    def test_delete_and_connect(self):
        self.assert_no_work(review(None, pod(self.unsigned), "DELETE"), "operation")
        self.assert_no_work(review({"apiVersion": "v1", "kind": "PodExecOptions", "command": ["sh"]}, None, "CONNECT",
                                   subResource="exec"), "operation")

    # shows: K-60
    def test_unknown_operation(self):
        for operation in ("FOO", "create", "", None, ..., 7):
            with self.subTest(operation=operation):
                response = self.decide(review(pod(self.signed), operation=operation))
                self.assert_denied(response, "CS302 unsupported-object")

    # shows: K-61
    def test_labels_changed(self):
        new, old = pod(self.unsigned), pod(self.unsigned)
        new["metadata"]["labels"] = {"a": "b"}
        self.assert_no_work(review(new, old, "UPDATE"), "unchanged")

    # shows: K-62 K-63
    def test_image_changed(self):
        old = pod(self.unsigned, initContainers=[{"name": "init", "image": self.unsigned}])
        old["spec"]["containers"].append({"name": "second", "image": self.signed})
        new = copy.deepcopy(old)
        new["spec"]["containers"][1]["image"] = self.image("wrong-signer")
        response = self.decide(review(new, old, "UPDATE"))
        self.assert_denied(response, "CS102")
        self.assertEqual([cause["field"] for cause in response["status"]["details"]["causes"]], ["spec.containers[1].image"])
        self.assertNotIn("unsigned", response["status"]["message"])
        new = copy.deepcopy(old)
        new["spec"]["initContainers"][0]["image"] = self.image("tampered")
        self.assert_denied(self.decide(review(new, old, "UPDATE")), "CS104")
        new["spec"]["initContainers"][0]["image"] = self.image("signed-ec")
        self.assert_allowed(self.decide(review(new, old, "UPDATE")))

    # shows: K-64 K-65 K-68
    def test_workload_updates_that_change_no_image(self):
        old = deployment(("a", self.unsigned), ("b", self.signed))
        new = deployment(("b", self.signed), ("a", self.unsigned))
        new["spec"]["replicas"] = 5
        self.assert_no_work(review(new, old, "UPDATE"), "unchanged")
        for each in (old, new):
            each["kind"] = "ReplicaSet"
        self.assert_no_work(review(new, old, "UPDATE", userInfo={
            "username": "system:serviceaccount:kube-system:deployment-controller"}), "unchanged")

    # shows: K-66 K-67
    def test_workload_updates_that_do(self):
        old = deployment(("a", self.unsigned))
        self.assert_denied(self.decide(review(deployment(("b", self.unsigned)), old, "UPDATE")), "CS101")
        self.assert_denied(self.decide(review(deployment(("x", self.signed), init=(("a", self.unsigned),)), old, "UPDATE")),
                           "CS101")

    # shows: K-69 K-70 K-71
    def test_objects_that_are_being_deleted(self):
        old = pod(self.unsigned)
        old["metadata"].update(deletionTimestamp="2026-11-24T10:00:00Z", finalizers=["a"])
        new = copy.deepcopy(old)
        new["metadata"]["finalizers"] = []
        self.assert_no_work(review(new, old, "UPDATE"), "deleting")
        new["spec"]["containers"][0]["image"] = self.image("tampered")
        self.assert_denied(self.decide(review(new, old, "UPDATE")), "CS104")
        del old["metadata"]["deletionTimestamp"]
        self.assert_denied(self.decide(review(new, old, "UPDATE")), "CS104")

    # shows: K-73 K-74 K-75 K-78 K-79
    def test_subresources_without_images(self):
        new, old = pod(self.unsigned), pod(self.signed)
        for sub_resource in ("status", "resize", "finalizers", "anything"):
            self.assert_no_work(review(new, old, "UPDATE", subResource=sub_resource), "subresource")
        scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
        self.assert_no_work(review(scale, scale, "UPDATE", subResource="scale"))
        self.assert_no_work(review({"apiVersion": "v1", "kind": "Binding", "metadata": {}}, subResource="binding"))
        self.assert_no_work(review({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {}}, subResource="eviction"))

    # shows: K-76 K-77
    def test_ephemeral_containers(self):
        old = pod(self.unsigned)
        new = copy.deepcopy(old)
        new["spec"]["ephemeralContainers"] = [{"name": "debug", "image": self.unsigned}]
        response = self.decide(review(new, old, "UPDATE", subResource="ephemeralcontainers"))
        self.assert_denied(response, "CS101")
        self.assertEqual([cause["field"] for cause in response["status"]["details"]["causes"]],
                         ["spec.ephemeralContainers[0].image"])
        old = copy.deepcopy(new)
        new["spec"]["ephemeralContainers"].append({"name": "more", "image": self.signed})
        self.assert_allowed(self.decide(review(new, old, "UPDATE", subResource="ephemeralcontainers")))
        new["spec"]["ephemeralContainers"][1]["image"] = self.image("tampered")
        response = self.decide(review(new, old, "UPDATE", subResource="ephemeralcontainers"))
        self.assertEqual([cause["field"] for cause in response["status"]["details"]["causes"]],
                         ["spec.ephemeralContainers[1].image"])

    # shows: K-80 K-81
    def test_converted_and_contradicting_kinds(self):
        body = review(deployment(("a", self.unsigned)), requestKind={"group": "extensions", "version": "v1beta1", "kind": "Deployment"})
        self.assert_denied(self.decide(body), "CS101")
        body = review(pod(self.signed))
        body["request"]["object"]["kind"] = "Deployment"
        self.assert_denied(self.decide(body), "CS302")

    def test_recorded_reviews(self):
        """Their registries do not exist here, so an image is an outage or a skip."""
        self.assertTrue(RECORDED)
        for path in RECORDED:
            with self.subTest(review=path.name), wire(self.webhook, seconds=20) as connection:
                body = path.read_bytes()
                reply = connection.send(post(body, path="/validate?timeout=2s")).reply()
                self.assertEqual(reply.status, 200, reply)
                self.assertEqual(reply.response["uid"], json.loads(body)["request"]["uid"])
                if any(word in path.name for word in ("DELETE", "scale", "11-Pod")):
                    self.assert_allowed(reply.response)
                else:
                    self.assertIs(reply.response["allowed"], False)
                    self.assertIn(reply.response["status"]["code"], (403, 503))


if __name__ == "__main__":
    unittest.main()
