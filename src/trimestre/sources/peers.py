"""Which machines a connector may speak to: told from the address that was really reached, before anything is sent.

A name is resolved once more by whoever opens the socket, so a check of the name alone could be fooled (DNS rebinding).
Here the other end of the open connection is looked at: what must not be reached gets not one byte, hence no token.
Addresses of private networks are allowed: the platforms of a ministry stand there, and only who may edit connections
names a host.

Data flow: socket just connected -> its peer -> closed again, or given to urllib3.
"""

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

_METADATA = frozenset(
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
"""Where clouds hand out credentials to whoever asks from within, beside link-local 169.254.169.254."""
_NAT64 = ip_network("64:ff9b::/96")


class ForbiddenPeer(HTTPError):
    """A host whose address belongs to no service that a connection may name."""


def is_forbidden(address: str) -> bool:
    """Whether an IP address is link-local, of a cloud's metadata, multicast, unspecified or reserved.

    An IPv4 address that is written into an IPv6 one (mapped, 6to4, NAT64) is judged as itself.
    """
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if inner := found.ipv4_mapped or found.sixtofour:
            found = inner
        elif found in _NAT64:
            found = IPv4Address(int(found) & 0xFFFFFFFF)
    if found.is_loopback:  # ::1 is also reserved
        return False
    return (
        found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved or found in _METADATA
    )  # fmt: skip


def names_forbidden(host: str) -> bool:
    """Whether a host of an address is itself such an IP address, in any spelling (``0xa9.0xfe.0xa9.0xfe``).

    For what goes by a proxy, whose connections nobody here sees.
    """
    with suppress(OSError, ValueError):  # of a name neither can be made
        return is_forbidden(host if ":" in host else socket.inet_ntoa(socket.inet_aton(host)))
    return False


class _Checked:
    """What both kinds of connections do once they are connected, and before they speak (TLS included)."""

    def _new_conn(self) -> socket.socket:
        opened: socket.socket = super()._new_conn()  # type: ignore[misc]
        if is_forbidden(str(opened.getpeername()[0])):
            opened.close()
            raise ForbiddenPeer
        return opened


class _PlainConnection(_Checked, HTTPConnection):
    pass


class _TlsConnection(_Checked, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class CheckedAdapter(HTTPAdapter):
    """An adapter of requests that looks at the other end of each connection; behind a proxy that end is the proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As :class:`HTTPAdapter`, with pools of checked connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
