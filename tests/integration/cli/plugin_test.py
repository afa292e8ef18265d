"""`verify` and `config check` with verification plugins, for signatures of the reference implementation."""

import json
import time
import unittest

import stage
import plugins
from support import run, write_configuration

PROFILE_REFUSED = {"IDENTITY": '{"success":false,"reason":"the profile\\nis not yours"}'}


class Plugins(stage.Stage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plugins.load(cls.registry)

    def setUp(self):
        super().setUp()
        plugins.put_trust(self.folder)

    def configure(self, plugin, level="strict"):
        policy = json.loads((plugins.DATA / "trustpolicy.json").read_text())
        policy["trustPolicies"][0]["signatureVerification"]["level"] = level
        self.write("trustpolicy.json", json.dumps(policy))
        return write_configuration(self.folder, plugins=plugin,
                                   registries=f'[{{match: "{self.registry.host}", plainHttp: true}}]')

    def judged(self, layout, plugin, level="strict", status=None):
        """Code and message of one image."""
        ended = run("verify", "--config", self.configure(plugin, level), self.image(layout), "--output", "json")
        image = json.loads(ended.out)["images"][0]
        self.assert_ended(ended, {"": 0, "verdict": 1, "outage": 2}[image["class"]])
        self.assertEqual(image["decision"], "deny" if image["class"] else "allow")
        return image

    def behaving(self, how, **more):
        return plugins.entry(self.folder, {"BEHAVIOUR": how}, **more)

    def test_a_listed_plugin_answers_for_identity_and_revocation(self):
        for layout in plugins.LAYOUTS:
            with self.subTest(layout):
                image = self.judged(layout, plugins.entry(self.folder))
                self.assertEqual(image["code"], "CS000", image)
                self.assertEqual({each["result"] for each in image["signatures"][0]["checks"]}, {"passed"})

    # shows: N-403
    def test_without_the_plugin_it_is_denied_at_every_level(self):
        other = plugins.entry(self.folder, name="com.example.other")
        for layout in plugins.LAYOUTS:
            for plugin in (None, other):
                for level in ("strict", "permissive", "audit"):
                    with self.subTest(layout=layout, plugin=plugin, level=level):
                        image = self.judged(layout, plugin, level)
                        self.assertEqual(image["code"], "CS109")
                        self.assertIn('requires verification plugin "com.example.plugin"', image["message"])

    # shows: N-412
    def test_the_level_skip_asks_no_plugin(self):
        policy = {"version": "1.0", "trustPolicies": [
            {"name": "none", "registryScopes": ["*"], "signatureVerification": {"level": "skip"}}]}
        configuration = self.configure(self.behaving("fail"))
        self.write("trustpolicy.json", json.dumps(policy))
        ended = run("verify", "--config", configuration, self.image("plugin-jws"), "--output", "json")
        self.assert_ended(ended, 0)
        self.assertEqual(json.loads(ended.out)["images"][0]["code"], "CS001")

    def test_the_plugins_findings_count(self):
        image = self.judged("plugin-jws", plugins.entry(self.folder, PROFILE_REFUSED))
        self.assertEqual(image["code"], "CS103")
        self.assertIn("failed: the profile\\nis not yours", image["message"])
        revoked = {"REVOCATION": '{"success":false,"reason":"the job is revoked"}'}
        image = self.judged("plugin-cose", plugins.entry(self.folder, revoked))
        self.assertEqual(image["code"], "CS108")
        image = self.judged("plugin-jws", plugins.entry(self.folder, PROFILE_REFUSED), level="audit")
        self.assertEqual(image["code"], "CS000")
        self.assertIn("the profile", json.dumps(image["signatures"]))

    def test_a_plugin_that_forgets_a_critical_attribute_is_not_enough(self):
        for processed in ("[]", '["com.example.note"]'):
            image = self.judged("plugin-jws", plugins.entry(self.folder, {"PROCESSED": processed}), level="audit")
            self.assertEqual(image["code"], "CS109")
            self.assertIn("com.example.profile", image["message"])

    # shows: N-409
    def test_an_older_plugin_is_not_enough(self):
        self.assertEqual(self.judged("plugin-jws", plugins.entry(self.folder, {"VERSION": "1.0.0"}))["code"], "CS000")
        image = self.judged("plugin-jws", plugins.entry(self.folder, {"VERSION": "1.0.0-rc.1"}))
        self.assertEqual(image["code"], "CS109")
        self.assertIn("version 1.0.0 or newer", image["message"])

    def test_built_in_checks_stay_where_the_plugin_has_none(self):
        only = {"CAPABILITIES": '["SIGNATURE_VERIFIER.REVOCATION_CHECK"]'}
        image = self.judged("plugin-jws", plugins.entry(self.folder, only))
        self.assertEqual(image["code"], "CS103")  # the policy's identity is one that only the plugin knows

    def test_whatever_else_a_plugin_does_denies(self):
        for how in ("silent", "garbage", "fail", "die", "flood-out", "show"):
            for command in ("get-plugin-metadata", "verify-signature"):
                with self.subTest(how=how, command=command):
                    plugin = plugins.entry(self.folder, {"BEHAVIOUR": how, "AT": command})
                    self.assertEqual(self.judged("plugin-jws", plugin, level="audit")["code"], "CS109")
        image = self.judged("plugin-jws", self.behaving("throttled"))
        self.assertEqual((image["code"], image["class"]), ("CS206", "outage"))
        self.assertIn("THROTTLED: come again", image["message"])

    def test_a_plugin_that_hangs_is_ended(self):
        for how in ("hang", "ignore-terminate", "close-and-hang", "hang-with-child"):
            with self.subTest(how):
                start = time.monotonic()
                image = self.judged("plugin-jws", self.behaving(how, timeout="300ms"))
                self.assertEqual((image["code"], image["class"]), ("CS206", "outage"))
                self.assertLess(time.monotonic() - start, 8)

    def test_check_opens_the_program(self):
        good = self.configure(plugins.entry(self.folder))
        self.assert_ended(run("config", "check", good), 0)
        for changes, said in (({"sha256": "0" * 64}, "is listed"), ({"path": "gone"}, "no such file"),
                              ({"path": "trustpolicy.json"}, "may not be executed"),
                              ({"name": None}, 'missing key "name"')):
            with self.subTest(changes):
                configuration = self.configure(plugins.entry(self.folder, **changes))
                for command in (("config", "check"), ("serve", "--config"), ("verify", self.image("plugin-jws"), "--config")):
                    ended = run(*command, configuration)
                    self.assert_ended(ended, 78)
                    self.assertIn(said, ended.err)

    def test_a_path_begins_at_the_configuration(self):
        plugin = plugins.entry(self.folder, path="notation-plugin")
        self.assertEqual(self.judged("plugin-jws", plugin)["code"], "CS000")


if __name__ == "__main__":
    unittest.main()
