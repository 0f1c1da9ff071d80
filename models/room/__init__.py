"""The engine room: which models there are, where their files lie, and which are loaded."""
