"""The whole lab."""
