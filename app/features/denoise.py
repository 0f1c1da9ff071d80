"""POST /v1/denoise – remove noise from speech or music."""

from app.contract.enums import ConversionType
from app.features._restoration import restoration

FEATURE = restoration(
    "denoise",
    ConversionType.DENOISING,
    "Denoise",
    "Remove noise from speech or music.",
    "de_noising conversion Completed",
    {"no_noise": "clean", "noise": "removed", "noise_wav": ""},
    ready=True,
)
