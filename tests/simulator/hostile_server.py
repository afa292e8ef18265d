"""A server on 127.0.0.1 that answers with whatever bytes a test wants, however wrong and however slowly.

Python's own HTTP server is too well-behaved for this: tests need duplicate headers, lying lengths, resets and drips.
Bounded in connections, requests and time; `stop()` ends every thread.
"""

import socket
import ssl
import struct
import threading
from typing import Callable, NamedTuple

MAX_CONNECTIONS = 600
MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
IDLE_SECONDS = 20


class Request(NamedTuple):
    """What a client asked. `headers` keeps order and repeats, names in lower case."""

    method: str
    target: str
    headers: list
    body: bytes
    connection: int

    @property
    def path(self):
        return self.target.split("?")[0]

    @property
    def query(self):
        return self.target.partition("?")[2]

    def header(self, name, default=""):
        for key, value in self.headers:
            if key == name:
                return value
        return default


class Hangup(Exception):
    """Ends the connection."""


class Connection:
    """One accepted connection, as a script sees it."""

    def __init__(self, sock, number, stopping):
        self.sock = sock
        self.number = number
        self._stopping = stopping

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Hangup from error

    def drip(self, data, seconds_between, piece=1):
        """Sends a few bytes at a time."""
        for at in range(0, len(data), piece):
            self.send(data[at : at + piece])
            self.sleep(seconds_between)

    def sleep(self, seconds):
        if self._stopping.wait(seconds):
            raise Hangup

    def close(self):
        raise Hangup

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Hangup


def response(status=200, body=b"", headers=(), length=True):
    """A well-formed answer; `length=False` leaves Content-Length to the test."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status} X"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class HostileServer:
    """Calls `script(connection, request)` for each request. The script sends bytes itself, or returns them."""

    def __init__(self, script: Callable, tls: ssl.SSLContext | None = None, host="127.0.0.1", backlog=128):
        self._script = script
        self._tls = tls
        self._stopping = threading.Event()
        self._threads = []
        self._lock = threading.Lock()
        self._open = set()
        self.requests = []
        self.connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, 0))
        self._listener.listen(backlog)
        self.port = self._listener.getsockname()[1]
        self.name = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.origin = ("https://" if tls else "http://") + self.name
        self._start(self._accept)

    def _start(self, run, *args):
        thread = threading.Thread(target=run, args=args, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self):
        while not self._stopping.is_set() and self.connections < MAX_CONNECTIONS:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, sock, self.connections)

    def _serve(self, sock, number):
        with self._lock:
            self._open.add(sock)
        try:
            sock.settimeout(IDLE_SECONDS)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._open.add(sock)
            connection = Connection(sock, number, self._stopping)
            buffer = b""
            while not self._stopping.is_set():
                request, buffer = self._read(sock, buffer, number)
                with self._lock:
                    self.requests.append(request)
                answer = self._script(connection, request)
                if answer is not None:
                    connection.send(answer)
        except (Hangup, OSError, ValueError):
            pass
        finally:
            try:
                sock.close()
            except OSError:
                pass
            with self._lock:
                self._open.discard(sock)

    @staticmethod
    def _read(sock, buffer, number):
        while b"\r\n\r\n" not in buffer:
            piece = sock.recv(65536)
            if not piece or len(buffer) > MAX_HEAD:
                raise Hangup
            buffer += piece
            if buffer.startswith(b"\x16\x03"):  # TLS where none is spoken
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                raise Hangup
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        length = min(int(dict(headers).get("content-length", "0")), MAX_BODY)
        while len(buffer) < length:
            piece = sock.recv(65536)
            if not piece:
                raise Hangup
            buffer += piece
        return Request(method, target, headers, buffer[:length], number), buffer[length:]

    def stop(self):
        self._stopping.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            sockets, threads = list(self._open), list(self._threads)
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in threads:
            thread.join(5)
