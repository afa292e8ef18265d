"""Debian's docker-registry on loopback, filled with the demo images."""
import json
from pathlib import Path

from cluster import answers
from processes import Process, free_port, run

TOP = Path(__file__).resolve().parents[2]
DEMO = TOP / "tests" / "demo"

CONFIGURATION = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: "{folder}"}}}}
http: {{addr: "127.0.0.1:{port}", relativeurls: true}}
"""


class DemoRegistry:
    """Every layout of tests/demo/layouts NAME is found as HOST/demo/NAME:v1."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.host = f"127.0.0.1:{free_port()}"
        expected = json.loads((DEMO / "expected.json").read_text())
        self.tag = expected["tag"]
        self.expected = expected["layouts"]
        self._process = None

    def start(self):
        configuration = self.folder / "registry.yml"
        configuration.write_text(CONFIGURATION.format(folder=self.folder / "registry", port=self.host.split(":")[1]))
        self._process = Process("docker-registry", ["docker-registry", "serve", configuration],
                                self.folder / "docker-registry.log")
        try:
            self._process.wait_ready(lambda: answers(f"http://{self.host}/v2/"))
            for name in self.expected:
                run(TOP / "scripts" / "push-layout", DEMO / "layouts" / name, f"{self.host}/demo/{name}",
                    "--plain-http", "--quiet")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self._process:
            self._process.stop()

    def image(self, name):
        """The reference of a demo image by tag."""
        return f"{self.host}/demo/{name}:{self.tag}"

    def image_by_digest(self, name):
        return f"{self.host}/demo/{name}@{self.expected[name]['digest']}"
