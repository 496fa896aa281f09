"""Formats that several programs write their files in: pure readers, which keep what is asked for and nothing else."""
