"""Voices: what they are like, and how one becomes another."""
