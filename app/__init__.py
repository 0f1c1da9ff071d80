"""What callers see, and what jobs are. Holds no audio or ML code; must start in about a second."""

from importlib.metadata import version

__version__ = version("woodshed")
