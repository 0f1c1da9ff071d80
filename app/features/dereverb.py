"""POST /v1/dereverb – remove reverberation."""

from app.contract.enums import ConversionType
from app.features._restoration import restoration

FEATURE = restoration(
    "dereverb",
    ConversionType.DEREVERB,
    "Dereverb",
    "Remove reverberation.",
    "de_reverb conversion Completed",
    {"noreverb": "clean", "reverb": "removed", "reverb_wav": ""},
    ready=True,
)
