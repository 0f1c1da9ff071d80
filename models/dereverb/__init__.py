"""Removal of reverberation."""
