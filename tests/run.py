"""scripts/test: runs the parts, shows their output where they fail, counts. Standard library only."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
RELEASE = ROOT / "build" / "release" / "bin" / "countersign"
ASAN = ROOT / "build" / "asan" / "bin" / "countersign"


class Tally:
    """Counts, and says of each check how it went."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, name, passed, failed, output="", skipped=0):
        self.passed += passed
        self.failed += failed
        if failed:
            print(output.rstrip())
        skips = f", {skipped} skipped" if skipped else ""
        print(f"  {name}: {passed} passed, {failed} failed{skips}", flush=True)


def run(arguments, **keywords):
    """Output and exit status; output goes on as it comes with echo=True."""
    echo = keywords.pop("echo", False)
    # Checkouts in different folders share what ccache knows.
    shared = {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}
    environment = {**shared, **os.environ, **keywords.pop("env", {})}
    process = subprocess.Popen([str(each) for each in arguments], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
                               env=environment, **keywords)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if echo:
            print("    " + line, end="", flush=True)
    return "".join(lines), process.wait()


def one(tally, name, arguments, **keywords):
    """A check that passes or fails as a whole."""
    output, status = run(arguments, **keywords)
    tally.add(name, int(status == 0), int(status != 0), output)
    return status == 0


def build(tally, preset, configuration=None):
    """Builds what a build preset names; `configuration` is its configure preset, where that is called otherwise."""
    print(f"  building {preset} …", flush=True)
    start = time.monotonic()
    output, status = run(["cmake", "--preset", configuration or preset])
    if status == 0:
        output, status = run(["cmake", "--build", "--preset", preset])
    if status != 0:
        tally.add(f"build of {preset}", 0, 1, "\n".join(output.splitlines()[-60:]))
        return False
    print(f"  built {preset} in {time.monotonic() - start:.0f} s", flush=True)
    return True


def tracked(*patterns):
    """Files that git knows and that are still there."""
    output, _ = run(["git", "ls-files", "--", *patterns])
    return [each for each in output.split() if (ROOT / each).is_file()]


def begins(path, *shebangs):
    """Whether the file is a program for one of these interpreters."""
    return (ROOT / path).read_bytes()[:64].startswith(tuple(f"#!{each}\n".encode() for each in shebangs))


def static(tally):
    sources = tracked("*.cpp", "*.hpp")
    one(tally, "clang-format", ["clang-format-19", "--dry-run", "--Werror", *sources])
    one(tally, "layers", ["scripts/check_layers"])
    if build(tally, "headers", "dev"):
        tally.add("each header compiles alone", 1, 0)
        # What time leaves is looked at by later runs; what differs from the main branch comes first.
        one(tally, "clang-tidy", ["scripts/tidy", "--seconds", "90"], echo=True)
    scripts = tracked("scripts/*", ".ci/*", "tests/*", "manifests/*")
    one(tally, "shellcheck", ["shellcheck", *(each for each in scripts if begins(each, "/usr/bin/env bash", "/bin/bash"))])
    python = [each for each in scripts if each.endswith(".py") or begins(each, "/usr/bin/env python3")]
    one(tally, "Python scripts compile", [sys.executable, "-m", "py_compile", *python])
    one(tally, "conformance table", ["scripts/conformance"], echo=True)
    one(tally, "citations", ["scripts/check_citations"])


def ctest(tally, preset):
    """Counts test cases, not programs: GoogleTest writes one file a program."""
    with tempfile.TemporaryDirectory() as folder:
        output, status = run(["ctest", "--preset", preset], env={"GTEST_OUTPUT": f"xml:{folder}/"})
        passed = failed = skipped = 0
        for report in pathlib.Path(folder).glob("*.xml"):
            root = xml.etree.ElementTree.parse(report).getroot()
            bad = int(root.get("failures", 0)) + int(root.get("errors", 0))
            left_out = len(root.findall(".//testcase[@result='skipped']"))
            passed += int(root.get("tests", 0)) - bad - int(root.get("disabled", 0)) - left_out
            failed += bad
            skipped += left_out
        replayed = len(re.findall(r"replay_\w+ \.+\s+Passed", output))
        failed_programs = len(re.findall(r"\*\*\*(?:Failed|Exception|Timeout|Not Run)", output))
        if status != 0 and failed == 0:
            failed = max(1, failed_programs)
        if passed == 0 and failed == 0:
            failed = 1  # a run of no test is no success
        tally.add(f"ctest {preset}", passed + replayed, failed, output, skipped)


def unit(tally):
    if build(tally, "asan"):
        ctest(tally, "asan")


def tsan(tally):
    if build(tally, "tsan"):
        ctest(tally, "tsan")


