"""Parts of the composer, from the words to the notes. Knows nothing of sound; time is in quarter notes."""
