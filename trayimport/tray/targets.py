"""Where Tray is (contract, "Hosts, tokens, limits")."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from trayimport.codes import tray as codes
from trayimport.errors import ConfigurationError

REGIONS = {
    "us": ("https://api.tray.io", "https://tray.io/graphql"),
    "eu": ("https://api.eu1.tray.io", "https://eu1.tray.io/graphql"),
    "ap": ("https://api.ap1.tray.io", "https://ap1.tray.io/graphql"),
}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Target:
    """A region's two addresses: `api` without `/core/v1`."""

    region: str
    api: str
    graphql: str

    @property
    def hosts(self) -> str:
        """What a ledger is tied to; the port of a loopback host is no part of it (commands, ruling 15)."""
        return f"{_host(self.api)} {_host(self.graphql)}"

    @property
    def loopback(self) -> bool:
        """Whether both hosts are this machine."""
        return all(urlsplit(url).hostname in LOOPBACK for url in (self.api, self.graphql))


def target(region: str, api_url: str | None, graphql_url: str | None) -> Target:
    """The addresses for a region, or those given. Raises ConfigurationError."""
    if bool(api_url) != bool(graphql_url):
        raise ConfigurationError(codes.BAD_URL, "--api-url and --graphql-url are given only together")
    if region not in REGIONS:
        raise ConfigurationError(codes.BAD_URL, f"no such region; there are {', '.join(REGIONS)}")
    if not api_url or not graphql_url:
        return Target(region, *REGIONS[region])
    api = _checked(api_url, "--api-url").removesuffix("/core/v1").rstrip("/")
    return Target(region, api, _checked(graphql_url, "--graphql-url"))


def _checked(url: str, option: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(codes.BAD_URL, f"{option}: not a URL") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        raise ConfigurationError(codes.BAD_URL, f"{option}: expected https://HOST")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ConfigurationError(codes.BAD_URL, f"{option}: http is refused unless the host is loopback")
    return url.rstrip("/")


def _host(url: str) -> str:
    parts = urlsplit(url)
    return "loopback" if parts.hostname in LOOPBACK else parts.netloc
