"""Where a printer may be said to be. Whoever sets it is a manager of the store (decision 0605)."""

import ipaddress
import re
from typing import Final

PORT_MIN: Final = 1_024
"""Raw printing is on 9100 and thereabouts. Below live mail, web, shells and file shares, none of
which a store's box has to send bytes to."""

_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def host_stands(host: str) -> bool:
    """Tell whether this is the address or the name of one machine, written in the one usual way.

    Refused: blanks and control characters, a port or a path in it, `0.0.0.0` and `::` (any),
    broadcast, multicast and reserved addresses, link-local ones (another one after the next start,
    and where clouds keep their secrets), and numbers that some resolvers read as an address
    (`0`, `127.1`, `0x7f.1`).
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _is_name(host)
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        address = address.ipv4_mapped or address
    return not (
        address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or (address.is_reserved and not address.is_loopback)
    )


def _is_name(host: str) -> bool:
    labels = host.split(".")
    return all(_LABEL.fullmatch(label) for label in labels) and not _NUMBER.fullmatch(labels[-1])
