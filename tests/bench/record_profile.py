"""scripts/profile: all recorded AdmissionReviews in turn to an instrumented `countersign serve`; what it counts, as text, packed."""

import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

from warm import CONNECTIONS, IMAGES, ROOT, accepts, configure, free_port, wait_until

PROGRAM = ROOT / "build" / "profile" / "bin" / "countersign"
PROFILE = ROOT / "cmake" / "release.proftext.tar.xz"
SECONDS = 10
# Functions that are entered or whose loops turn less often than once in so many reviews are left to the compiler.
RARE = 20

POST = """\
local bodies = {}
for path in string.gmatch([[%s]], "[^\\n]+") do
  local file = io.open(path, "rb")
  bodies[#bodies + 1] = file:read("*a")
  file:close()
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local turn = 0
request = function()
  turn = turn %% #bodies + 1
  return wrk.format(nil, nil, nil, bodies[turn])
end
"""


def record(folder):
    """Serves for some seconds. The number of reviews."""
    port, ops = free_port(), free_port()
    configure(folder, port, ops, IMAGES + ', "*/**"')
    (folder / "post.lua").write_text(POST % "\n".join(str(path) for path in sorted((ROOT / "tests" / "reviews").glob("[0-9]*.json"))))
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([PROGRAM, "serve", "--config", folder / "countersign.yaml"], stdin=subprocess.DEVNULL, stderr=log,
                                   env={**os.environ, "LLVM_PROFILE_FILE": str(folder / "%m.profraw")})
    try:
        wait_until(lambda: accepts(port), "countersign listens", 30)
        out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", folder / "post.lua",
                              f"https://127.0.0.1:{port}/validate?timeout=10s"], check=True, capture_output=True, text=True).stdout
        process.send_signal(2)  # it writes what it has counted when it ends
        process.wait(30)
    finally:
        process.kill()
        process.wait()
    if "Non-2xx" in out or "Socket errors" in out or process.returncode != 0:
        sys.exit(f"scripts/profile: wrong answers:\n{out}{(folder / 'log').read_text()[-2000:]}")
    if '"code":"CS2' in (folder / "log").read_text():
        sys.exit("scripts/profile: a recorded review names an image that the rule does not skip")
    return int(re.search(r"(\d+) requests in", out).group(1))


def is_busy(function, reviews):
    """Whether the record of a function says that it matters."""
    count = int(re.search(r"# Num Counters:\n(\d+)\n", function).group(1))
    counters = function.split("# Counter Values:\n", 1)[1].split("\n")[:count]
    return max(map(int, counters)) * RARE >= reviews


def pack(text):
    """One file in an archive that CMake can open: the same text always gives the same bytes."""
    content = text.encode()
    member = tarfile.TarInfo("release.proftext")
    member.size = len(content)
    with tarfile.open(PROFILE, "w:xz", preset=9, format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(content))


def main():
    tool = shutil.which("llvm-profdata-19")
    if not tool or not shutil.which("wrk"):
        sys.exit("scripts/profile: llvm-profdata-19 or wrk is missing; scripts/deps installs them")
    with tempfile.TemporaryDirectory(prefix="countersign-profile-") as name:
        folder = pathlib.Path(name)
        reviews = record(folder)
        subprocess.run([tool, "merge", "-sparse", "-text", "-o", folder / "all", *folder.glob("*.profraw")], check=True)
        header, *functions = (folder / "all").read_text().replace(":ir\n", ":ir\n\n", 1).rstrip("\n").split("\n\n")
    kept = sorted(function for function in functions if is_busy(function, reviews))
    pack(header + "\n" + "\n".join(function.strip("\n") + "\n" for function in kept))
    print(f"{PROFILE.relative_to(ROOT)}: {len(kept)} functions, from {reviews} reviews")


if __name__ == "__main__":
    main()
