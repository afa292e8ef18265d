"""Runs what the chart's Deployment would run, as a local process, from what is really in the cluster.

The Pod's volumes are written below a folder the way the kubelet does it (the files are symbolic links through `..data`), the
arguments are the container's, and only two things are changed: absolute paths of the mounts lead below that folder, and the two
ports are free loopback ports.
"""
import base64
import json
import os
import re
from pathlib import Path

from cluster import answers, fetch
from harness.processes import Failed, Process


class LocalWebhook:
    """`program` run as the Deployment `name` of `namespace` says."""

    def __init__(self, plane, folder, program, namespace, name, port, ops_port):
        self.plane = plane
        self.folder = Path(folder)
        self.program = program
        self.namespace = namespace
        self.name = name
        self.port = port
        self.ops_port = ops_port
        self.log = self.folder / "countersign.log"
        self._process = None
        self._starts = 0

    def running(self):
        return self._process is not None and self._process.running()

    def start(self):
        """Reads Deployment, ConfigMaps and Secrets from the cluster and starts the program."""
        pod = self.plane.get("deployment", self.name, self.namespace)["spec"]["template"]["spec"]
        container = pod["containers"][0]
        self._starts += 1
        root = self.folder / f"root-{self._starts}"
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        mounts = {mount["mountPath"]: root / mount["mountPath"].lstrip("/") for mount in container["volumeMounts"]}
        for mount in container["volumeMounts"]:
            files = {path: self._adjust(content, mounts)
                     for path, content in self._files_of(volumes[mount["name"]]).items()}
            write_like_kubelet(mounts[mount["mountPath"]], files)
        arguments = [self._adjust(argument, mounts) for argument in container["args"]]
        environment = {variable["name"]: self._adjust(variable.get("value", ""), mounts)
                       for variable in container.get("env", [])}
        self._process = Process([self.program, *arguments], self.log, {"PATH": os.environ["PATH"], **environment})
        self._process.wait_ready(lambda: answers(f"http://127.0.0.1:{self.ops_port}/readyz"))

    def stop(self):
        """Ends the program as a Pod is ended; returns its exit status."""
        status = self._process.stop(seconds=65) if self._process else None
        self._process = None
        return status

    def decisions(self):
        """The `admission.decided` lines of the log so far."""
        if not self.log.exists():
            return []
        with open(self.log, encoding="utf-8") as log:
            lines = [json.loads(line) for line in log if line.startswith("{")]
        return [line for line in lines if line.get("event") == "admission.decided"]

    def metric(self, name, **labels):
        """The sum of a metric's samples that have these labels."""
        total = 0.0
        for line in (fetch(f"http://127.0.0.1:{self.ops_port}/metrics") or "").splitlines():
            sample, _, value = line.rpartition(" ")
            if re.match(rf"{name}(\{{|$)", sample) and all(f'{key}="{text}"' in sample for key, text in labels.items()):
                total += float(value)
        return total

    def _adjust(self, text, mounts):
        """Replaces mount paths and the ports that the chart gives the container."""
        if isinstance(text, bytes):
            try:
                return self._adjust(text.decode(), mounts).encode()
            except UnicodeDecodeError:
                return text
        paths = "|".join(re.escape(path) for path in sorted(mounts, key=len, reverse=True))
        text = re.sub(rf"(?<![\w./-])(?:{paths})(?=/|$|[\s\"'])", lambda match: str(mounts[match[0]]), text)
        return text.replace("0.0.0.0:9443", f"127.0.0.1:{self.port}").replace("0.0.0.0:9080", f"127.0.0.1:{self.ops_port}")

    def _files_of(self, volume):
        """The files of a volume: path -> bytes."""
        if "configMap" in volume:
            return self._from_config_map(volume["configMap"]["name"], volume["configMap"].get("items"))
        if "secret" in volume:
            return self._from_secret(volume["secret"]["secretName"], volume["secret"].get("items"))
        if "projected" in volume:
            files = {}
            for source in volume["projected"]["sources"]:
                if "configMap" in source:
                    files |= self._from_config_map(source["configMap"]["name"], source["configMap"].get("items"))
                elif "secret" in source:
                    files |= self._from_secret(source["secret"]["name"], source["secret"].get("items"))
                else:
                    raise Failed(f"volume {volume['name']}: a source that this test cannot provide: {source}")
            return files
        if "emptyDir" in volume:
            return {}
        raise Failed(f"a volume that this test cannot provide: {volume}")

    def _from_config_map(self, name, items):
        object_ = self.plane.get("configmap", name, self.namespace)
        data = {key: value.encode() for key, value in object_.get("data", {}).items()}
        data |= {key: base64.b64decode(value) for key, value in object_.get("binaryData", {}).items()}
        return choose(f"ConfigMap {name}", data, items)

    def _from_secret(self, name, items):
        data = self.plane.get("secret", name, self.namespace).get("data", {})
        return choose(f"Secret {name}", {key: base64.b64decode(value) for key, value in data.items()}, items)


def choose(what, data, items):
    """Applies a volume's list of keys and paths."""
    if items is None:
        return data
    missing = [item["key"] for item in items if item["key"] not in data]
    if missing:
        raise Failed(f"{what} has no key {', '.join(missing)}: the kubelet would not start the Pod")
    return {item["path"]: data[item["key"]] for item in items}


def write_like_kubelet(folder, files):
    """FOLDER/name -> ..data/name, FOLDER/..data -> ..version, and the real files below that."""
    version = folder / "..2026_01_01_00_00_00.1"
    version.mkdir(parents=True)
    (folder / "..data").symlink_to(version.name)
    for path, content in files.items():
        (version / path).parent.mkdir(parents=True, exist_ok=True)
        (version / path).write_bytes(content)
        first = Path(path).parts[0]
        if not (folder / first).is_symlink():
            (folder / first).symlink_to(Path("..data") / first)
