"""Real monitoring systems, with the files of deploy/monitoring as shipped, on real scans."""
