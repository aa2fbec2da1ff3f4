"""`parts`: what a network can be trained with, by family."""

from __future__ import annotations

from netwright.catalogue import FAMILIES, Entry, entries


def parts(family: str | None = None) -> dict[str, tuple[Entry, ...]]:
    """Return the parts by family.

    Args:
        family: one of them, such as "losses"; all when left out.

    Raises:
        UserError: for an unknown family, with the nearest known one.

    >>> list(parts("averaging"))
    ['averaging']
    """
    return {name: entries(name) for name in (FAMILIES if family is None else (family,))}
