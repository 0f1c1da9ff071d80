"""The outside world, one file each, replaceable: database, queue, storage, egress, media, clock.

Must not know features or jobs.
"""
