"""What daemons write and speak: pure parsers of their files and protocols."""
