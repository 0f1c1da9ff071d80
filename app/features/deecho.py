"""POST /v1/deecho – remove echoes."""

from app.contract.enums import ConversionType
from app.features._restoration import restoration

FEATURE = restoration(
    "deecho",
    ConversionType.DEECHO,
    "Deecho",
    "Remove echoes.",
    "de_echo conversion Completed",
    {"no_echo": "clean", "no_echo_wav": "", "echo": "removed"},
    ready=True,
)
