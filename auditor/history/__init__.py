"""What earlier scans say: reading their reports, and what changed since."""
