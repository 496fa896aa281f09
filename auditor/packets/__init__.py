"""Tunnels as packets show them: a witness that may raise a question and never clears anything.

The way of a packet, outermost first:

1. `reader` (`pcap`, `pcapng`) takes records out of a file, `live` out of a socket, `libpcap` out of a file faster;
   `prefilter` is the program that lets the kernel or libpcap drop ordinary traffic before Python sees it.
2. `link` and `ip` find the outer IP header and what it carries: a `Packet`.
3. `engine` gives it to the dissectors that its first byte, port or IP protocol concern (`dissectors/`), and keeps
   what they noted of each `Flow`. What is beyond doubt goes no further than `settled`: it is counted by a few bytes.
4. At the end each dissector concludes; `protocols` has the words for what it noted.

Outer headers and handshakes only. What a tunnel carries, names and keys are neither kept nor returned; disguised
proxies, TLS and Tor are not told apart, on purpose: that would be watching people.
"""
