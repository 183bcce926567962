"""The virus scanner: a small client of clamd's INSTREAM command that fails closed.

Of our own, because `clamd` on PyPI was left in 2014 and its fork `clamav-client` (GPL) has no limit on the whole
exchange: a reply that drips in, or never ends, holds the web worker for as long as it likes.
Protocol: clamd(8), "z" commands: NUL ends command and reply; chunks of 4-byte big-endian length and bytes, 0 ends.
"""

import logging
import socket
import time

from django.conf import settings

from .refusals import UploadRefused

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024
REPLY_BYTES = 1024
CLEAN = "stream: OK"


def scan(content: bytes) -> None:
    """Return when clamd says that `content` is clean, or when no scanner is configured (CLAMD_ADDRESS empty).

    Raises UploadRefused "infected", and "scanner_unavailable" for anything that is neither a clear yes nor a clear no:
    no connection, a timeout (CLAMD_TIMEOUT seconds for the whole exchange), a size limit, a reply out of the protocol.
    """
    address = settings.CLAMD_ADDRESS
    if not address:
        return
    try:
        reply = _ask(address, content, time.monotonic() + settings.CLAMD_TIMEOUT)
    except (OSError, ValueError) as error:
        log.error("Virus scanner unavailable: %s", type(error).__name__)
        raise UploadRefused("scanner_unavailable") from None
    if reply == CLEAN:
        return
    if reply.startswith("stream: ") and reply.endswith(" FOUND"):
        raise UploadRefused("infected")
    log.error("Virus scanner gave no verdict: %.60r", reply)
    raise UploadRefused("scanner_unavailable")


def answers(seconds: float) -> None:
    """Return when the scanner finds a short text clean within that time. Raises OSError or ValueError otherwise."""
    reply = _ask(settings.CLAMD_ADDRESS, b"clean", time.monotonic() + seconds)
    if reply != CLEAN:
        raise ValueError("The scanner gives no verdict.")


def _ask(address: str, content: bytes, deadline: float) -> str:
    with _connect(address, deadline) as connection:
        view = memoryview(content)
        _send(connection, b"zINSTREAM\0", deadline)
        for start in range(0, len(view), CHUNK_BYTES):
            chunk = view[start : start + CHUNK_BYTES]
            _send(connection, len(chunk).to_bytes(4, "big"), deadline)
            _send(connection, chunk, deadline)
        _send(connection, bytes(4), deadline)
        reply = bytearray()
        while b"\0" not in reply:
            connection.settimeout(_left(deadline))
            part = connection.recv(REPLY_BYTES)
            reply += part
            if not part or len(reply) > REPLY_BYTES:
                raise ValueError("The reply has no end.")
    return bytes(reply).partition(b"\0")[0].decode("ascii", "replace")


def _connect(address: str, deadline: float) -> socket.socket:
    """A connection to "host:port", "[address]:port" or the path of a Unix socket. ValueError for anything else."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(deadline))
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    # Not socket.create_connection(): it gives each address of the name the whole time-out.
    found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    problem: OSError = ConnectionError("The name has no address.")
    for number, (family, kind, protocol, _name, target) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            # A share of what is left, so that an address that is silent leaves time for the next one.
            connection.settimeout(_left(deadline) / (len(found) - number))
            connection.connect(target)
        except OSError as error:
            connection.close()
            problem = error
        else:
            return connection
    raise problem


def _send(connection: socket.socket, data: bytes | memoryview, deadline: float) -> None:
    connection.settimeout(_left(deadline))  # sendall() counts it for all of `data`
    connection.sendall(data)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
