"""Pictures: drawn ones, and what one tells about the music that fits it."""
