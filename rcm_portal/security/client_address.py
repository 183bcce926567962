"""Where a request comes from."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

# What some proxies write: 203.0.113.5:40112, [2001:db8::7] or [2001:db8::7]:40112.
WITH_PORT = re.compile(r"(?:\[(?P<bracketed>[^\[\]]*)\]|(?P<plain>[0-9.]+))(?::[0-9]{1,5})?", re.ASCII)
NETWORK_OF_ONE_CLIENT = 64  # bits of an IPv6 address: a client may use every address of such a network


def client_address(request: HttpRequest) -> str:
    """The client's whole address, for records. TrustedProxyMiddleware has put a trusted proxy's word into REMOTE_ADDR."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def limited_address(request: HttpRequest) -> str:
    """The client's address as limits and lock-outs count it: of IPv6 the network, in which one client has 2⁶⁴ addresses."""
    address = address_in(client_address(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, NETWORK_OF_ONE_CLIENT), strict=False).network_address)
    return str(address or "")


def address_in(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a proxy or socket wrote, without port, brackets and zone; None when it is none ("unknown").
    An IPv4 address within IPv6, as a socket for both kinds writes it, is the IPv4 address."""
    text = text.strip()
    if match := WITH_PORT.fullmatch(text):
        text = match["bracketed"] or match["plain"] or ""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def address_behind(sender: str, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The nearest address that is no trusted proxy, walking `forwarded` (X-Forwarded-For) from its right end.

    Each proxy appends whom it speaks with, so an element counts only while all to its right are trusted. The walk ends
    at the last address known when an element is none: what stands further left may be the client's own invention.
    """
    nearest = sender
    for hop in reversed(forwarded.split(",")):
        address = address_in(hop)
        if address is None:
            break
        nearest = str(address)
        if not is_within(address, trusted):
            break
    return nearest


def is_within(
    address: IPv4Address | IPv6Address | None, networks: Sequence[IPv4Network | IPv6Network]
) -> bool:
    return address is not None and any(address in network for network in networks)
