"""The second half of scripts/quickstart: registry, webhook, a table of decisions. Not for use by itself."""

import json
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import services  # noqa: E402


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
    try:
        print("3/4 registry on loopback, demo images")
        registry = services.Registry(folder)
        expected = registry.load_demo_images()
        print("4/4 countersign serve, one AdmissionReview an image\n")
        webhook = services.Webhook(program, folder, registry.host)
        print(f"{'image':<24}{'decision':<10}{'code':<8}{'ms':>7}  message")
        for number, (name, want) in enumerate(expected["layouts"].items(), start=1):
            image = f"{registry.host}/demo/{name}:{expected['tag']}"
            decision, code, message, milliseconds = decide(webhook, image, number)
            fits = (decision, code) == (want["decision"], want["code"])
            surprises += not fits
            message = message.split(f"{code} ", 1)[-1]
            print(f"{'demo/' + name:<24}{decision:<10}{code:<8}{milliseconds:>7.1f}  {shorten(message, 110)}"
                  + ("" if fits else f"   <- expected {want['decision']} {want['code']}"))
        print()
        print("Every decision was the expected one." if surprises == 0 else f"{surprises} decisions were not the expected ones.")
        if not once and surprises == 0:
            stay(webhook, registry, program, folder)
    except KeyboardInterrupt:
        pass
    finally:
        if webhook:
            webhook.stop()
        if registry:
            registry.stop()
        if surprises == 0:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"logs are in {folder}")
    return 1 if surprises else 0


def stay(webhook, registry, program, folder):
    bundle = webhook.event("server.self_signed_certificate")["caBundle"]
    print(f"""
Still up; Ctrl-C ends it.
  registry   http://{registry.host}
  webhook    https://127.0.0.1:{webhook.port}/validate   (CA bundle {bundle})
  metrics    http://127.0.0.1:{webhook.ops_port}/metrics
  log        {webhook.log}

Try an image of your own, signed by a certificate of your own:
  1. push it here:            skopeo copy --preserve-digests --dest-tls-verify=false oci:DIR:TAG docker://{registry.host}/my/app:1
  2. sign it:                 notation sign --insecure-registry {registry.host}/my/app:1
  3. put your root certificate into {folder}/truststore/x509/ca/demo/
  4. ask for the verdict:     {program} verify --trust-policy {folder}/trustpolicy.json \\
                                --trust-store {folder}/truststore --plain-http {registry.host} {registry.host}/my/app:1
""")
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
