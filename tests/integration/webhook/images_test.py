"""Images as registries really have them: moved tags, copies, many candidates, words of the registry to its users."""

import base64
import hashlib
import json
import pathlib
import threading
import time
import unittest

import stage
from support import ScriptedRegistry, digest_of, encode, milliseconds, pod, review

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
THUMBPRINTS = "io.cncf.notary.x509chain.thumbprint#S256"


def saying(*warnings):
    """A script that adds these Warning headers to each answer."""
    def script(handler):
        plain = handler.give
        handler.give = lambda status, body=b"", kind="application/json", headers=(): plain(
            status, body, kind, [*headers, *(("Warning", warning) for warning in warnings)])
        return False
    return script


class Images(stage.Stage):
    def setUp(self):
        self.other = ScriptedRegistry()
        self.addCleanup(self.other.stop)
        self.webhook_of_other = self.start(self.other.host)
        self.addCleanup(self.webhook_of_other.stop)

    def decide_on(self, *images, **keywords):
        containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
        return self.decide(review(pod(containers=containers)), self.webhook_of_other, **keywords)

    def signature_of(self, layout):
        """Digest and content of the layout's one signature manifest."""
        (descriptor,) = self.other.referrers[f"demo/{layout}", digest_of(layout)]
        return descriptor["digest"], json.loads(self.other.blobs[descriptor["digest"]])

    def last_message(self):
        """What the log says of the last image; denials are shorter."""
        return self.webhook_of_other.events("admission.decided")[-1]["images"][-1]["message"]

    def offer(self, layout, manifest):
        """One more candidate for the layout's image."""
        content = encode(manifest)
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        self.other.blobs[digest] = self.other.manifests[f"demo/{layout}", digest] = content
        self.other.referrers.setdefault((f"demo/{layout}", digest_of(layout)), []).append(
            {"mediaType": MANIFEST, "digest": digest, "size": len(content),
             "artifactType": "application/vnd.cncf.notary.signature"})
        return digest

    # shows: R-45
    def test_a_moved_tag_is_another_image(self):
        repository = "demo/signed-rsa"
        image = f"{self.other.host}/{repository}:moving"
        self.other.tags[repository, "moving"] = digest_of("signed-rsa")
        self.assert_allowed(self.decide_on(image))
        unsigned = digest_of("unsigned")
        self.other.manifests[repository, unsigned] = self.other.blobs[unsigned]
        self.other.tags[repository, "moving"] = unsigned
        self.assert_denied(self.decide_on(image), "CS101 unsigned")
        self.other.tags[repository, "moving"] = digest_of("signed-rsa")
        self.assert_allowed(self.decide_on(image))

    # shows: R-108
    def test_a_copy_of_image_and_signature_verifies(self):
        digest = digest_of("signed-rsa")
        for key in [key for key in self.other.manifests if key[0] == "demo/signed-rsa"]:
            self.other.manifests["mirror/app", key[1]] = self.other.manifests[key]
        self.other.referrers["mirror/app", digest] = self.other.referrers["demo/signed-rsa", digest]
        self.assert_allowed(self.decide_on(f"{self.other.host}/mirror/app@{digest}"))

    # shows: R-108 R-198
    def test_a_copy_is_under_the_policy_of_its_own_name(self):
        digest = digest_of("signed-rsa")
        policy = json.loads((stage.services.DEMO / "trustpolicy.json").read_text())
        policy["trustPolicies"][0]["registryScopes"] = [f"{self.other.host}/demo/signed-rsa"]
        folder = pathlib.Path(self.folder, "one-scope")
        folder.mkdir()
        (folder / "trustpolicy.json").write_text(json.dumps(policy))
        webhook = stage.services.Webhook(stage.support.PROGRAM, folder, self.other.host)
        self.addCleanup(webhook.stop)
        self.assert_allowed(self.decide(review(pod(f"{self.other.host}/demo/signed-rsa@{digest}")), webhook))
        asked = len(self.other.requests)
        response = self.decide(review(pod(f"{self.other.host}/mirror/app@{digest}")), webhook)
        self.assert_denied(response, "CS110 no-policy")
        self.assertEqual(len(self.other.requests), asked, "no question about an image that no statement covers")

    def test_strangers_do_not_hide_the_good_signature(self):
        good = self.other.referrers.pop(("demo/signed-rsa", digest_of("signed-rsa")))
        _, manifest = self.signature_of("wrong-signer")
        manifest["subject"]["digest"] = digest_of("signed-rsa")
        manifest["subject"]["size"] = len(self.other.blobs[digest_of("signed-rsa")])
        for number in range(101):
            self.offer("signed-rsa", manifest | {"annotations": {**manifest.get("annotations", {}), "number": str(number)}})
        listed = self.other.referrers["demo/signed-rsa", digest_of("signed-rsa")]
        response = self.decide_on(self.other.image("signed-rsa"), path="/validate?timeout=30s")
        self.assertIs(response["allowed"], False)
        self.assertIn("the nearest to success of 101 signatures", self.last_message())
        listed.extend(good)
        self.assert_allowed(self.decide_on(self.other.image("signed-rsa"), path="/validate?timeout=30s"))

    # shows: N-45 N-46
    def test_thumbprint_annotations_have_no_effect(self):
        digest, manifest = self.signature_of("signed-rsa")
        self.assertIn(THUMBPRINTS, manifest["annotations"])
        for value in (None, "[]", "no JSON", json.dumps(["0" * 64])):
            annotations = {key: text for key, text in manifest["annotations"].items() if key != THUMBPRINTS}
            if value is not None:
                annotations[THUMBPRINTS] = value
            self.other.referrers.pop(("demo/signed-rsa", digest_of("signed-rsa")), None)
            offered = self.offer("signed-rsa", manifest | {"annotations": annotations})
            self.assertNotEqual(offered, digest)
            self.assert_allowed(self.decide_on(self.other.image("signed-rsa")))

    # shows: R-244
    def test_words_of_the_registry(self):
        self.other.script = saying('299 - "This registry ends in March."', '299 - "This registry ends in March."',
                                   '299 - "Tokens end soon."', '299 - "third"', "199 - nonsense")
        marker = f"countersign: registry {self.other.host}: "
        wanted = [marker + "This registry ends in March.", marker + "Tokens end soon."]
        response = self.decide_on(self.other.image("signed-rsa"), self.other.image("signed-ec"))
        self.assert_allowed(response)
        self.assertEqual(response["warnings"], wanted)
        response = self.decide_on(self.other.image("unsigned"))
        self.assertIs(response["allowed"], False)
        self.assertEqual(response["warnings"], wanted)
        (entry,) = self.webhook_of_other.events("admission.decided")[-1]["images"]
        self.assertEqual(entry["registryWarnings"], ["This registry ends in March.", "Tokens end soon."])

    def test_one_image_thirty_times_and_thirty_images(self):
        self.assert_allowed(self.decide_on(*[self.other.image("signed-rsa")] * 30))
        heads = [path for method, path, _ in self.other.requests if method == "HEAD"]
        self.assertEqual(len(heads), 1, heads)

        lock, busy, most = threading.Lock(), [0], [0]

        def counted(handler):
            with lock:
                busy[0] += 1
                most[0] = max(most[0], busy[0])
            time.sleep(0.02)
            with lock:
                busy[0] -= 1
            return False

        self.other.script = counted
        digest = digest_of("unsigned")
        images = []
        for number in range(30):
            self.other.manifests[f"many/app{number}", digest] = self.other.blobs[digest]
            images.append(f"{self.other.host}/many/app{number}@{digest}")
        response = self.decide_on(*images, path="/validate?timeout=30s")
        self.assertEqual(len(response["status"]["details"]["causes"]), 30)
        self.assertGreater(most[0], 1)
        self.assertLessEqual(most[0], 8)

    # shows: R-219
    def test_three_seconds(self):
        ends = []

        def silent(handler):
            start = time.monotonic()
            handler.connection.settimeout(10)
            handler.connection.recv(1)  # returns when the other side gives up
            ends.append(time.monotonic() - start)
            handler.close_connection = True
            return True

        self.other.script = silent
        elapsed, response = milliseconds(lambda: self.decide_on(self.other.image("signed-rsa"), path="/validate?timeout=3s"))
        self.assert_denied(response, "CS206 deadline-exceeded", 503)
        self.assertLess(elapsed, 2600 + 50)
        self.assertGreater(elapsed, 2100)


