"""Sound whose truth is known. Set A is for tuning, set B (other seeds, soundfont and voice) is reported."""
