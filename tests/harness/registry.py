"""Debian's docker-registry on loopback. It has no referrers API: signatures go by the referrers tag."""

import json
import pathlib
import ssl
import urllib.error
import urllib.request

from harness.processes import Process, free_port, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "tests" / "demo"


class DockerRegistry:
    """Starts when it is made. Registries of one folder hold the same images.

    `password` is a pair of user and password that it asks for, `tls` a pair of certificate and key files, `auth` the part of
    its configuration that says whom else it lets in."""

    def __init__(self, folder, password=None, tls=None, auth=""):
        folder = pathlib.Path(folder)
        port = free_port()
        self.host = f"127.0.0.1:{port}"
        self.tls = tls
        if password:
            users = folder / f"htpasswd-{port}"
            users.write_text(run("htpasswd", "-Bbn", *password))
            auth = f"auth: {{htpasswd: {{realm: demo, path: {users}}}}}"
        keys = f", tls: {{certificate: {tls[0]}, key: {tls[1]}}}" if tls else ""
        configuration = folder / f"registry-{port}.yml"
        configuration.write_text(
            "version: 0.1\nlog: {level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/registry-data}}}}\n{auth}\n"
            f"http: {{addr: {self.host}, relativeurls: true{keys}}}\n")
        self.process = Process(["docker-registry", "serve", configuration], folder / f"registry-{port}.log")
        try:
            self.process.wait_ready(self.answers)
        except BaseException:
            self.stop()
            raise

    def answers(self):
        """Whether it serves, or asks for credentials."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(f"http{'s' if self.tls else ''}://{self.host}/v2/", timeout=2) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False

    def stop(self):
        """Ends it; the images stay in the folder."""
        return self.process.stop()


class DemoRegistry(DockerRegistry):
    """Every layout of tests/demo/layouts NAME is found as HOST/demo/NAME:TAG. `expected` has the verdicts."""

    def __init__(self, folder):
        super().__init__(folder)
        expected = json.loads((DEMO / "expected.json").read_text())
        self.tag, self.expected = expected["tag"], expected["layouts"]
        try:
            for name in self.expected:
                run(ROOT / "scripts" / "push-layout", DEMO / "layouts" / name, self.image(name), "--plain-http", "--quiet")
        except BaseException:
            self.stop()
            raise

    def image(self, name):
        """The reference of a demo image by tag."""
        return f"{self.host}/demo/{name}:{self.tag}"

    def image_by_digest(self, name):
        """The reference of a demo image by digest."""
        return f"{self.host}/demo/{name}@{self.expected[name]['digest']}"
