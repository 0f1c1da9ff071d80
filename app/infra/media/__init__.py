"""Sound files: looked at, decoded and encoded by ffmpeg in processes of its own. Nothing else here starts ffmpeg.

Every input is hostile until ffmpeg has opened it under a whitelist of containers and protocols, within the limits of
`MediaLimits`; no text of a caller ever reaches an option. Samples are raw bytes here (float32, interleaved): this
package is loaded by the gateway too, which has no numpy. Of pictures the first bytes are read, for their kind and size.
"""

from app.infra.media.formats import LIMIT, Encoding, lossless_encoding, natural_encoding
from app.infra.media.media import Decoding, Encoded, Media
from app.infra.media.pictures import MOST_PICTURE_BYTES, MOST_PICTURE_PIXELS, PictureInfo, look_at_picture
from app.infra.media.probe import NO_SOUND, MediaInfo

__all__ = [
    "LIMIT",
    "MOST_PICTURE_BYTES",
    "MOST_PICTURE_PIXELS",
    "NO_SOUND",
    "Decoding",
    "Encoded",
    "Encoding",
    "Media",
    "MediaInfo",
    "PictureInfo",
    "look_at_picture",
    "lossless_encoding",
    "natural_encoding",
]
