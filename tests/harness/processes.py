"""Programs that a test starts, waits for and stops again: those, and no others."""

import ctypes
import pathlib
import resource
import signal
import socket
import subprocess
import time


class Failed(Exception):
    """Something did not come up or did not happen in time; the text says what and where to look."""


def free_port():
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port, host="127.0.0.1"):
    """Whether somebody listens on this port."""
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False


def wait_until(condition, what, seconds=30.0):
    """Calls condition until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"gave up after {seconds:g} s waiting until {what}")
        time.sleep(0.02)


def must(done):
    """The finished process, which has to have succeeded."""
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, done.args))} ended with {done.returncode}: {done.stderr.strip()}")
    return done


def run(*arguments, **options):
    """A command that must succeed; returns its standard output."""
    return must(subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120, **options)).stdout


def memory_kib(pid, field="VmRSS"):
    """A line of /proc/PID/status in KiB: VmRSS, VmHWM and others."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


# Loaded here and not in the child: between fork and exec hardly anything is safe to call.
_PRCTL = ctypes.CDLL(None).prctl
_PR_SET_PDEATHSIG = 1


class Process(subprocess.Popen):
    """A program in the background whose output is appended to a file. It is killed when the test is, however that happens.

    `environment` is all that it gets; without it, it gets the test's own. `limits` are pairs for setrlimit."""

    def __init__(self, arguments, log, environment=None, limits=()):
        self.name = pathlib.Path(arguments[0]).name
        self.log = pathlib.Path(log)

        def prepare():
            _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL)
            for limit, value in limits:
                resource.setrlimit(limit, (value, value))

        with open(self.log, "ab") as output:
            super().__init__([str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=output,
                             stderr=output, env=environment, preexec_fn=prepare)

    def running(self):
        """Whether it has not ended yet."""
        return self.poll() is None

    def wait_ready(self, probe, seconds=60.0):
        """Waits until probe() is true; fails at once when the program ends before that."""
        def check():
            if not self.running():
                raise Failed(f"{self.name} ended with {self.returncode} before it was ready\n{self.tail()}")
            return probe()
        try:
            wait_until(check, f"{self.name} is ready", seconds)
        except Failed as failure:
            if self.running():
                raise Failed(f"{failure}\n{self.tail()}") from None
            raise

    def stop(self, how=signal.SIGTERM, seconds=20.0):
        """Asks the program to end, insists after some time, and returns its exit status."""
        if self.running():
            self.send_signal(how)
            try:
                self.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                self.wait()
        return self.returncode

    def tail(self, lines=15):
        """The end of the log, for error messages."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return f"--- end of {self.log}:\n" + "".join(log.readlines()[-lines:])
