"""Reading kernel tables over netlink: wire format, layout-compiled decoding, dumps that are whole or refused."""
