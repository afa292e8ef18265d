"""The finished program carries the protections that SECURITY.md names, and loads only the libraries that scripts/deps installs.

A build may accept an option and drop what it means, so the release program itself is read. COUNTERSIGN names it."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import elf

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN", ROOT / "build" / "release" / "bin" / "countersign"))
SECURITY = (ROOT / "SECURITY.md").read_text()
CLAIMED = re.search(r"Releases are built with (.*?);", SECURITY, re.S).group(1)

# Debian's package of each library that the program may name. libcurl is loaded when it is first called (docs/adr/0004).
PACKAGES = {
    "libcrypto.so.3": "libssl3", "libssl.so.3": "libssl3", "libfmt.so.9": "libfmt9", "libyaml-cpp.so.0.7": "libyaml-cpp0.7",
    "libsimdjson.so.14": "libsimdjson14", "libprometheus-cpp-core.so.1.0": "libprometheus-cpp-core1.0",
}
# What every Debian system has.
BASE_SYSTEM = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}


def missing(program):
    """The protections that a program lacks, by the words of SECURITY.md."""
    out = set()
    imports = program.imports
    if "__stack_chk_fail" not in imports:
        out.add("stack protector")
    # What FORTIFY_SOURCE puts in the place of memcpy, read, snprintf and the like.
    if not any(re.fullmatch(r"__\w+_chk", name) for name in imports):
        out.add("FORTIFY_SOURCE=3")
    if program.kind != 3 or not program.flag(elf.DT_FLAGS_1, elf.DF_1_PIE):
        out.add("PIE")
    bound = program.flag(elf.DT_FLAGS, elf.DF_BIND_NOW) or program.flag(elf.DT_FLAGS_1, elf.DF_1_NOW)
    if not program.of_kind(elf.PT_GNU_RELRO) or not (bound or program.values(elf.DT_BIND_NOW)):
        out.add("full RELRO")
    stack = program.of_kind(elf.PT_GNU_STACK)
    if len(stack) != 1 or stack[0].flags & elf.PF_EXECUTE:
        out.add("a stack that cannot be executed")
    if not any("__glibcxx_assert_fail" in name for name in imports):
        out.add("libstdc++ assertions")
    if program.x86_features & (elf.IBT | elf.SHSTK) != elf.IBT | elf.SHSTK:
        out.add("CET")
    return out


class FinishedProgram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = elf.Program(PROGRAM)

    def test_has_every_protection_that_is_claimed(self):
        claims = {each.strip() for each in re.split(r",|\band\b", " ".join(CLAIMED.split()))}
        self.assertGreaterEqual(claims, {"stack protector", "FORTIFY_SOURCE=3", "PIE", "full RELRO", "libstdc++ assertions",
                                         "a stack that cannot be executed"})
        self.assertEqual(missing(self.program) & claims, set())

    def test_checks_lengths_when_it_runs(self):
        """More than one function of the C library: a single one may stand in a static library that was fortified."""
        fortified = {name for name in self.program.imports if re.fullmatch(r"__\w+_chk", name)}
        self.assertGreaterEqual(len(fortified), 2, fortified)
        self.assertIn("__memcpy_chk", fortified)

    def test_no_memory_is_both_written_and_executed(self):
        both = elf.PF_WRITE | elf.PF_EXECUTE
        self.assertEqual([each for each in self.program.of_kind(elf.PT_LOAD) if each.flags & both == both], [])
        self.assertEqual(self.program.values(elf.DT_TEXTREL), [])

    def test_takes_libraries_from_the_system_only(self):
        self.assertEqual(self.program.values(elf.DT_RPATH) + self.program.values(elf.DT_RUNPATH), [])

    def test_loads_what_is_installed_for_it_and_nothing_else(self):
        listed = re.search(r"^runtime=\((.*?)\)", (ROOT / "scripts" / "deps").read_text(), re.M | re.S).group(1).split()
        loaded = {PACKAGES.get(name, name) for name in self.program.libraries if name not in BASE_SYSTEM}
        self.assertEqual(loaded, set(listed) - {"ca-certificates", "libcurl4"})


class Reader(unittest.TestCase):
    """The reader sees what is not there: a program that is built without any of it, and one with all."""

    def build(self, *options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        source, out = pathlib.Path(folder.name, "small.cpp"), pathlib.Path(folder.name, "small")
        source.write_text("#include <cstring>\n#include <cstdlib>\n"
                          "int main(int count, char** words) {\n"
                          "  char text[16];\n"
                          "  std::memcpy(text, words[0], static_cast<std::size_t>(count));\n"
                          "  return std::atoi(text);\n}\n")
        subprocess.run(["clang++-19", "-O2", *options, "-o", out, source], check=True, capture_output=True)
        return missing(elf.Program(out))

    def test_sees_what_is_not_there(self):
        bare = self.build("-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-Wl,-z,norelro", "-Wl,-z,execstack")
        self.assertEqual(bare, {"stack protector", "FORTIFY_SOURCE=3", "PIE", "full RELRO", "a stack that cannot be executed",
                                "libstdc++ assertions", "CET"})

    def test_sees_what_is_there(self):
        hardened = self.build("-fPIE", "-pie", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3",
                              "-Wl,-z,relro", "-Wl,-z,now", "-fuse-ld=lld", "-Wl,-z,force-ibt", "-Wl,-z,shstk")
        self.assertEqual(hardened, {"libstdc++ assertions"})


if __name__ == "__main__":
    unittest.main()
