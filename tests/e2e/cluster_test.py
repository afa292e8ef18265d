#!/usr/bin/env python3
"""The webhook at a real API server: the chart installed with Helm, everything else asked through kubectl.

tests/e2e/run builds what is needed and runs this. The lines `# shows:` name cases of the conformance checklist.
"""
import json
import pathlib
import sys
import unittest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.processes import Failed, wait_until  # noqa: E402
from manifests import WORKLOADS, deployment, pod, pod_spec, workload  # noqa: E402
from stage import EXISTING, NAMESPACE, POD_WEBHOOK, RELEASE, TRIAL, WORKLOAD_WEBHOOK, Stage, say  # noqa: E402

stage = None


def setUpModule():  # pylint: disable=invalid-name
    global stage  # pylint: disable=global-statement
    stage = Stage()
    try:
        stage.start()
    except BaseException:
        stage.stop(keep=True)
        raise


class ClusterTest(unittest.TestCase):
    """Each class has its namespace and its mode."""
    mode = "enforce"
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.namespace = cls.__name__.removesuffix("Test").lower()
        stage.plane.create_namespace(cls.namespace)

    def setUp(self):
        stage.ensure(self.mode)

    def kubectl(self, *arguments, stdin=None):
        return stage.plane.kubectl(*arguments, "--namespace", self.namespace, stdin=stdin)

    def existing(self, *arguments):
        """kubectl in the namespace of the workloads that are older than the webhook."""
        return stage.plane.kubectl(*arguments, "--namespace", EXISTING)

    def apply(self, manifest, *options):
        return self.kubectl("apply", "--filename=-", *options, stdin=json.dumps(manifest))

    def image(self, name):
        return stage.registry.image(name)

    def assert_accepted(self, done, warning=False):
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(warning, "Warning:" in done.stderr, done.stderr)

    def assert_denied(self, done, code, webhook=POD_WEBHOOK):
        self.assertEqual(1, done.returncode, done.stdout)
        self.assertIn(f'admission webhook "{webhook}" denied the request: ', done.stderr)
        self.assertIn(code, done.stderr)


