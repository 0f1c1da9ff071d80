"""Songs without weights: written, arranged, played, sung and mixed."""
