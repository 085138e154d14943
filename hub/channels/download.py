"""Copy a file that came with a message, without becoming a way into the council's own network.

Addresses of files come from outside, so none is trusted: the host must be one of the platform's,
the numeric address it resolves to must be public, and the connection goes to that very address,
so that a second look-up cannot lead elsewhere (DNS rebinding). Redirects are checked again.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import BinaryIO, Self
from urllib.parse import urljoin

import certifi
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 3
PIECE = 64 * 1024
#: Longest wait for a connection and for one piece, in seconds.
PATIENCE = 10.0
#: The IPv6 form of IPv4 addresses behind a translator (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class FileUnavailable(Exception):
    """The file cannot be copied, now or later. `code`: address_refused, gone, too_large or
    too_many_redirects. Say on the page that it was there, and stop trying."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class FileRetryLater(Exception):
    """It did not work this time. `code`: unreachable, busy or too_slow. Try again later, from
    the start."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def download(
    url: str,
    *,
    hosts: Collection[str],
    origins: Collection[str] = (),
    max_bytes: int,
    seconds: float,
    into: BinaryIO,
    headers_for: Callable[[str], Mapping[str, str]] = lambda _address: {},
) -> str:
    """Write the file at `url` to `into`; give its content type as the server declared it, in
    lower case without parameters ("" when it declared none; do not trust it).

    `hosts`: allowed host names, each with its sub-domains, on the usual ports.
    `origins`: exact origins (scheme://host:port) allowed besides, wherever they are: a sandbox.
    `headers_for`: gives the headers that an address wants (a proof of who asks). It is asked again
    for each address that a redirect leads to, so that no other host is shown what is for one.
    `max_bytes`, `seconds`: limits of the whole copy, redirects included.
    Raises FileUnavailable (final) or FileRetryLater; `into` then holds a part to throw away.
    """
    deadline = monotonic() + seconds
    for _ in range(MAX_REDIRECTS + 1):
        place = _Place.of(url, hosts, origins)
        with _opened(place, headers_for(url), deadline) as response:
            if response.status in REDIRECTS and (target := response.headers.get("Location")):
                url = urljoin(url, target)
                continue
            _check_status(response.status)
            _copy(response, into, max_bytes, deadline)
            return _declared_type(response)
    raise FileUnavailable("too_many_redirects", place.url.host or "")


@dataclass(frozen=True)
class _Place:
    """An address that passed the rules on hosts; `anywhere` if its numeric address is free."""

    url: Url
    host: str
    port: int
    anywhere: bool

    @classmethod
    def of(cls, address: str, hosts: Collection[str], origins: Collection[str]) -> Self:
        try:
            url = parse_url(address)
        except LocationParseError as error:
            raise FileUnavailable("address_refused", "not an address") from error
        if url.scheme not in PORTS or not url.host or url.auth:
            raise FileUnavailable("address_refused", "neither http nor https, or with a password")
        port = url.port or PORTS[url.scheme]
        anywhere = (url.scheme, url.host, port) in {_origin(origin) for origin in origins}
        if not anywhere and not (_is_among(url.host, hosts) and port in PORTS.values()):
            raise FileUnavailable("address_refused", f"{url.host}:{port} is not an allowed host")
        return cls(url=url, host=url.host.strip("[]"), port=port, anywhere=anywhere)

    def addresses(self) -> list[str]:
        """The numeric addresses of the host. One that is not public refuses them all."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            raise FileUnavailable("address_refused", "not a host name") from error
        except OSError as error:
            raise FileRetryLater("unreachable", f"{self.host} was not found") from error
        addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
        for address in addresses:
            if not self.anywhere and not is_public(address):
                raise FileUnavailable("address_refused", f"{self.host} leads to {address}")
        return addresses


def is_public(address: str) -> bool:
    """Is this numeric address on the open internet, even once unwrapped from an IPv6 form of an
    IPv4 address?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour or ip.teredo or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _origin(origin: str) -> tuple[str | None, str | None, int | None]:
    url = parse_url(origin)
    return url.scheme, url.host, url.port or PORTS.get(url.scheme or "")


def _is_among(host: str, hosts: Collection[str]) -> bool:
    return any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)


@contextmanager
def _opened(
    place: _Place, headers: Mapping[str, str], deadline: float
) -> Iterator[BaseHTTPResponse]:
    """The answer of the first address that takes the connection, its body not yet read."""
    error: HTTPError | None = None
    for address in place.addresses():
        pool = _pool(place, address, deadline)
        try:
            response = pool.urlopen(
                "GET",
                place.url.request_uri,
                headers={**headers, "Host": place.url.netloc or "", "Accept-Encoding": "identity"},
                redirect=False,
                preload_content=False,
            )
        except HTTPError as failed:
            error = failed
            continue
        try:
            yield response
        except HTTPError as failed:
            raise FileRetryLater("unreachable", type(failed).__name__) from failed
        finally:
            response.close()
            pool.close()
        return
    raise FileRetryLater("unreachable", f"{place.host}: {type(error).__name__}") from error


def _pool(place: _Place, address: str, deadline: float) -> HTTPConnectionPool:
    """Connects to the address that was checked, and names the host to the server and to TLS."""
    timeout = Timeout(min(PATIENCE, _left(deadline)))
    if place.url.scheme == "http":
        return HTTPConnectionPool(address, place.port, timeout=timeout, retries=False)
    return HTTPSConnectionPool(
        address,
        place.port,
        timeout=timeout,
        retries=False,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
        server_hostname=place.host,
        assert_hostname=place.host,
    )


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status in {408, 425, 429} or status >= 500:
        raise FileRetryLater("busy", f"status {status}")
    raise FileUnavailable("gone", f"status {status}")


def _copy(response: BaseHTTPResponse, into: BinaryIO, max_bytes: int, deadline: float) -> None:
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise FileUnavailable("too_large", f"{declared} bytes")
    copied = 0
    # read1 gives what one read of the socket brought, so that a trickle meets the deadline.
    while piece := response.read1(PIECE, decode_content=False):
        copied += len(piece)
        if copied > max_bytes:
            raise FileUnavailable("too_large", f"more than {max_bytes} bytes")
        into.write(piece)
        _left(deadline)


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises FileRetryLater("too_slow") when it has passed."""
    left = deadline - monotonic()
    if left <= 0:
        raise FileRetryLater("too_slow")
    return left


def _declared_type(response: BaseHTTPResponse) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
