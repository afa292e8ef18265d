"""Copies of the demo's OCI layouts with another signature envelope in them."""

import hashlib
import json
import shutil

from support import services


def with_envelope(folder, name, change):
    """The layout `name`, copied to `folder`, whose only signature has `change(envelope, layer)` in its envelope's place;
    `change` may edit the layer's descriptor. Returns the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(services.DEMO / "layouts" / name, folder)
    blobs = folder / "blobs" / "sha256"

    def get(descriptor):
        return (blobs / descriptor["digest"].removeprefix("sha256:")).read_bytes()

    def put(descriptor, content):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        descriptor.update(digest=f"sha256:{digest}", size=len(content))

    index = json.loads((folder / "index.json").read_text())
    (entry,) = (each for each in index["manifests"] if each.get("artifactType") == "application/vnd.cncf.notary.signature")
    manifest = json.loads(get(entry))
    (layer,) = manifest["layers"]
    put(layer, change(get(layer), layer))
    put(entry, json.dumps(manifest).encode())
    (folder / "index.json").write_text(json.dumps(index))
    return folder
