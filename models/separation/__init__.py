"""A mix taken apart into its instruments and voices."""
