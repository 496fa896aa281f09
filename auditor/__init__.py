"""Network connectivity audit agent: tunnels of a gateway, matched to leased circuits and judged."""

__version__ = "0.1.0"
