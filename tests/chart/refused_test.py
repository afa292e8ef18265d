"""Values that the chart refuses."""

import base64
import json
import unittest

from chart_case import CERT_MANAGER, MINIMUM, PEM, POLICY, ChartTest, Rendered, merged, run_template


class Refused(ChartTest):
    """Values that cannot work are refused when they are rendered, each with what to do."""

    def test_everything_missing_is_told_at_once(self):
        result = run_template({})
        self.assertNotEqual(result.returncode, 0)
        for text in ("image.repository is empty", "trust.policy is empty", "trust.stores is empty",
                     "no serving certificate"):
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

    def test_a_store_that_is_brought_and_no_statement_names(self):
        shop, told = MINIMUM["trust"]["stores"][0], 'no statement of trust.policy trusts the store "ca:other"'
        stores = [shop, {**shop, "name": "other"}]
        for policy in (POLICY, json.dumps(POLICY)):
            self.assert_refused({"trust": {"stores": stores, "policy": policy}}, told)
        # The same name in another type is another store.
        self.assert_refused({"trust": {"stores": [{**shop, "type": "tsa"}]}},
                            'trusts the store "ca:shop", which is not', 'trusts the store "tsa:shop": name it')
        # Where the policy cannot be read, or is missing, there is nothing to say of stores.
        for policy, wrong in ((None, "is empty"), ("{", "is not a JSON object"), ("{}", "has no trustPolicies")):
            result = run_template(merged(MINIMUM, {"trust": {"stores": stores, "policy": policy}}))
            with self.subTest(policy=policy):
                self.assertIn(f"trust.policy {wrong}", result.stderr)
                self.assertNotIn("no statement of", result.stderr)

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
            ({"enforcement": {"onOutage": "allow"}}, "/enforcement/onOutage"), ({"enforcement": {"lastGoodAge": "an hour"}}, "/enforcement/lastGoodAge"), ({"cache": {}}, "'cache'"),
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
        for accepted in ({"plainHttpCredentials": True}, {"match": "127.0.0.1:5000"}, {"match": "localhost"}):
            Rendered({"registries": [{**plain, **credentials, **accepted}]})

    def test_user_metadata_that_cannot_be(self):
        rule = {"name": "a", "match": {"images": ["x/**"]}, "action": "enforce", "userMetadata": {"io.build": "17"}}
        Rendered({"enforcement": {"rules": [rule]}})
        self.assert_refused({"enforcement": {"rules": [{**rule, "action": "skip"}]}}, "asks for userMetadata and verifies nothing")
        for wrong in ({}, {"io.build": 17}, {"io.build": ""}, ["io.build"]):
            self.assert_refused({"enforcement": {"rules": [{**rule, "userMetadata": wrong}]}}, "/enforcement/rules/0/userMetadata")

    def test_volumes_that_can_hold_no_plugin(self):
        program = {"name": "p", "path": "/run/countersign/plugins/p", "sha256": "a" * 64}
        claim = {"persistentVolumeClaim": {"claimName": "a"}}
        self.assert_refused({"plugins": [program], "pluginVolume": {"image": {"reference": "a.example/b"}}},
                            "an image volume so that nothing in it can be executed")
        for kind in ("emptyDir", "downwardAPI"):
            self.assert_refused({"plugins": [program], "pluginVolume": {kind: {}}}, f"a volume of the kind {kind}")
        for kind in ("name", "a b"):
            self.assert_refused({"plugins": [program], "pluginVolume": {kind: {}}}, f'"{kind}" is no kind of volume source')
        for wrong in ({**claim, "configMap": {"name": "a"}}, {"configMap": "a"}, [claim]):
            self.assert_refused({"plugins": [program], "pluginVolume": wrong}, "/pluginVolume")

    def test_a_plugin_without_its_volume_and_a_volume_without_plugins(self):
        program = {"name": "p", "path": "/run/countersign/plugins/p", "sha256": "a" * 64}
        claim = {"persistentVolumeClaim": {"claimName": "a"}}
        self.assert_refused({"plugins": [program]},
                            'the program of "p" lies in /run/countersign/plugins/, where nothing is mounted')
        for plugins in ([], [{**program, "path": "/plugins/p"}], [{**program, "path": "/run/countersign/pluginsp"}]):
            self.assert_refused({"plugins": plugins, "pluginVolume": claim}, "no entry of plugins has a path below")

    def test_rules_of_one_name(self):
        rule = {"name": "a", "match": {"images": ["x/**"]}, "action": "audit"}
        self.assert_refused({"enforcement": {"rules": [rule, rule]}}, 'enforcement.rules names "a" twice')


if __name__ == "__main__":
    unittest.main()
