"""A virus scanner that speaks clamd's INSTREAM over a real socket, or fails in the ways that a real one can."""

import socket
import threading
import time
from collections.abc import Callable

INSTREAM = b"zINSTREAM\0"
Reply = Callable[[socket.socket, bytes], None]


class FakeClamd:
    """Listens on `address`; `received` are the contents that came; `reply` decides what is answered."""

    def __init__(self, reply: Reply, *, unix_path: str = ""):
        if unix_path:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(unix_path)
            self.address = unix_path
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._listener.listen()
        self._reply = reply
        self._stopping = threading.Event()
        self.received: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._reply(connection, self._content(connection))
                except OSError:
                    continue  # the portal hung up, as it may

    def _content(self, connection: socket.socket) -> bytes:
        stream = connection.makefile("rb")
        assert stream.read(len(INSTREAM)) == INSTREAM
        content = bytearray()
        while length := int.from_bytes(stream.read(4), "big"):
            content += stream.read(length)
        self.received.append(bytes(content))
        return bytes(content)


def saying(text: bytes) -> Reply:
    """Always this reply, byte for byte."""
    return lambda connection, content: connection.sendall(text)


def finding(signature: bytes) -> Reply:
    """FOUND where the content holds the signature, OK otherwise, as clamd(8) has it."""

    def reply(connection: socket.socket, content: bytes) -> None:
        found = signature in content
        connection.sendall(b"stream: Eicar-Signature FOUND\0" if found else b"stream: OK\0")

    return reply


def silent(connection: socket.socket, content: bytes) -> None:
    """Takes everything and never answers."""
    time.sleep(3)


def dripping(connection: socket.socket, content: bytes) -> None:
    """One byte now and then: each read succeeds, the whole never ends."""
    for byte in b"stream: OK" * 10:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def endless(connection: socket.socket, content: bytes) -> None:
    """Never stops talking."""
    while True:
        connection.sendall(b"x" * 65536)
