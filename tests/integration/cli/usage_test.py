"""Usage, `config check`, `config print-schema`, `version`, `--help`."""

import json
import os
import unittest

import stage
from support import run, services, write_configuration

COMMANDS = [(), ("serve",), ("verify",), ("review",), ("config",), ("config", "check"), ("config", "print-schema"), ("version",)]
OPTIONS = ["--config", "--trust-policy", "--trust-store", "--namespace", "--plain-http", "--insecure-skip-tls-verify", "--ca-file",
           "--user-metadata", "--username", "--password-stdin", "--oci-layout", "--output", "--now", "--timeout", "--verbose", "--file"]


class Usage(stage.Stage):
    def test_help(self):
        for command in COMMANDS:
            for flag in ("--help", "-h"):
                with self.subTest(command=command, flag=flag):
                    ended = run(*command, flag)
                    self.assert_ended(ended, 0)
                    self.assertIn("Usage: countersign " + " ".join(command), ended.out)
                    self.assertEqual(ended.err, "")
                    self.assertLessEqual(max(map(len, ended.out.splitlines())), 140)
        text = run("verify", "--help").out
        for option in OPTIONS:
            self.assertIn(option, text)

    def test_wrong_usage(self):
        for arguments in ((), ("nonsense",), ("serve",), ("serve", "--config"), ("verify",), ("verify", "--nonsense", "x"), ("review",),
                          ("config",), ("config", "check"), ("config", "nonsense"), ("verify", "x", "--output", "xml"),
                          ("verify", "x", "--config", "a", "--trust-policy", "b"), ("verify", "x", "--config", "a", "--trust-store", "b"),
                          ("serve", "--config", "a", "extra"), ("version", "extra"), ("verify", "x", "--config", "a", "--config", "b")):
            with self.subTest(arguments=arguments):
                ended = run(*arguments)
                self.assert_ended(ended, 64)
                self.assertEqual(ended.out, "")
                self.assertNotEqual(ended.err, "")

    def test_wrong_hosts(self):
        for host in ("http://x:5000", "x/y", "", "x:99999", "*.example", "x y", "user@x"):
            with self.subTest(host=host):
                self.assertIn(run("verify", *stage.TRUST, "--plain-http", host, "x").status, (64, 1) if host == "" else (64,))

    def test_version(self):
        ended = run("version")
        self.assert_ended(ended, 0)
        for line in ("countersign ", "commit ", "compiler ", "OpenSSL ", "libcurl ", "Boost ", "simdjson ", "nlohmann_json "):
            self.assertRegex(ended.out, f"(?m)^{line}.*\\d")
        self.assertEqual(run("--version").out, ended.out)

    def test_closed_output(self):
        """`countersign version | head -0` and the like do no harm."""
        read, write = os.pipe()
        os.close(read)
        done = stage.support.subprocess.run([str(stage.support.PROGRAM), "version"], stdout=write, stderr=stage.support.subprocess.PIPE,
                                            stdin=stage.support.subprocess.DEVNULL, timeout=20)
        os.close(write)
        self.assertNotIn(b"terminate", done.stderr)

    def test_lost_report_is_no_success(self):
        """A full disk: whoever reads the report must not be told that all is well."""
        with open("/dev/full", "wb") as full:
            done = stage.support.subprocess.run(
                [str(stage.support.PROGRAM), "verify", *map(str, stage.TRUST), "--plain-http", self.registry.host, "--output", "json",
                 self.image("signed-rsa")], stdout=full, stderr=stage.support.subprocess.PIPE, stdin=stage.support.subprocess.DEVNULL, timeout=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn(b"terminate", done.stderr)


class Config(stage.Stage):
    def check(self, *files, status):
        ended = run("config", "check", *files)
        self.assert_ended(ended, status)
        return ended

    def test_good_one(self):
        path = write_configuration(self.folder)
        self.assertEqual(self.check(path, status=0).out, f"{path}: ok\n")

    def test_all_problems_of_all_files_at_once(self):
        good = write_configuration(self.folder, "good.yaml")
        bad = write_configuration(self.folder, "bad.yaml", enforcment="{}", limits="{signatures: 0}", log="{levl: info}")
        ended = self.check(good, bad, self.folder / "missing.yaml", status=78)
        self.assertIn(f"{good}: ok", ended.out)
        self.assertRegex(ended.err, r'bad\.yaml:\d+:\d+: .*"enforcment".*did you mean "enforcement"')
        self.assertRegex(ended.err, r'bad\.yaml:\d+:\d+: .*"levl".*did you mean "level"')
        self.assertRegex(ended.err, r"bad\.yaml:\d+:\d+: .*signatures")
        self.assertIn("missing.yaml", ended.err)

    def test_everything_that_it_names_is_read(self):
        for parts in ({"trust": "{policy: missing.json, directory: truststore}"}, {"registries": "[{match: r.example, ca: missing.pem}]"},
                      {"registries": "[{match: r.example, credentials: {dockerConfig: missing.json}}]"},
                      {"server": "{tls: {certificate: missing.crt, key: missing.key}}"}):
            with self.subTest(parts=parts):
                self.assertIn("missing", self.check(write_configuration(self.folder, **parts), status=78).err)

    def test_warnings(self):
        path = write_configuration(self.folder)
        policy = json.loads((self.folder / "trustpolicy.json").read_text())
        policy["trustPolicies"] = [{"name": "nothing", "registryScopes": ["*"], "signatureVerification": {"level": "skip"}}]
        (self.folder / "trustpolicy.json").write_text(json.dumps(policy))
        self.assertIn("warning", self.check(path, status=0).out)

    def test_bad_bytes(self):
        for content in (b"", b"\x00" * 50, os.urandom(3000), b"\xff\xfe", b"- a", b"x" * (2 * 1024 * 1024), b"[" * 20000,
                        b"a: &a [*a]\n", b"<<: {}\n", b"apiVersion: countersign.dev/v2\nkind: Configuration\n"):
            with self.subTest(content=content[:20]):
                ended = self.check(self.write("bad.yaml", content), status=78)
                self.assertIn("bad.yaml", ended.err)

    def test_schema(self):
        ended = run("config", "print-schema")
        self.assert_ended(ended, 0)
        schema = json.loads(ended.out)
        self.assertIn("$schema", schema)
        self.assertLessEqual({"apiVersion", "kind", "trust", "enforcement", "registries", "limits", "egress", "server", "log"},
                             set(schema["properties"]))
        self.assertEqual(schema["required"][:2], ["apiVersion", "kind"])
        checked_in = services.ROOT / "docs" / "schema" / "configuration.schema.json"
        self.assertEqual(ended.out, checked_in.read_text(), f"run: countersign config print-schema > {checked_in.name}")


if __name__ == "__main__":
    unittest.main()
