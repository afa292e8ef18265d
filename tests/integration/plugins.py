"""Images whose signatures need the plugin com.example.plugin, and a plugin that does as a test says."""

import hashlib
import json
import os
import pathlib
import shutil

from support import ROOT

DATA = ROOT / "tests" / "integration" / "data" / "plugins"
LAYOUTS = sorted(each.name for each in (DATA / "layouts").iterdir())
NAME = "com.example.plugin"
PROGRAM = pathlib.Path(os.environ.get("TEST_PLUGIN", ROOT / "build" / "asan" / "bin" / "test_plugin"))


def entry(folder, environment=(), **changes):
    """The configuration's `plugins`, with a copy of the program in `folder`; `changes` replace or remove keys."""
    path = pathlib.Path(folder) / "notation-plugin"
    if not path.exists():
        shutil.copy(PROGRAM, path)
    settings = {"name": NAME, "path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                **({"environment": dict(environment)} if environment else {}), **changes}
    return json.dumps([{key: value for key, value in settings.items() if value is not None}])


def put_trust(folder):
    """The trust policy and trust store of these images, in place of the demo's."""
    for name in ("trustpolicy.json", "truststore"):
        target = pathlib.Path(folder) / name
        shutil.rmtree(target, ignore_errors=True)
        target.unlink(missing_ok=True)
        source = DATA / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def load(registry):
    """Puts the images into a ScriptedRegistry."""
    for layout in LAYOUTS:
        registry._load(DATA / "layouts" / layout)


def children(pid):
    """Processes that a process has started and not waited for, all threads of it taken together."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            found += (task / "children").read_text().split()
        except OSError:
            pass
    return found
