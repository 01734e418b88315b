"""Digests of what a report names."""

from __future__ import annotations


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, and most reports hold no digest

    return hashlib.sha256(data).hexdigest()