def unittests(tally, name, arguments, **keywords):
    """A runner that prints unittest's closing lines, perhaps several times."""
    output, status = run(arguments, **keywords)
    runs = [(int(ran), count("failures", closing) + count("errors", closing), count("skipped", closing))
            for ran, closing in re.findall(r"^Ran (\d+) tests? in .*\n\n(.*)$", output, re.M)]
    ran, bad, skipped = (sum(column) for column in zip(*runs)) if runs else (0, 0, 0)
    # A run of no test is no success.
    if bad == 0 and (status != 0 or not runs or any(number <= left_out for number, _, left_out in runs)):
        bad = 1
    tally.add(name, max(0, ran - bad - skipped), bad, output, skipped)


def count(what, closing):
    """A number of unittest's last line: `FAILED (failures=1, skipped=2)`."""
    found = re.search(rf"\b{what}=(\d+)", closing)
    return int(found.group(1)) if found else 0


def discover(folder, *options):
    """A runner of the Python tests in a folder."""
    return [sys.executable, "-m", "unittest", "discover", "-s", folder, "-p", "*_test.py", *options]


def integration(tally):
    if build(tally, "asan"):
        unittests(tally, "integration", ["tests/integration/run"],
                  env={"COUNTERSIGN": str(ASAN), "BUILD": str(ROOT / "build" / "asan")})
    # A sanitizer needs memory and files of its own, so the tests that measure those leave that out above.
    if build(tally, "release"):
        measuring = ("Pressure", "ManyConnections", "Memory", "test_deep_nesting")
        unittests(tally, "integration without sanitizers",
                  discover("tests/integration/webhook", *(f"-k{each}" for each in measuring)),
                  env={"COUNTERSIGN": str(RELEASE)})
        unittests(tally, "the finished program", discover("tests/program"), env={"COUNTERSIGN": str(RELEASE)})


def parity(tally):
    if build(tally, "asan"):
        output, status = run(["tests/parity/run"], env={"VECTORS_REPORT": str(ASAN.parent / "vectors_report")})
        for line in re.findall(r"^.*: \d+ passed, \d+ failed$|^ +\d+ vectors: .*$", output, re.M):
            print(f"  {line}", flush=True)
        closing = re.findall(r"^(\d+) passed, (\d+) failed$", output, re.M)
        passed, failed = (int(closing[-1][0]), int(closing[-1][1])) if closing else (0, 1)
        tally.add("parity", passed, max(failed, int(status != 0)), output)


def demo(tally):
    if build(tally, "release"):
        one(tally, "quickstart --once", ["scripts/quickstart", "--once"], echo=True)


def tools(tally):
    output, status = run(["tests/e2e/build-tools"], echo=True)
    if status != 0:
        tally.add("Kubernetes and Helm built from their Go modules", 0, 1, output)
        return None
    return pathlib.Path(output.strip().splitlines()[-1])


def chart(tally):
    folder = tools(tally)
    if folder:
        unittests(tally, "chart", discover("tests/chart"), env={"HELM": str(folder / "helm")})


def cluster(tally):
    if build(tally, "release") and tools(tally):
        output, status = run(["tests/e2e/run"], env={"COUNTERSIGN": str(RELEASE)})
        closing = re.search(r"Ran (\d+) tests: (\d+) passed, (\d+) failed", output)
        if closing:
            tally.add("cluster", int(closing.group(2)), max(int(closing.group(3)), int(status != 0)), output)
        else:
            tally.add("cluster", 0, 1, output)


def image(tally):
    if build(tally, "release"):
        output, status = run(["tests/image/run"], env={"COUNTERSIGN": str(RELEASE)})
        closing = re.search(r"(\d+) passed, (\d+) failed", output)
        if closing:
            tally.add("image", int(closing.group(1)), max(int(closing.group(2)), int(status != 0)), output)
        else:
            tally.add("image", 0, 1, output)


PARTS = {"static": static, "unit": unit, "tsan": tsan, "parity": parity, "integration": integration, "demo": demo,
         "chart": chart, "cluster": cluster, "image": image}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [each for each in wanted if each not in PARTS]
    if unknown:
        print(f"scripts/test: unknown part {unknown[0]}; parts are {' '.join(PARTS)}", file=sys.stderr)
        return 64
    if not shutil.which("cmake"):
        print("scripts/test: run scripts/deps first", file=sys.stderr)
        return 1
    tally = Tally()
    for part in wanted:
        start = time.monotonic()
        print(f"{part}", flush=True)
        PARTS[part](tally)
        print(f"  {time.monotonic() - start:.0f} s", flush=True)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