class EnforceTest(ClusterTest):
    """Mode enforce: what does not verify is denied."""

    def test_every_demo_image_gets_its_verdict(self):
        # shows: R-51
        for name, expected in stage.registry.expected.items():
            with self.subTest(image=name):
                done = self.apply(pod(name, self.image(name)))
                if expected["decision"] == "allow":
                    self.assert_accepted(done)
                else:
                    self.assert_denied(done, expected["code"])

    def test_unsigned_pod_is_refused_with_our_text(self):
        # shows: K-177
        image = self.image("unsigned")
        done = self.apply(pod("refused", image))
        self.assert_denied(done, "CS101")
        self.assertIn("Error from server (Forbidden)", done.stderr)
        self.assertIn(f'Pod {self.namespace}/refused: container "app" {image} (sha256:', done.stderr)
        self.assertIn("unsigned", done.stderr)
        self.assertNotEqual(0, self.kubectl("get", "pod", "refused").returncode)

    def test_signed_image_by_digest(self):
        # shows: K-105
        by_digest = stage.registry.image_by_digest("signed-ec")
        self.assert_accepted(self.apply(pod("by-digest", by_digest)))
        repository, digest = by_digest.split("@")
        self.assert_accepted(self.apply(pod("tag-is-ignored", f"{repository}:no-such-tag@{digest}")))
        self.assert_denied(self.apply(pod("digest-decides", f"{self.image('signed-ec')}@sha256:{'0' * 64}")), "CS111")

    def test_one_unsigned_init_container_is_enough_in_every_kind(self):
        # shows: K-2 K-83 K-84 K-85 K-86 K-87 K-88 K-89 K-90 K-91
        init = [{"name": "prepare", "image": self.image("unsigned")}]
        for kind, (_, place) in WORKLOADS.items():
            with self.subTest(kind=kind):
                manifest = workload(kind, "half", pod_spec(self.image("signed-rsa"), initContainers=init))
                self.assertEqual([f"{place}.initContainers[0].image"], self.denied_fields(kind, manifest, "unsigned"))

    def denied_fields(self, kind, manifest, name):
        """Creates an object without kubectl, which must be denied for one image; returns the fields that the answer names."""
        status, answer = stage.plane.request("POST", WORKLOADS[kind][0].format(self.namespace), manifest)
        self.assertEqual(403, status, answer)
        self.assertEqual("Forbidden", answer["reason"])
        self.assertIn("CS101", answer["message"])
        self.assertIn(self.image(name), answer["message"])
        self.assertNotIn(self.image("signed-rsa"), answer["message"])
        return [cause["field"] for cause in answer["details"]["causes"]]

    def test_signed_workloads_are_accepted_in_every_kind(self):
        for kind in WORKLOADS:
            with self.subTest(kind=kind):
                self.assert_accepted(self.apply(workload(kind, f"good-{kind.lower()}", pod_spec(self.image("signed-rsa")))))

    def test_unsigned_sidecar_is_refused(self):
        # shows: K-93
        sidecar = [{"name": "side", "image": self.image("unsigned"), "restartPolicy": "Always"}]
        self.assert_denied(self.apply(pod("sidecar", self.image("signed-rsa"), initContainers=sidecar)), "CS101")

    def test_unsigned_image_volume_is_refused(self):
        # shows: K-94
        def with_volume(name, image):
            return pod(name, self.image("signed-rsa"), volumes=[{"name": "data", "image": {"reference": image}}])
        self.assertEqual(["spec.volumes[0].image.reference"],
                         self.denied_fields("Pod", with_volume("bad-volume", self.image("unsigned")), "unsigned"))
        self.assert_accepted(self.apply(with_volume("good-volume", self.image("signed-ec"))))

    def test_the_word_image_elsewhere_is_not_an_image(self):
        # shows: K-97
        manifest = pod("words", self.image("signed-rsa"))
        manifest["metadata"]["annotations"] = {"image": self.image("unsigned")}
        manifest["spec"]["containers"][0]["env"] = [{"name": "image", "value": f'"image":"{self.image("unsigned")}"'}]
        self.assert_accepted(self.apply(manifest))

    def test_unsigned_deployment_is_refused(self):
        done = self.apply(deployment("refused", self.image("unsigned")))
        self.assert_denied(done, "CS101", webhook=WORKLOAD_WEBHOOK)
        self.assertIn(f"Deployment {self.namespace}/refused", done.stderr)

    def test_signed_deployment_becomes_pods(self):
        self.assert_accepted(self.apply(deployment("rollout", self.image("multi-arch"), replicas=2)))

        def images():
            done = self.kubectl("get", "pods", "--selector=app=rollout", "--output=jsonpath={.items[*].spec.containers[*].image}")
            return done.stdout.split()
        wait_until(lambda: len(images()) == 2, "the Deployment has two Pods")
        self.assertEqual([self.image("multi-arch")] * 2, images())

    def test_debug_container(self):
        # shows: K-178
        self.assert_accepted(self.apply(pod("debugged", self.image("signed-rsa"))))

        def debug(name, image):
            return self.kubectl("debug", "debugged", f"--image={image}", f"--container={name}", "--profile=general",
                                "--attach=false")
        self.assert_denied(debug("bad", self.image("unsigned")), "CS101")
        self.assert_accepted(debug("good", self.image("signed-ec")))
        self.assert_denied(debug("worse", self.image("wrong-signer")), "CS102")
        self.assert_accepted(debug("better", self.image("signed-rsa")))

    def test_image_update(self):
        # shows: K-62 K-63
        manifest = pod("updated", self.image("signed-rsa"), initContainers=[{"name": "prepare", "image": self.image("signed-rsa")}])
        manifest["spec"]["containers"].append({"name": "second", "image": self.image("signed-rsa")})
        self.assert_accepted(self.apply(manifest))
        self.assert_accepted(self.kubectl("label", "pod", "updated", "team=shop"))
        done = self.kubectl("set", "image", "pod/updated", f"second={self.image('unsigned')}")
        self.assert_denied(done, "CS101")
        self.assertNotIn("signed-rsa", done.stderr)
        self.assert_denied(self.kubectl("set", "image", "pod/updated", f"prepare={self.image('tampered')}"), "CS104")
        self.assert_accepted(self.kubectl("set", "image", "pod/updated", f"second={self.image('signed-ec')}"))

    def test_server_dry_run(self):
        # shows: K-180
        self.assert_accepted(self.apply(pod("dry", self.image("signed-rsa")), "--dry-run=server"))
        self.assertNotEqual(0, self.kubectl("get", "pod", "dry").returncode)
        self.assert_denied(self.apply(pod("dry", self.image("unsigned")), "--dry-run=server"), "CS101")

    def test_existing_unsigned_workload_can_be_managed_but_gets_no_new_pods(self):
        # shows: K-183 K-64 K-68 K-117 K-118
        self.assert_accepted(self.existing("label", "deployment", "old", "team=shop"))
        self.assert_accepted(self.existing("label", "pods", "--selector=app=old", "team=shop"))
        self.assert_accepted(self.existing("scale", "deployment", "old", "--replicas=2"))
        self.assert_accepted(self.existing("patch", "deployment", "old", '--patch={"spec": {"replicas": 3}}'))

        def refused():
            events = json.loads(self.existing("get", "events", "--output=json").stdout)["items"]
            return [event["message"] for event in events if event["reason"] == "FailedCreate"]
        messages = wait_until(refused, "the ReplicaSet reports that its Pod was refused")
        self.assertIn("CS101", messages[0])
        self.assert_accepted(self.existing("scale", "deployment", "old", "--replicas=1"))

    def test_finalizer_of_a_deleted_unsigned_pod_can_be_removed(self):
        # shows: K-69 K-183
        self.assert_accepted(self.existing("delete", "pod", "old", "--wait=false"))
        self.assertEqual(0, self.existing("get", "pod", "old").returncode, "the finalizer should still hold the Pod")
        self.assert_accepted(self.existing("patch", "pod", "old", "--type=merge", '--patch={"metadata": {"finalizers": null}}'))
        wait_until(lambda: self.existing("get", "pod", "old").returncode != 0, "the Pod is gone")

    def test_rule_of_a_namespace_goes_before_the_mode(self):
        # shows: K-127
        done = stage.plane.kubectl("run", "on-trial", f"--image={self.image('unsigned')}", "--namespace", TRIAL)
        self.assert_accepted(done, warning=True)
        self.assertEqual(["would-deny"], verdicts_of(TRIAL, "on-trial"))

    def test_audit_log_names_the_verdict_of_a_denial(self):
        # shows: K-182
        self.assert_denied(self.apply(pod("on-record", self.image("unsigned"))), "CS101")
        self.assertIn("deny", verdicts_of(self.namespace, "on-record"))


