"""What makes the sounds: one function per sound, named by the tables in models/effects/sounds."""
