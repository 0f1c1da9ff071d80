"""Languages as callers write them."""


def code(written: str) -> str:
    """The ISO 639-1 code of `en-US`, `EN` or `English`; what is none of these comes back in small letters."""
    text = written.strip().lower().replace("_", "-")
    short = text.partition("-")[0]
    if len(short) <= 3:  # noqa: PLR2004 - codes have two letters or three
        return short
    from whisper.tokenizer import TO_LANGUAGE_CODE

    return str(TO_LANGUAGE_CODE.get(text, text))
