"""Answers: their headers, and their bodies in small pieces, so that a compressed bomb costs only its first bytes."""

import zlib
from collections.abc import Iterable, Iterator

import httpcore

from app.infra.egress.dial import PIECE_BYTES
from app.infra.egress.urls import Refused

PLAIN = {"", "identity"}
ZLIB = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 32 + zlib.MAX_WBITS


def header(answer: httpcore.Response, name: str) -> str:
    """The first header `name` (lower case), or empty. File names come as UTF-8 more often than as Latin-1."""
    wanted = name.encode()
    value = next((value for key, value in answer.headers if key.lower() == wanted), b"")
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Pieces of at most 64 KiB. We ask for `identity`, but stores send files the way they were uploaded: gzip and
    deflate are understood too. Raises Refused for anything else and for damaged data.
    """
    encoding = encoding.strip().lower()
    if encoding in PLAIN:
        yield from chunks
    elif encoding in ZLIB:
        yield from _inflated(chunks)
    else:
        raise Refused("unknown content encoding")


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(EITHER_HEADER)
    try:
        for chunk in chunks:
            packed = chunk
            while packed and not inflater.eof:
                yield inflater.decompress(packed, PIECE_BYTES)
                packed = inflater.unconsumed_tail
            if inflater.eof:
                return
        yield inflater.flush()
    except zlib.error:
        raise Refused("damaged compressed data") from None
    if not inflater.eof:
        raise Refused("compressed data ends early")
