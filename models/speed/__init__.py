"""Faster or slower at the same pitch."""
