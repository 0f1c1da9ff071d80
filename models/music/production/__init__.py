"""From score to sound: instruments, mix, master."""
