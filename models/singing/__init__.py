"""Sung voices."""
