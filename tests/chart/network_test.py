"""The network policy."""

import unittest

from chart_case import ChartTest, Rendered


class Network(ChartTest):
    def test_no_policy_by_default(self):
        self.assertEqual(Rendered().all("NetworkPolicy"), [])

    def test_policy_opens_the_webhook_port_only(self):
        policy = Rendered({"networkPolicy": {"enabled": True}}).one("NetworkPolicy")
        self.assertEqual(policy["spec"]["ingress"], [{"ports": [{"port": "https", "protocol": "TCP"}]}])
        self.assertEqual(policy["spec"]["policyTypes"], ["Ingress", "Egress"])
        self.assertEqual([port["port"] for port in policy["spec"]["egress"][1]["ports"]], [443, 80])

    def test_policy_names_peers_when_they_are_given(self):
        peer = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
        policy = Rendered({"networkPolicy": {"enabled": True, "webhookFrom": peer, "metricsFrom": peer,
                                             "egressTo": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}}).one("NetworkPolicy")
        self.assertEqual([each["from"] for each in policy["spec"]["ingress"]], [peer, peer])
        self.assertEqual(policy["spec"]["egress"][1]["to"], [{"ipBlock": {"cidr": "10.0.0.0/8"}}])


if __name__ == "__main__":
    unittest.main()
