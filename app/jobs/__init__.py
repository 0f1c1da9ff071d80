"""The heart: who may change a job, and how. Every state move is a compare-and-set together with its events."""
