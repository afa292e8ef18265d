"""`verify` against Debian's docker-registry: passwords, TLS, and both."""

import base64
import json
import pathlib
import shutil
import unittest

import stage
from support import EXPECTED, TAG, run, services, write_configuration
from harness.certificates import make_certificate
from harness.registry import DemoRegistry, DockerRegistry

USER = ("robot", "s3cret-passw0rd")


class Registries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(services.scratch_folder())
        cls.running = []
        try:
            cls.open = cls.begin(DemoRegistry)
            cls.certificate, key = make_certificate(cls.folder, "registry")
            cls.locked = cls.begin(DockerRegistry, password=USER)  # the same storage
            cls.secure = cls.begin(DockerRegistry, tls=(cls.certificate, key))
            cls.both = cls.begin(DockerRegistry, password=USER, tls=(cls.certificate, key))
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def begin(cls, kind, **keywords):
        registry = kind(cls.folder, **keywords)
        cls.running.append(registry)
        return registry

    @classmethod
    def tearDownClass(cls):
        for registry in cls.running:
            registry.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def verify(self, registry, *arguments, layout="signed-rsa", status=0, **keywords):
        plain = () if registry.tls else ("--plain-http", registry.host)
        ended = run("verify", *stage.TRUST, *plain, *arguments, f"{registry.host}/demo/{layout}:{TAG}", **keywords)
        self.assertEqual(ended.status, status, ended)
        self.assertNotIn(USER[1], ended.out + ended.err)
        return ended

    def test_signatures_by_the_referrers_tag(self):
        """This registry has no referrers API."""
        for layout, want in EXPECTED["layouts"].items():
            with self.subTest(layout=layout):
                ended = self.verify(self.open, "--output", "json", layout=layout, status=0 if want["decision"] == "allow" else 1)
                self.assertEqual(json.loads(ended.out)["images"][0]["code"], want["code"])

    def test_password(self):
        self.assertIn("CS202", self.verify(self.locked, status=2).out)
        for password in (USER[1], USER[1] + "\n", USER[1] + "\r\n"):
            self.verify(self.locked, "--username", USER[0], "--password-stdin", stdin=password.encode())
        self.verify(self.locked, "--username", USER[0], "--password-stdin", stdin=USER[1].encode(), layout="unsigned", status=1)
        ended = self.verify(self.locked, "--username", USER[0], "--password-stdin", stdin=b"wrong", status=2)
        self.assertIn("CS202", ended.out)
        self.assertNotIn("wrong", ended.out + ended.err)

    def test_password_usage(self):
        self.verify(self.locked, "--username", USER[0], status=64)
        self.verify(self.locked, "--password-stdin", status=64)
        self.verify(self.locked, "--username", USER[0], "--password-stdin", stdin=b"", status=64)
        self.verify(self.locked, "--username", USER[0], "--password-stdin", "other.example/x:1", stdin=b"x", status=64)
        self.verify(self.locked, "--username", USER[0], "--password-stdin", "-f", "-", stdin=b"x", status=64)
        self.verify(self.locked, "--password", USER[1], status=64)

    def docker_config(self, registry, password=USER[1]):
        folder = pathlib.Path(services.scratch_folder())
        self.addCleanup(shutil.rmtree, folder)
        auth = base64.b64encode(f"{USER[0]}:{password}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
        return folder

    def test_docker_configuration(self):
        folder = self.docker_config(self.locked)
        self.verify(self.locked, environment={"DOCKER_CONFIG": str(folder)})
        (folder / ".docker").mkdir()
        shutil.copy(folder / "config.json", folder / ".docker")
        self.verify(self.locked, environment={"HOME": str(folder)})
        # That of another registry is not used.
        self.verify(self.locked, environment={"DOCKER_CONFIG": str(self.docker_config(self.both))}, status=2)
        # The command line wins.
        self.verify(self.locked, "--username", USER[0], "--password-stdin", stdin=USER[1].encode(),
                    environment={"DOCKER_CONFIG": str(self.docker_config(self.locked, "other"))})

    def test_private_authority(self):
        # Named, as a registry at a loopback address has to be.
        configuration = write_configuration(self.folder, "tls.yaml", registries=f'[{{match: "{self.secure.host}"}}, {{match: "{self.both.host}"}}]')
        for registry, extra, stdin in ((self.secure, (), b""), (self.both, ("--username", USER[0], "--password-stdin"), USER[1].encode())):
            image = f"{registry.host}/demo/signed-rsa:{TAG}"
            ended = run("verify", "--config", configuration, "--ca-file", self.certificate, *extra, image, stdin=stdin)
            self.assertEqual(ended.status, 0, ended)
            ended = run("verify", "--config", configuration, *extra, image, stdin=stdin)
            self.assertEqual(ended.status, 2, ended)
            self.assertIn("CS204", ended.out)

    def test_unchecked_certificate(self):
        ended = run("verify", *stage.TRUST, "--insecure-skip-tls-verify", self.secure.host, f"{self.secure.host}/demo/signed-rsa:{TAG}")
        self.assertEqual(ended.status, 0, ended)
        # It gets no credentials: whoever answers could keep them.
        ended = run("verify", *stage.TRUST, "--insecure-skip-tls-verify", self.both.host, "--username", USER[0], "--password-stdin",
                    f"{self.both.host}/demo/signed-rsa:{TAG}", stdin=USER[1].encode())
        self.assertNotEqual(ended.status, 0, ended)

    def test_webhook_with_a_docker_configuration(self):
        """The same way for serve and review: from the configuration, not from the surroundings."""
        folder = self.docker_config(self.locked)
        entry = f'{{match: "{self.locked.host}", plainHttp: true, credentials: {{dockerConfig: {folder}/config.json}}}}'
        with_credentials = write_configuration(self.folder, "with.yaml", registries=f"[{entry}]")
        without = write_configuration(self.folder, "without.yaml", registries=f'[{{match: "{self.locked.host}", plainHttp: true}}]')
        body = services.pod_review(f"{self.locked.host}/demo/signed-rsa:{TAG}")
        self.assertEqual(run("review", "--config", with_credentials, stdin=body).status, 0)
        ended = run("review", "--config", without, stdin=body, environment={"DOCKER_CONFIG": str(folder)})
        self.assertEqual(ended.status, 2, ended)
        self.assertIn("CS202", ended.out)


if __name__ == "__main__":
    unittest.main()