class Conditions(stage.Stage):
    rules = ('  rules:\n    - {name: strict, match: {namespaces: [strict]}, action: enforce, userMetadata: {io.build: "17"}}\n'
             '    - {name: stricter, match: {namespaces: [stricter]}, action: enforce, userMetadata: {io.build: "18"}}\n')

    def test_reviews_of_one_image_under_different_rules(self):
        """All at the same time: what one rule asks for must not decide for another."""
        def slow(handler):
            time.sleep(0.2)
            return False

        self.registry.script = slow
        responses, threads = {}, []
        for namespace in ("strict", "stricter", "shop"):
            def ask(namespace=namespace):
                responses[namespace] = self.decide(review(pod(self.image("signed-rsa")), namespace=namespace))
            threads.append(threading.Thread(target=ask))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self.assert_allowed(responses["shop"])
        self.assert_denied(responses["strict"], '"io.build" must be "17"')
        self.assert_denied(responses["stricter"], '"io.build" must be "18"')


class Credentials(stage.Stage):
    """A registry behind tokens, and a webhook that logs everything."""

    PASSWORD, TOKEN = "pass-word-of-the-registry", "token-of-the-registry"

    # shows: R-242
    def test_no_secret_is_logged(self):
        registry = ScriptedRegistry()
        self.addCleanup(registry.stop)
        basic = base64.b64encode(f"robot:{self.PASSWORD}".encode()).decode()
        asked_with = []

        def guard(handler):
            authorization = handler.headers.get("Authorization", "")
            asked_with.append(authorization)
            if handler.path.startswith("/token"):
                return handler.give(200, encode({"token": self.TOKEN, "expires_in": 300})) or True
            if authorization == f"Bearer {self.TOKEN}":
                return False
            challenge = f'Bearer realm="http://{registry.host}/token",service="s"'
            return handler.give(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', headers=[("WWW-Authenticate", challenge)]) or True

        registry.script = guard
        folder = pathlib.Path(self.folder)
        (folder / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": basic}}}))
        webhook = stage.services.Webhook(
            stage.support.PROGRAM, self.folder, [], extra=(
                f'registries:\n  - {{match: "{registry.host}", plainHttp: true, credentials: {{dockerConfig: config.json}}}}\n'
                "log: {level: debug}\n"))
        self.addCleanup(webhook.stop)
        self.assert_allowed(self.decide(review(pod(registry.image("signed-rsa"))), webhook))
        self.assertIs(self.decide(review(pod(registry.image("unsigned"))), webhook)["allowed"], False)
        self.assertIn(f"Basic {basic}", asked_with)
        self.assertIn(f"Bearer {self.TOKEN}", asked_with)
        registry.script = lambda handler: handler.give(500, self.PASSWORD.encode()) or True
        self.assertIs(self.decide(review(pod(registry.image("signed-ec"))), webhook, path="/validate?timeout=1s")["allowed"], False)
        text = webhook.log.read_text()
        self.assertGreaterEqual(text.count("admission.decided"), 3)
        for secret in (self.PASSWORD, self.TOKEN, basic, "Authorization", "Bearer "):
            self.assertNotIn(secret, text)


if __name__ == "__main__":
    unittest.main()