class AuditTest(ClusterTest):
    """Mode audit: everything is admitted and recorded."""
    mode = "audit"

    def test_everything_is_admitted_and_recorded(self):
        # shows: K-126 K-179 K-182
        for name, expected in stage.registry.expected.items():
            with self.subTest(image=name):
                self.assert_accepted(self.apply(pod(name, self.image(name))))
                verdict = verdicts_of(self.namespace, name)
                if expected["decision"] == "deny":
                    self.assertEqual(["would-deny"], verdict)
                else:
                    self.assertNotEqual(["would-deny"], verdict)
                    self.assertEqual(1, len(verdict))
                self.assertGreater(stage.webhook.metric("countersign_image_verdicts_total", code=expected["code"]), 0)

    def test_each_review_is_one_line_of_the_log(self):
        # shows: K-175
        before = len(stage.webhook.decisions())
        self.assert_accepted(self.apply(pod("one-line", self.image("unsigned"))))
        lines = [line for line in stage.webhook.decisions()[before:] if "one-line" in json.dumps(line)]
        self.assertEqual(1, len(lines), lines)
        self.assertTrue(lines[0]["uid"])
        self.assertEqual([(self.image("unsigned"), "CS101")], [(image["image"], image["code"]) for image in lines[0]["images"]])

    def test_unsigned_deployment_rolls_out(self):
        self.assert_accepted(self.apply(deployment("rollout", self.image("unsigned"))))
        wait_until(lambda: self.kubectl("get", "pods", "--selector=app=rollout", "--output=name").stdout, "the Pod exists")
        self.assertEqual(["would-deny"], verdicts_of(self.namespace, "rollout", WORKLOAD_WEBHOOK))

    def test_unsigned_debug_container_is_admitted(self):
        self.assert_accepted(self.apply(pod("debugged", self.image("signed-rsa"))))
        self.assert_accepted(self.kubectl("debug", "debugged", f"--image={self.image('unsigned')}", "--container=tool",
                                          "--profile=general", "--attach=false"))


class WarnTest(ClusterTest):
    """Mode warn: everything is admitted, and the user is told."""
    mode = "warn"

    def test_kubectl_shows_a_warning(self):
        # shows: K-179
        for manifest in (pod("warned", self.image("unsigned")), deployment("warned", self.image("unsigned"))):
            with self.subTest(kind=manifest["kind"]):
                done = self.apply(manifest)
                self.assert_accepted(done, warning=True)
                warnings = [line for line in done.stderr.splitlines() if line.startswith("Warning:")]
                self.assertEqual(1, len(warnings), done.stderr)
                self.assertIn("CS101", warnings[0])
                self.assertLessEqual(len(warnings[0]), len("Warning: ") + 120)

    def test_signed_pod_gives_no_warning(self):
        self.assert_accepted(self.apply(pod("quiet", self.image("signed-rsa"))))

    def test_verdict_is_in_the_audit_log(self):
        self.assert_accepted(self.apply(pod("recorded", self.image("wrong-signer"))), warning=True)
        self.assertEqual(["would-deny"], verdicts_of(self.namespace, "recorded"))


