"""Noise removal from speech and music."""
