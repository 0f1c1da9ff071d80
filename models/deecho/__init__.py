"""Echo removal."""
