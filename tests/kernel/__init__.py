"""A stock Debian kernel in a virtual machine, for the tunnel kinds that the machine's own kernel may lack."""
