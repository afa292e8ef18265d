"""The Pods: what they may do, what is mounted, how they survive."""

import unittest

from chart_case import CERT_MANAGER, POLICY, ChartTest, Rendered, merged


class Pods(ChartTest):
    # With everything on that adds volumes or containers.
    EVERYTHING = {
        "registries": [
            {"match": "a.example", "ca": {"configMap": "ca", "key": "ca.pem"},
             "credentials": {"dockerConfig": {"secret": "pull"}}},
            {"match": "b.example", "ca": {"secret": "ca-b", "key": "x"}},
        ],
        "trust": {
            "policy": {"trustPolicies": [{**POLICY["trustPolicies"][0], "trustStores": ["ca:shop", "tsa:clock"]}]},
            "stores": [
                {"type": "ca", "name": "shop", "sources": [{"configMap": "one"}, {"secret": "two", "keys": ["root.pem"]}]},
                {"type": "tsa", "name": "clock", "sources": [{"configMap": "tsa"}]},
            ],
        },
        "revocation": {"cache": {"enabled": True}, "offline": {"configMap": "crls"}},
    }

    def test_folders_of_revocation(self):
        def mounts(rendered):
            return {mount["name"]: mount for mount in rendered.container["volumeMounts"]}

        rendered = Rendered({"revocation": {"cache": {"enabled": True}, "offline": {"secret": "crls"}}})
        volumes = {volume["name"]: volume for volume in rendered.pod["spec"]["volumes"]}
        folders = rendered.configuration["revocation"]
        self.assertEqual(mounts(rendered)["revocation-cache"]["mountPath"], folders["cacheDirectory"])
        self.assertNotIn("readOnly", mounts(rendered)["revocation-cache"])
        self.assertEqual(volumes["revocation-cache"]["emptyDir"], {"sizeLimit": "320Mi"})
        self.assertEqual(mounts(rendered)["revocation-offline"]["mountPath"], folders["offlineDirectory"])
        self.assertIs(mounts(rendered)["revocation-offline"]["readOnly"], True)
        self.assertEqual(volumes["revocation-offline"]["projected"]["sources"], [{"secret": {"name": "crls"}}])
        self.assertNotIn("revocation", Rendered().configuration)
        self.assertFalse([name for name in mounts(Rendered()) if name.startswith("revocation")])

    def plugin_volume(self, source):
        """The volume and its mount that come of `source`."""
        program = {"name": "p", "path": "/run/countersign/plugins/p", "sha256": "a" * 64}
        rendered = Rendered({"plugins": [program], "pluginVolume": source})
        (volume,) = [each for each in rendered.pod["spec"]["volumes"] if each["name"] == "plugins"]
        (mount,) = [each for each in rendered.container["volumeMounts"] if each["name"] == "plugins"]
        self.assertEqual(rendered.configuration["plugins"], [program])
        return {key: value for key, value in volume.items() if key != "name"}, mount

    def test_a_volume_of_plugins_is_mounted_read_only(self):
        for source in ({"persistentVolumeClaim": {"claimName": "plugins"}}, {"configMap": {"name": "plugins"}},
                       {"hostPath": {"path": "/opt/plugins", "type": "Directory"}}):
            _, mount = self.plugin_volume(source)
            self.assertEqual(mount, {"name": "plugins", "mountPath": "/run/countersign/plugins", "readOnly": True})
        rendered = Rendered({"plugins": [{"name": "p", "path": "/plugins/p", "sha256": "a" * 64}]})
        for part in rendered.pod["spec"]["volumes"] + rendered.container["volumeMounts"]:
            self.assertNotEqual(part["name"], "plugins")

    def test_a_volume_of_plugins_is_the_source_that_was_given(self):
        for source in ({"hostPath": {"path": "/opt/plugins", "type": "Directory"}},
                       {"ephemeral": {"volumeClaimTemplate": {"spec": {"dataSource": {"kind": "VolumeSnapshot", "name": "a"}}}}}):
            self.assertEqual(self.plugin_volume(source)[0], source)

    def test_the_kubelet_changes_no_owners_and_modes_of_plugins(self):
        for kind, fields in (("persistentVolumeClaim", {"claimName": "plugins"}), ("nfs", {"server": "a", "path": "/b"}),
                             ("csi", {"driver": "d", "volumeAttributes": {"x": "y"}})):
            for given in (fields, {**fields, "readOnly": False}):
                self.assertEqual(self.plugin_volume({kind: given})[0], {kind: {**fields, "readOnly": True}})

    def test_plugins_of_config_maps_may_be_executed(self):
        for kind, fields in (("configMap", {"name": "a"}), ("secret", {"secretName": "a"}),
                             ("projected", {"sources": [{"configMap": {"name": "a"}}]})):
            self.assertEqual(self.plugin_volume({kind: fields})[0], {kind: {**fields, "defaultMode": 0o555}})
            own = {**fields, "defaultMode": 0o500}
            self.assertEqual(self.plugin_volume({kind: own})[0], {kind: own})

    def test_satisfy_the_restricted_standard(self):
        for change in ({}, CERT_MANAGER, self.EVERYTHING):
            rendered = Rendered(change)
            spec = rendered.pod["spec"]
            self.assertEqual(spec["securityContext"], {
                "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"}})
            self.assertNotIn("initContainers", spec)
            self.assertEqual(rendered.container["securityContext"], {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "privileged": False,
                "capabilities": {"drop": ["ALL"]}})
            for field in ("hostNetwork", "hostPID", "hostIPC"):
                self.assertNotIn(field, spec)
            for volume in spec["volumes"]:
                (kind,) = set(volume) - {"name"}
                self.assertIn(kind, {"configMap", "projected", "secret", "emptyDir"})
                if kind != "emptyDir":
                    self.assertEqual(volume[kind]["defaultMode"], 0o440)
            for port in rendered.container["ports"]:
                self.assertGreaterEqual(port["containerPort"], 1024)
                self.assertNotIn("hostPort", port)

    def test_hold_no_api_token_and_no_rights(self):
        rendered = Rendered()
        self.assertIs(rendered.pod["spec"]["automountServiceAccountToken"], False)
        self.assertIs(rendered.one("ServiceAccount")["automountServiceAccountToken"], False)
        self.assertIs(rendered.pod["spec"]["enableServiceLinks"], False)
        for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
            self.assertEqual(rendered.all(kind), [])

    def test_start_the_server_with_the_mounted_configuration(self):
        rendered = Rendered()
        container = rendered.container
        self.assertEqual(container["args"], ["serve", "--config", "/etc/countersign/countersign.yaml"])
        self.assertNotIn("command", container)
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        self.assertEqual(ports, {"https": 9443, "ops": 9080})
        self.assertEqual(rendered.configuration["server"]["address"], "0.0.0.0:9443")
        self.assertEqual(rendered.configuration["server"]["ops"], "0.0.0.0:9080")

    def test_are_probed_on_the_ops_port(self):
        container = Rendered().container
        for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
            self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "ops"})

    def test_survive_disruptions(self):
        rendered = Rendered()
        self.assertEqual(rendered.one("Deployment")["spec"]["replicas"], 3)
        self.assertEqual(rendered.one("Deployment")["spec"]["strategy"]["rollingUpdate"],
                         {"maxUnavailable": 0, "maxSurge": 1})
        self.assertEqual(rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"], 1)
        spec = rendered.pod["spec"]
        self.assertEqual(spec["terminationGracePeriodSeconds"], 60)
        self.assertEqual(spec["priorityClassName"], "system-cluster-critical")
        self.assertEqual({each["topologyKey"] for each in spec["topologySpreadConstraints"]},
                         {"topology.kubernetes.io/zone", "kubernetes.io/hostname"})
        selector = rendered.one("Deployment")["spec"]["selector"]["matchLabels"]
        for constraint in spec["topologySpreadConstraints"]:
            self.assertEqual(constraint["labelSelector"]["matchLabels"], selector)
        self.assertEqual(rendered.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"], selector)
        self.assertIn("requests", rendered.container["resources"])
        self.assertIn("limits", rendered.container["resources"])

    def test_resolve_names_without_detours(self):
        self.assertEqual(Rendered().pod["spec"]["dnsConfig"]["options"], [
            {"name": "ndots", "value": "1"}, {"name": "timeout", "value": "1"}, {"name": "attempts", "value": "2"}])

    def test_run_on_linux_whatever_else_is_selected(self):
        rendered = Rendered({"nodeSelector": {"kubernetes.azure.com/mode": "system", "kubernetes.io/os": "windows"}})
        self.assertEqual(rendered.pod["spec"]["nodeSelector"],
                         {"kubernetes.io/os": "linux", "kubernetes.azure.com/mode": "system"})

    def test_are_replaced_when_the_configuration_or_the_policy_changes(self):
        def checksum(change):
            return Rendered(change).pod["metadata"]["annotations"]["checksum/configuration"]

        first = checksum({})
        self.assertEqual(first, checksum({}))
        self.assertNotEqual(first, checksum({"mode": "warn"}))
        other = merged(POLICY, {})
        other["trustPolicies"][0]["trustedIdentities"] = ["x509.subject: C=DE, ST=Berlin, O=Example"]
        self.assertNotEqual(first, checksum({"trust": {"policy": other}}))

    def test_every_file_that_the_configuration_names_is_mounted(self):
        rendered = Rendered(self.EVERYTHING)
        volumes = {each["name"]: each for each in rendered.pod["spec"]["volumes"]}
        mounts = {each["mountPath"]: volumes[each["name"]] for each in rendered.container["volumeMounts"]}
        self.assertEqual(len(mounts), len(volumes))
        configuration = rendered.configuration

        self.assertEqual(configuration["trust"]["stores"], [
            {"type": "ca", "name": "shop",
             "files": ["/run/countersign/trust/ca/shop/0/*", "/run/countersign/trust/ca/shop/1/*"]},
            {"type": "tsa", "name": "clock", "files": ["/run/countersign/trust/tsa/clock/0/*"]}])
        self.assertEqual(mounts["/run/countersign/trust/ca/shop/0"]["projected"]["sources"],
                         [{"configMap": {"name": "one"}}])
        self.assertEqual(mounts["/run/countersign/trust/ca/shop/1"]["projected"]["sources"],
                         [{"secret": {"name": "two", "items": [{"key": "root.pem", "path": "root.pem"}]}}])
        self.assertEqual(mounts["/run/countersign/trust/tsa/clock/0"]["projected"]["sources"],
                         [{"configMap": {"name": "tsa"}}])

        self.assertEqual(configuration["registries"], [
            {"match": "a.example", "ca": "/run/countersign/registries/0-ca.pem",
             "credentials": {"dockerConfig": "/run/countersign/registries/0-config.json"}},
            {"match": "b.example", "ca": "/run/countersign/registries/1-ca.pem"}])
        self.assertEqual(mounts["/run/countersign/registries"]["projected"]["sources"], [
            {"configMap": {"name": "ca", "items": [{"key": "ca.pem", "path": "0-ca.pem"}]}},
            {"secret": {"name": "pull", "items": [{"key": ".dockerconfigjson", "path": "0-config.json"}]}},
            {"secret": {"name": "ca-b", "items": [{"key": "x", "path": "1-ca.pem"}]}}])

        tls = configuration["server"]["tls"]
        items = {f"/run/countersign/tls/{each['path']}" for each in mounts["/run/countersign/tls"]["secret"]["items"]}
        self.assertEqual({tls["certificate"], tls["key"]}, items)
        self.assertIn(configuration["trust"]["policy"], rendered.one("ConfigMap")["data"])
        self.assertEqual(mounts["/etc/countersign"]["configMap"]["name"], rendered.one("ConfigMap")["metadata"]["name"])

    def test_a_digest_wins_over_the_tag(self):
        digest = "sha256:" + "a" * 64
        self.assertEqual(Rendered().container["image"], "registry.example/countersign:0.1.0")
        self.assertEqual(Rendered({"image": {"tag": "1.2", "digest": digest}}).container["image"],
                         f"registry.example/countersign@{digest}")


if __name__ == "__main__":
    unittest.main()
