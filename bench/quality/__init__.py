"""How good the engines are, on material whose truth is known."""
