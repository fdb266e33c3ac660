"""The mail addresses of a subscription: a text with commas between them."""

from collections.abc import Iterator


def addresses_of(target_value: str) -> Iterator[str]:
    """The addresses, each once, whatever the case of its letters."""
    seen: set[str] = set()
    for part in target_value.split(","):
        address = part.strip()
        if address and address.lower() not in seen:
            seen.add(address.lower())
            yield address


def without_address(target_value: str, address: str) -> list[str]:
    """The addresses but for one."""
    return [each for each in addresses_of(target_value) if each.lower() != address.strip().lower()]


def added_addresses(before: str, after: str) -> list[str]:
    """The addresses that were not there before."""
    known = {address.lower() for address in addresses_of(before)}
    return [address for address in addresses_of(after) if address.lower() not in known]
