"""An HTTP/2 server on 127.0.0.1 that breaks off as a test wants. It knows as much of RFC 9113 as that takes: it reads
frames, answers every request with the same header and nothing else, and does not look at what was asked.

Bounded in connections, frames and time; `stop()` ends every thread.
"""

import socket
import ssl
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0x1, 0x3, 0x4, 0x6, 0x7
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
NO_ERROR, REFUSED_STREAM = 0x0, 0x7
MAX_CONNECTIONS = 64
MAX_FRAMES = 1000
IDLE_SECONDS = 20


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def header_block(status, headers):
    """HPACK literals that are not indexed and not compressed (RFC 7541, 6.2.2)."""
    out = b""
    for name, value in ((":status", str(status)), *headers):
        for text in (name.encode(), value.encode()):
            assert len(text) < 127
            out += (b"\x00" if text == name.encode() else b"") + bytes([len(text)]) + text
    return out


class Http2Server:
    """`script(connection, request)`, both counted from 1, says what becomes of a request: "answer", "goaway" (the
    connection ends before it is worked on), "refuse" (that stream ends so) or "stall" (nothing ever comes)."""

    def __init__(self, tls, headers, script):
        self.headers, self.script = headers, script
        self.connections = 0
        self.requests = []
        self._tls = tls
        self._tls.set_alpn_protocols(["h2"])
        self._stopping = threading.Event()
        self._threads = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.name = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._start(self._accept)

    def _start(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while not self._stopping.is_set() and self.connections < MAX_CONNECTIONS:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                continue
            self.connections += 1
            self._start(self._serve, sock, self.connections)

    def _serve(self, plain, number):
        plain.settimeout(IDLE_SECONDS)
        try:
            with self._tls.wrap_socket(plain, server_side=True) as sock:
                self._speak(sock, number)
        except (OSError, EOFError):
            pass
        finally:
            plain.close()

    def _exactly(self, sock, count):
        data = b""
        while len(data) < count:
            part = sock.recv(count - len(data))
            if not part or self._stopping.is_set():
                raise EOFError
            data += part
        return data

    def _speak(self, sock, number):
        if self._exactly(sock, len(PREFACE)) != PREFACE:
            return
        sock.sendall(frame(SETTINGS, 0, 0))
        count = 0
        for _ in range(MAX_FRAMES):
            head = self._exactly(sock, 9)
            kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0] & 0x7FFFFFFF
            payload = self._exactly(sock, struct.unpack(">I", b"\x00" + head[:3])[0])
            if kind == SETTINGS and not flags & ACK:
                sock.sendall(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                sock.sendall(frame(PING, ACK, 0, payload))
            elif kind == HEADERS:
                count += 1
                does = self.script(number, count)
                self.requests.append((number, does))
                if does == "answer":
                    sock.sendall(frame(HEADERS, END_STREAM | END_HEADERS, stream, header_block(200, self.headers)))
                elif does == "refuse":
                    sock.sendall(frame(RST_STREAM, 0, stream, struct.pack(">I", REFUSED_STREAM)))
                elif does == "goaway":
                    sock.sendall(frame(GOAWAY, 0, 0, struct.pack(">II", max(0, stream - 2), NO_ERROR)))
                    return

    def stop(self):
        self._stopping.set()
        self._socket.close()
        for thread in self._threads:
            thread.join(0.5)
