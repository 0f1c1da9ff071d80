"""What a recording is: its key and its tempo, from the samples alone."""
