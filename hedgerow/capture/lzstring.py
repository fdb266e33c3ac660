"""Decompression of lz-string's base64 form, which very old browser SDKs send.

Written here because the published Python package expands without a limit and in quadratic time.
"""

_BITS_PER_LETTER = 6
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_REVERSED = {letter: int(f"{index:07b}"[:0:-1], 2) for index, letter in enumerate(_ALPHABET)}
"""The six bits of each letter with the first one lowest: in that order they are read."""
_END = 2


def decompress_from_base64(data: bytes, limit: int) -> str:
    """The text; surrogate pairs are joined, lone surrogates become U+FFFD.

    Raises `ValueError` when the data is broken and `OverflowError` when the text would have more than `limit`
    characters.
    """
    bits = _Bits(data)
    width = bits.read(2)
    if width == _END:
        return ""
    first = _character(bits, width)
    dictionary = ["", "", "", first]
    parts = [first]
    previous = first
    size = 1
    code_bits = 3
    until_wider = 4
    while True:
        code = bits.read(code_bits)
        if code == _END:
            return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if code < _END:
            dictionary.append(_character(bits, code))
            code = len(dictionary) - 1
            until_wider -= 1
            if not until_wider:
                until_wider = 1 << code_bits
                code_bits += 1
        if code < len(dictionary):
            entry = dictionary[code]
        elif code == len(dictionary):
            entry = previous + previous[0]
        else:
            raise ValueError("a code points beyond the dictionary")
        size += len(entry)
        if size > limit:
            raise OverflowError("the text is over the limit")
        parts.append(entry)
        dictionary.append(previous + entry[0])
        previous = entry
        until_wider -= 1
        if not until_wider:
            until_wider = 1 << code_bits
            code_bits += 1


def _character(bits: "_Bits", width: int) -> str:
    """A character spelled out, of 8 or 16 bits."""
    if width > 1:
        raise ValueError("the data does not begin with a character")
    return chr(bits.read(16 if width else 8))


class _Bits:
    """Reads numbers of a few bits, lowest bit first."""

    def __init__(self, data: bytes) -> None:
        self._letters = iter(data)
        self._held = 0
        self._held_bits = 0

    def read(self, count: int) -> int:
        while self._held_bits < count:
            letter = _REVERSED.get(next(self._letters, -1))
            if letter is None:
                raise ValueError("the data ends too early, or is not base64")
            self._held |= letter << self._held_bits
            self._held_bits += _BITS_PER_LETTER
        value = self._held & ((1 << count) - 1)
        self._held >>= count
        self._held_bits -= count
        return value
