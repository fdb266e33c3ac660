"""Decompression of lz-string's base64 form, which very old browser SDKs send.

Written here because the published Python package expands without a limit and in quadratic time.
"""

_ALPHABET = {ord(letter): index for index, letter in enumerate(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)}  # fmt: skip
_BITS_PER_LETTER = 6
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
    """Reads numbers of a few bits, lowest bit first, out of letters of six bits, highest bit first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._letter = 0
        self._left = 0

    def read(self, count: int) -> int:
        value = 0
        for index in range(count):
            if not self._left:
                if self._position >= len(self._data):
                    raise ValueError("the data ends too early")
                letter = _ALPHABET.get(self._data[self._position])
                if letter is None:
                    raise ValueError("not base64")
                self._letter = letter
                self._position += 1
                self._left = _BITS_PER_LETTER
            self._left -= 1
            value |= ((self._letter >> self._left) & 1) << index
        return value
