"""The serving certificate and the bundle that goes with it, from installation to uninstall."""

import base64
import json
import re
import unittest

from chart_case import CERT_MANAGER, CHART, NAMESPACE, PEM, RELEASE, ChartTest, Rendered


class ServingCertificate(ChartTest):
    def test_from_a_secret_with_the_bundle_as_pem_or_as_base64(self):
        encoded = base64.b64encode(PEM.encode()).decode()
        for given in (PEM, encoded, encoded[:20] + "\n" + encoded[20:] + "\n"):
            rendered = Rendered({"tls": {"caBundle": given}})
            for webhook in rendered.webhooks:
                self.assertEqual(base64.b64decode(webhook["clientConfig"]["caBundle"]).decode(), PEM)
            self.assertIn("countersign-tls", json.dumps(rendered.pod["spec"]["volumes"]))
            self.assertNotIn("annotations", rendered.one("ValidatingWebhookConfiguration")["metadata"])
            self.assertEqual(rendered.all("Certificate"), [])

    def test_from_cert_manager(self):
        rendered = Rendered(CERT_MANAGER)
        registration = rendered.one("ValidatingWebhookConfiguration")
        self.assertEqual(registration["metadata"]["annotations"],
                         {"cert-manager.io/inject-ca-from": f"{NAMESPACE}/{RELEASE}-tls"})
        certificates = {each["metadata"]["name"]: each["spec"] for each in rendered.all("Certificate")}
        issuers = {each["metadata"]["name"]: each["spec"] for each in rendered.all("Issuer")}
        self.assertEqual(set(certificates), {f"{RELEASE}-ca", f"{RELEASE}-tls"})
        self.assertTrue(certificates[f"{RELEASE}-ca"]["isCA"])
        serving = certificates[f"{RELEASE}-tls"]
        self.assertEqual(serving["dnsNames"], [f"{RELEASE}.{NAMESPACE}.svc"])
        self.assertNotIn("isCA", serving)
        self.assertEqual(issuers[serving["issuerRef"]["name"]],
                         {"ca": {"secretName": certificates[f"{RELEASE}-ca"]["secretName"]}})
        self.assertEqual(issuers[certificates[f"{RELEASE}-ca"]["issuerRef"]["name"]], {"selfSigned": {}})
        (volume,) = [each for each in rendered.pod["spec"]["volumes"] if each["name"] == "tls"]
        self.assertEqual(volume["secret"]["secretName"], serving["secretName"])

    def test_an_upgrade_never_changes_the_pair_of_certificate_and_bundle(self):  # shows: K-187
        # Nothing is generated while rendering, so every upgrade renders the same pair; with cert-manager the chart does not
        # own the field at all, and so cannot take away what was injected.
        self.assertEqual(Rendered(hooks=True).text, Rendered(None, "--is-upgrade", hooks=True).text)
        self.assertEqual(Rendered(CERT_MANAGER).text, Rendered(CERT_MANAGER, "--is-upgrade").text)
        for webhook in Rendered(CERT_MANAGER).webhooks:
            self.assertNotIn("caBundle", webhook["clientConfig"])
        for template in CHART.glob("templates/*"):
            for function in ("genCA", "genSignedCert", "genSelfSignedCert", "genPrivateKey", "lookup", "rand"):
                self.assertIsNone(re.search(rf"\b{function}", template.read_text()), f"{template.name}: {function}")

    def test_an_uninstall_takes_the_registration_away_first(self):  # shows: K-187
        # Helm deletes what stands in the way of a pre-delete hook before it deletes anything of the release.
        for change in ({}, CERT_MANAGER):
            registration, hook = Rendered(change, hooks=True).all("ValidatingWebhookConfiguration")
            own, of_hook = (each["metadata"].pop("annotations", {}) for each in (registration, hook))
            self.assertNotIn("helm.sh/resource-policy", own)
            self.assertNotIn("helm.sh/hook", own)
            self.assertEqual(of_hook.pop("helm.sh/hook"), "pre-delete")
            policies = of_hook.pop("helm.sh/hook-delete-policy").split(",")
            self.assertLessEqual({"before-hook-creation", "hook-succeeded"}, set(policies))
            # Otherwise the same object, so that whoever applies both applies nothing weaker.
            self.assertEqual(of_hook, own)
            self.assertEqual(hook, registration)


if __name__ == "__main__":
    unittest.main()
