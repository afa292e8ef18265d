"""The second half of scripts/quickstart: registry, webhook, a table of decisions. Not for use by itself."""

import json
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import services  # noqa: E402
from harness.registry import DemoRegistry  # noqa: E402


def decide(webhook, image, number):
    start = time.perf_counter()
    status, body = webhook.post(services.pod_review(image, f"3f0e7a3c-0000-4000-8000-{number:012d}"))
    milliseconds = (time.perf_counter() - start) * 1000
    if status != 200:
        raise RuntimeError(f"HTTP {status}: {body!r}")
    response = json.loads(body)["response"]
    code = response["auditAnnotations"]["images"].split(" ")[1]
    message = response.get("status", {}).get("message", "") or "admitted"
    return ("allow" if response["allowed"] else "deny"), code, message, milliseconds


def shorten(text, width):
    text = text.replace("\n", " ")
    return text if len(text) <= width else text[: width - 3] + "..."


def main():
    once = sys.argv[1] == "1"
    program = services.ROOT / "build" / "release" / "bin" / "countersign"
    folder = services.scratch_folder()
    registry = webhook = None
    surprises = 0
    good = False
    try:
        print("3/4 registry on loopback, demo images")
        registry = DemoRegistry(folder)
        print("4/4 countersign serve, one AdmissionReview an image\n")
        webhook = services.Webhook(program, folder, registry.host)
        print(f"{'image':<24}{'decision':<10}{'code':<8}{'ms':>7}  message")
        for number, (name, want) in enumerate(registry.expected.items(), start=1):
            decision, code, message, milliseconds = decide(webhook, registry.image(name), number)
            fits = (decision, code) == (want["decision"], want["code"])
            surprises += not fits
            message = message.split(f"{code} ", 1)[-1]
            print(f"{'demo/' + name:<24}{decision:<10}{code:<8}{milliseconds:>7.1f}  {shorten(message, 110)}"
                  + ("" if fits else f"   <- expected {want['decision']} {want['code']}"))
        print()
        print(f"{surprises} decisions were not the expected ones." if surprises else "Every decision was the expected one.")
        good = surprises == 0
        if good and not once:
            stay(webhook, registry, program, folder)
    except KeyboardInterrupt:
        pass
    finally:
        if webhook:
            webhook.stop()
        if registry:
            registry.stop()
        if good:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"logs are in {folder}")
    return 0 if good else 1


def stay(webhook, registry, program, folder):
    """Says what is up and what to try with it, until Ctrl-C."""
    bundle = webhook.event("server.self_signed_certificate")["caBundle"]
    print(f"""
Still up; Ctrl-C ends it.
  registry   http://{registry.host}
  webhook    https://127.0.0.1:{webhook.port}/validate   (CA bundle {bundle})
  metrics    http://127.0.0.1:{webhook.ops_port}/metrics
  log        {webhook.log}

Try an image of your own, signed by a certificate of your own:
  1. push it here; DIR is an OCI image layout in which the image has a name (oci:DIR:NAME):
       {services.ROOT}/scripts/push-layout DIR {registry.host}/my/app:1 --plain-http
  2. sign it:
       notation sign --insecure-registry {registry.host}/my/app:1
  3. put your root certificate, as PEM, into {folder}/truststore/x509/ca/demo/
  4. under trustedIdentities of {folder}/trustpolicy.json,
     write "*", or "x509.subject: " and your certificate's subject
  5. ask for the verdict:
       {program} verify --trust-policy {folder}/trustpolicy.json \\
         --trust-store {folder}/truststore --plain-http {registry.host} {registry.host}/my/app:1
""")
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
