"""Programs that a test starts, waits for and stops again: those, and no others."""
import ctypes
import os
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


def wait_until(condition, what, seconds=30.0, interval=0.1):
    """Calls condition until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"gave up after {seconds:.0f} s waiting until {what}")
        time.sleep(interval)


def run(*arguments, **options):
    """A command that must succeed; returns its standard output."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _end_with_parent():
    """In the child: be killed when the test is, however that happens."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Process:
    """A program in the background whose output goes to a file."""

    def __init__(self, name, arguments, log, environment=None):
        self.name = name
        self.log = log
        with open(log, "ab") as output:
            self._popen = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={"PATH": os.environ["PATH"], **(environment or {})}, preexec_fn=_end_with_parent)

    def running(self):
        return self._popen.poll() is None

    def wait_ready(self, probe, seconds=60.0):
        """Waits until probe() is true; fails at once when the program ends before that."""
        def check():
            if not self.running():
                raise Failed(f"{self.name} ended with {self._popen.returncode} before it was ready\n{self.tail()}")
            return probe()
        try:
            wait_until(check, f"{self.name} is ready", seconds)
        except Failed as failure:
            if self.running():
                raise Failed(f"{failure}\n{self.tail()}") from None
            raise

    def stop(self, seconds=20.0):
        """Asks the program to end, insists after some time, and returns its exit status."""
        if self.running():
            self._popen.terminate()
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        return self._popen.returncode

    def tail(self, lines=15):
        """The end of the log, for error messages."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return f"--- end of {self.log}:\n" + "".join(log.readlines()[-lines:])
