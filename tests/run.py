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
CACHE = pathlib.Path(os.environ.get("COUNTERSIGN_CACHE", pathlib.Path.home() / ".cache" / "countersign"))
RELEASE = ROOT / "build" / "release" / "bin" / "countersign"
ASAN = ROOT / "build" / "asan" / "bin" / "countersign"


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, name, passed, failed, output=""):
        self.passed += passed
        self.failed += failed
        if failed:
            print(output.rstrip())
        print(f"  {name}: {passed} passed, {failed} failed", flush=True)


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


def build(tally, preset):
    print(f"  building {preset} …", flush=True)
    start = time.monotonic()
    output, status = run(["cmake", "--preset", preset])
    if status == 0:
        output, status = run(["cmake", "--build", "--preset", preset])
    if status != 0:
        tally.add(f"build of {preset}", 0, 1, "\n".join(output.splitlines()[-60:]))
        return False
    print(f"  built {preset} in {time.monotonic() - start:.0f} s", flush=True)
    return True


def tracked(*patterns):
    output, _ = run(["git", "ls-files", "--", *patterns])
    return output.split()


def static(tally):
    sources = [each for each in tracked("*.cpp", "*.hpp")]
    one(tally, "clang-format", ["clang-format-19", "--dry-run", "--Werror", *sources])
    one(tally, "layers", ["scripts/check_layers"])
    scripts = [each for each in tracked("scripts/*", ".ci/*", "tests/*", "manifests/*")
               if (ROOT / each).is_file() and (ROOT / each).read_bytes()[:64].startswith((b"#!/usr/bin/env bash", b"#!/bin/bash"))]
    one(tally, "shellcheck", ["shellcheck", *scripts])
    one(tally, "Python scripts compile", [sys.executable, "-m", "py_compile", *tracked("*.py"), "scripts/check_layers", "scripts/conformance", "scripts/push-layout"])
    one(tally, "conformance table", ["scripts/conformance"], echo=True)


def ctest(tally, preset):
    """Counts test cases, not programs: GoogleTest writes one file a program."""
    with tempfile.TemporaryDirectory() as folder:
        output, status = run(["ctest", "--preset", preset], env={"GTEST_OUTPUT": f"xml:{folder}/"})
        passed = failed = 0
        for report in pathlib.Path(folder).glob("*.xml"):
            root = xml.etree.ElementTree.parse(report).getroot()
            bad = int(root.get("failures", 0)) + int(root.get("errors", 0))
            passed += int(root.get("tests", 0)) - bad - int(root.get("disabled", 0))
            failed += bad
        replayed = len(re.findall(r"replay_\w+ \.+\s+Passed", output))
        failed_programs = len(re.findall(r"\*\*\*(?:Failed|Exception|Timeout|Not Run)", output))
        if status != 0 and failed == 0:
            failed = max(1, failed_programs)
        if passed == 0 and failed == 0:
            failed = 1  # a run of no test is no success
        tally.add(f"ctest {preset}", passed + replayed, failed, output)


def unit(tally):
    if build(tally, "asan"):
        ctest(tally, "asan")


def tsan(tally):
    if build(tally, "tsan"):
        ctest(tally, "tsan")


def unittests(tally, name, arguments, **keywords):
    """A runner that prints unittest's closing lines, perhaps several times."""
    output, status = run(arguments, **keywords)
    ran = sum(int(each) for each in re.findall(r"^Ran (\d+) tests? in", output, re.M))
    bad = sum(int(each) for each in re.findall(r"(?:failures|errors)=(\d+)", output))
    skipped = sum(int(each) for each in re.findall(r"skipped=(\d+)", output))
    if status != 0 and bad == 0:
        bad = 1
    if ran == 0 and bad == 0:
        bad = 1
    tally.add(name, max(0, ran - bad - skipped), bad, output)


def integration(tally):
    if build(tally, "asan"):
        unittests(tally, "integration", ["tests/integration/run"], env={"COUNTERSIGN": str(ASAN), "BUILD": str(ROOT / "build" / "asan")})


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
        helm = next(iter([*folder.rglob("helm")]), None)
        unittests(tally, "chart", [sys.executable, "tests/chart/chart_test.py"], env={"HELM": str(helm)})
        one(tally, "manifests are what the chart renders", ["manifests/render", "--check"], env={"HELM": str(helm)})


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


PARTS = {"static": static, "unit": unit, "tsan": tsan, "integration": integration, "demo": demo, "chart": chart,
         "cluster": cluster, "image": image}


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
