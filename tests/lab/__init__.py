"""A gateway with real daemons in namespaces of this machine, and what is true about it."""
