"""scripts/bench warm: nginx `return 200` and countersign in turn on one core, wrk on another, one run."""

import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from harness.certificates import make_certificate  # noqa: E402
from harness.processes import Failed, accepts, free_port, memory_kib, wait_until  # noqa: E402

PROGRAM = os.environ.get("PROGRAM", str(ROOT / "build" / "release" / "bin" / "countersign"))
REVIEW = ROOT / "tests" / "reviews" / "01-Pod-main-CREATE.json"
SECONDS = int(os.environ.get("SECONDS_EACH", "5"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
CONNECTIONS = 16
SERVER_CORE, CLIENT_CORE = 0, 1

# Every image of the recorded Pod matches a pattern of the one rule and is skipped by it: decode, extract, normalise,
# match, answer, log. Nothing is verified.
CONFIGURATION = """\
apiVersion: countersign.dev/v1alpha1
kind: Configuration
trust: {{policy: trustpolicy.json, directory: truststore}}
enforcement:
  default: {{action: enforce}}
  rules:
    - name: bench
      match: {{images: [{images}]}}
      action: skip
server: {{address: "127.0.0.1:{port}", ops: "127.0.0.1:{ops}", tls: {{certificate: tls.crt, key: tls.key}}}}
"""

NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log crit;
events {{ worker_connections 1024; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  ssl_protocols TLSv1.3;
  ssl_certificate {folder}/tls.crt; ssl_certificate_key {folder}/tls.key;
  server {{ listen 127.0.0.1:{quiet} ssl; access_log off; location / {{ return 200 "{{}}"; }} }}
  server {{ listen 127.0.0.1:{logging} ssl; access_log {folder}/access.log; location / {{ return 200 "{{}}"; }} }}
}}
"""


IMAGES = '"docker.io/**", "ghcr.io/acme/**", "registry.example.com/**", "registry.example.com:5000/**"'


def configure(folder, port, ops, images=IMAGES):
    """What `countersign serve` needs, in a folder that is there."""
    make_certificate(folder, "tls", "IP:127.0.0.1")
    shutil.copy(ROOT / "tests" / "demo" / "trustpolicy.json", folder)
    shutil.copytree(ROOT / "tests" / "demo" / "truststore", folder / "truststore")
    (folder / "countersign.yaml").write_text(CONFIGURATION.format(port=port, ops=ops, images=images))


def start(arguments, log, core):
    """A process on one core. Not harness.processes.Process: what that does in the child would count as start-up time."""
    return subprocess.Popen(["taskset", "-c", str(core), *arguments], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=open(log, "wb"))


def stop(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def load(port, folder):
    """Requests a second, as wrk counts them; an error in any answer ends the benchmark."""
    out = subprocess.run(
        ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", f"{folder}/post.lua",
         f"https://127.0.0.1:{port}/validate?timeout=10s"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"scripts/bench: wrong answers from port {port}:\n{out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def post_once(port):
    """One review over a new TLS connection; the answer's status and body. A client without certificate checks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    body = REVIEW.read_bytes()
    head = (f"POST /validate?timeout=10s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", port), 5) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(head + body)
        answer = b""
        while chunk := tls.recv(65536):
            answer += chunk
    return answer


def check_answer(answer):
    review = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    request = json.loads(REVIEW.read_bytes())["request"]
    assert review["response"]["uid"] == request["uid"] and review["response"]["allowed"] is True, answer


def start_up(folder, port):
    """Milliseconds from exec to the first right answer over TLS, and MiB resident at rest after that."""
    times, memory = [], []
    for _ in range(ROUNDS * 2 + 1):
        log = folder / "startup.log"
        begin = time.perf_counter()
        process = start([PROGRAM, "serve", "--config", str(folder / "countersign.yaml")], log, SERVER_CORE)
        while True:
            try:
                answer = post_once(port)
                break
            except ConnectionError:  # not yet there, or reset with the probe of the port
                time.sleep(0.0002)
                if process.poll() is not None:
                    sys.exit(log.read_text())
        times.append((time.perf_counter() - begin) * 1000)
        check_answer(answer)
        time.sleep(0.3)
        memory.append(memory_kib(process.pid) / 1024)
        process.send_signal(2)
        process.wait(20)
    return statistics.median(times), min(times), statistics.median(memory)


def main():
    for tool in ("nginx", "wrk", "taskset", "openssl"):
        if not shutil.which(tool) and not pathlib.Path("/usr/sbin", tool).exists():
            sys.exit(f"scripts/bench: {tool} is missing; scripts/deps installs it")
    if os.cpu_count() < 2:
        sys.exit("scripts/bench: needs two processors: one for the server, one for the load")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="countersign-bench-"))
    quiet, logging, port, ops = (free_port() for _ in range(4))
    configure(folder, port, ops)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, quiet=quiet, logging=logging))
    (folder / "post.lua").write_text(
        f'wrk.method = "POST"\nlocal f = io.open("{REVIEW}", "rb")\nwrk.body = f:read("*a")\nf:close()\n'
        'wrk.headers["Content-Type"] = "application/json"\n')
    os.chmod(folder, 0o755)

    rates = {"quiet": [], "logging": [], "ours": []}
    for _ in range(ROUNDS):
        nginx = start(["nginx", "-e", str(folder / "nginx-error.log"), "-c", str(folder / "nginx.conf")], folder / "nginx.log", SERVER_CORE)
        wait_until(lambda: accepts(quiet), "nginx listens", 10)
        rates["quiet"].append(load(quiet, folder))
        rates["logging"].append(load(logging, folder))
        stop(nginx)
        ours = start([PROGRAM, "serve", "--config", str(folder / "countersign.yaml")], folder / "countersign.log", SERVER_CORE)
        wait_until(lambda: accepts(port), "countersign listens", 10)
        check_answer(post_once(port))
        rates["ours"].append(load(port, folder))
        ours.send_signal(2)
        ours.wait(20)
        lines = sum(1 for _ in open(folder / "countersign.log", "rb"))
        if lines < rates["ours"][-1] * SECONDS * 0.9:
            sys.exit("scripts/bench: not every review was logged")
    median = {name: statistics.median(values) for name, values in rates.items()}
    milliseconds, best, mebibytes = start_up(folder, port)
    shutil.rmtree(folder)

    print(f"one core, TLS 1.3, {CONNECTIONS} keep-alive connections, {REVIEW.stat().st_size}-byte review, "
          f"{ROUNDS} rounds of {SECONDS} s, medians")
    print(f"nginx return 200, access log off   {median['quiet']:>9.0f} requests/s")
    print(f"nginx return 200, access log on    {median['logging']:>9.0f} requests/s")
    print(f"countersign serve, each logged     {median['ours']:>9.0f} reviews/s")
    ratios = [ours / theirs for ours, theirs in zip(rates["ours"], rates["logging"])]
    print(f"ratio to nginx with access log     {median['ours'] / median['logging']:>9.2f}   (target 0.90; rounds "
          + " ".join(f"{ratio:.2f}" for ratio in ratios) + ")")
    print(f"ratio to nginx without             {median['ours'] / median['quiet']:>9.2f}")
    print(f"resident memory at rest            {mebibytes:>9.1f} MiB   (target 16)")
    print(f"exec to first right answer, TLS    {milliseconds:>9.1f} ms   (target 20; best {best:.1f})")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"scripts/bench: {failure}")
