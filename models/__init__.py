"""Sound in, sound out: engines, and the pure DSP they share. Knows nothing of jobs, HTTP or storage.

Importing a module here has no effects; heavy libraries load inside the engines.
"""