class StoppedTest(ClusterTest):
    """The webhook does not run: nothing gets past it."""

    def setUp(self):
        super().setUp()
        self.status = stage.webhook.stop()

    def test_nothing_is_admitted_until_it_runs_again(self):
        # shows: K-181
        self.assertEqual(0, self.status, stage.webhook.log)
        for name in ("signed-rsa", "unsigned"):
            for manifest, webhook in ((pod(name, self.image(name)), POD_WEBHOOK),
                                      (deployment(name, self.image(name)), WORKLOAD_WEBHOOK)):
                with self.subTest(image=name, kind=manifest["kind"]):
                    done = self.apply(manifest)
                    self.assertEqual(1, done.returncode, done.stdout)
                    self.assertIn(f'Internal error occurred: failed calling webhook "{webhook}"', done.stderr)
        stage.ensure(self.mode)
        self.assert_accepted(self.apply(pod("signed-rsa", self.image("signed-rsa"))))

    def test_own_namespace_and_kube_system_are_not_held_up(self):
        # shows: K-184
        for namespace in (NAMESPACE, "kube-system"):
            with self.subTest(namespace=namespace):
                done = stage.plane.kubectl("run", "unchecked", f"--image={self.image('unsigned')}", "--namespace", namespace)
                self.assert_accepted(done)

    def test_own_deployment_can_start_pods(self):
        # shows: K-184
        wait_until(lambda: stage.plane.kubectl(
            "get", "pods", "--namespace", NAMESPACE, f"--selector=app.kubernetes.io/instance={RELEASE}", "--output=name").stdout,
            "the chart's own Deployment has Pods")


class FailOpenTest(ClusterTest):
    """The administrator chose failurePolicy Ignore, which the chart allows while nothing is enforced."""

    def setUp(self):
        stage.ensure("audit", failure_policy="Ignore")

    def test_stopped_webhook_lets_pods_pass_and_the_api_server_counts_it(self):
        # shows: K-181
        before = self.fail_open_count()
        stage.webhook.stop()
        self.assert_accepted(self.apply(pod("unseen", self.image("unsigned"))))
        self.assertGreater(self.fail_open_count(), before)

    def fail_open_count(self):
        lines = stage.plane.kubectl("get", "--raw=/metrics").stdout.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines
                   if line.startswith("apiserver_admission_webhook_fail_open_count{") and POD_WEBHOOK in line)


class UninstallTest(ClusterTest):
    """Helm takes the release away without locking the cluster."""

    def test_upgrade_keeps_the_certificate_and_uninstall_opens_the_way_first(self):
        # shows: K-187
        bundles = {webhook["clientConfig"]["caBundle"] for webhook in stage.registration()["webhooks"]}
        stage.ensure("warn")
        self.assertEqual(bundles, {webhook["clientConfig"]["caBundle"] for webhook in stage.registration()["webhooks"]})
        done = stage.uninstall()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertNotEqual(0, stage.plane.kubectl("get", "validatingwebhookconfiguration", RELEASE).returncode)
        deletions = [event["objectRef"]["resource"] for event in stage.plane.audit_events()
                     if event["verb"] == "delete" and event["objectRef"].get("name") == RELEASE]
        self.assertEqual("validatingwebhookconfigurations", deletions[0], deletions)
        self.assertIn("services", deletions)
        wait_until(lambda: self.kubectl("run", "free", f"--image={self.image('unsigned')}").returncode == 0,
                   "Pods can be created without the webhook")


def verdicts_of(namespace, name, webhook=POD_WEBHOOK):
    """The audit log's verdicts on the creation of one object."""
    return [event["annotations"][f"{webhook}/verdict"] for event in stage.plane.audit_events()
            if event["verb"] == "create" and event["objectRef"].get("namespace") == namespace
            and event["objectRef"].get("name") == name and f"{webhook}/verdict" in event.get("annotations", {})]


def main():
    order = (AuditTest, WarnTest, EnforceTest, StoppedTest, FailOpenTest, UninstallTest)  # the end comes last
    if set(order) != set(ClusterTest.__subclasses__()):
        raise Failed("main() leaves a class of tests out")
    suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, order))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if stage is not None:
        stage.stop(keep=not result.wasSuccessful())
    # A test with subtests appears once for each that failed.
    failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    passed = max(0, result.testsRun - len(failed) - len(result.skipped))
    print(f"Ran {result.testsRun} tests: {passed} passed, {len(failed)} failed")
    return 0 if result.wasSuccessful() and passed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        say(failure)
        sys.exit(1)
