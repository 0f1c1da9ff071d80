"""Sound files: looked at, decoded and encoded by ffmpeg in processes of its own. Nothing else here starts ffmpeg.

Every input is hostile until ffmpeg has opened it under a whitelist of containers and protocols, within the limits of
`MediaLimits`; no text of a caller ever reaches an option. Samples are raw bytes here (float32, interleaved): this
package is loaded by the gateway too, which has no numpy.
"""

from app.infra.media.formats import LIMIT, Encoding, lossless_encoding, natural_encoding
from app.infra.media.media import Decoding, Encoded, Media
from app.infra.media.probe import MediaInfo

__all__ = ["LIMIT", "Decoding", "Encoded", "Encoding", "Media", "MediaInfo", "lossless_encoding", "natural_encoding"]
