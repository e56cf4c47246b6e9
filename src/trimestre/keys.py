"""The secret key behind every ``account_key``, the mark by which it is known, and the keys that came before it.

An account_key is HMAC-SHA-256(key, source, local id or e-mail), first 128 bits. The mark tells keys apart without
telling them: the warehouse keeps it in ``ops.setting`` and beside every tombstone.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable


class AccountKey(bytes):
    """The present key (32 bytes), with the ``older`` ones, which only tombstones of erased accounts ask for."""

    older: tuple[bytes, ...]

    def __new__(cls, key: bytes, older: Iterable[bytes] = ()) -> "AccountKey":
        """The present key and those before it."""
        made = super().__new__(cls, key)
        made.older = tuple(older)
        return made


def older_keys(key: bytes) -> tuple[bytes, ...]:
    """The keys before this one, where they are known."""
    return key.older if isinstance(key, AccountKey) else ()


def from_text(text: str) -> bytes:
    """The 32 bytes of a key that somebody typed or that was made at random."""
    return hashlib.sha256(text.encode()).digest()


def mark(key: bytes) -> str:
    """16 hex digits that tell a key from others and say nothing of it."""
    return hmac.digest(key, b"trimestre account key", "sha256").hex()[:16]


class AccountKeys:
    """Local id or e-mail -> account_key as the text of a UUID, or as its 16 bytes: ``digest``."""

    def __init__(self, digest: Callable[[str], bytes]) -> None:
        self.digest = digest

    def __call__(self, ref: str) -> str:
        """The text of a UUID."""
        text = self.digest(ref).hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"  # uuid.UUID takes thrice as long


def account_keys(key: bytes, source: str) -> AccountKeys:
    """A function local id or e-mail -> account_key: the first 128 bits of HMAC-SHA-256(key, source, ref) as a UUID."""
    # Begun once for all: HMAC is a hash within a hash, each over the key first, and begins anew in twice the time.
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + source.encode() + b"\x1f").copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block)).copy

    def digest(ref: str) -> bytes:
        within, around = inner(), outer()
        within.update(ref.encode())
        around.update(within.digest())
        return around.digest()[:16]

    return AccountKeys(digest)
