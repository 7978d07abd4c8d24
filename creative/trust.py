"""Who may do what: decided here, on the server, for every door."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from creative.errors import NotAllowed
from creative.settings import Settings, is_loopback

OWNER_COOKIE = "folio_owner"
OWNER_HEADER = "x-owner-key"


@dataclass(frozen=True)
class Visitor:
    """Whoever asks, as the server sees them."""

    owner: bool
    """May train, upload, switch models and change what all others see."""
    key: str = ""
    """Tells visitors apart for a fair share of the model; not an identity."""


def meet(settings: Settings, headers: Mapping[str, str], cookies: Mapping[str, str], key: str) -> Visitor:
    """Tell who asks, from the request's headers (lower-case names) and cookies.

    Without a public address everyone who reaches this machine's own one is the owner; the Host
    header is looked at too, so that a page elsewhere cannot borrow the browser (DNS rebinding).
    Elsewhere only the owner key counts: addresses and X-Forwarded-For can be forged.
    """
    if settings.trust == "local":
        return Visitor(owner=is_loopback(_host_name(headers.get("host", ""))), key=key)
    shown = headers.get(OWNER_HEADER, "") or cookies.get(OWNER_COOKIE, "")
    wanted = settings.owner_key.get_secret_value() if settings.owner_key else ""
    return Visitor(owner=bool(wanted) and hmac.compare_digest(shown.encode(), wanted.encode()), key=key)


def require_owner(visitor: Visitor, act: str) -> None:
    """Refuse unless the visitor is the owner; `act` completes "Only the owner may ..."."""
    if not visitor.owner:
        raise NotAllowed(
            f"Only the owner of this playground may {act}.",
            "Run your own copy to do that, or open the page with the owner key.",
        )


def _host_name(host: str) -> str:
    # An IPv6 address stands in brackets: [::1]:7860.
    return host[1:].split("]", maxsplit=1)[0] if host.startswith("[") else host.rsplit(":", 1)[0]
