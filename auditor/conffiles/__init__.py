"""Configuration files of the host: how each program writes them; pure but for what `hostfiles` reads."""
