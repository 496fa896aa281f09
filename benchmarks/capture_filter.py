"""The filter of `auditor.packets.prefilter` in the language of tcpdump, so that both can be timed with the same one."""

from auditor.packets.dissectors import DISSECTORS

_PORTS = sorted({port for one in DISSECTORS for port in one.udp_ports})
_PROTOCOLS = sorted({number for one in DISSECTORS for number in one.ip})
_DATA = "tcp[((tcp[12]&0xf0)>>2)"
_WORDS = (
    "udp[8:4]&0xfcffffff=0 or udp[8:4]=0x04000000 or udp[8:4]&0xfff8f0fe=0x01000000",
    "udp[8:4]&0xfef0ff00=0x02000000 or udp[8:4]&0xf8f8ffff=0x10000000 or udp[8:4]&0xc03fffff=0x6558",
    "udp[8:4]&0x4fffffff=0x800 or udp[8:4]&0x4fffffff=0x86dd or udp[8:4]=0x00010000",
    "udp[8:4]=0x5453f09f or udp[8:4]&0xffffff00=0x49503d00",
    "udp[8:4]&0xff0f0000=0xc8020000 or udp[8:4]&0xff0f0000=0xc8030000",
    "(udp[8]=0x38 and udp[4:2]<168) or (udp[8]=0x40 and udp[4:2]<168)",
    "(udp[8]&0xf8=0x30 and udp[9:4]<0x1000000) or (udp[8]&0xf8=0x48 and udp[12:4]<0x1000000)",
    "(udp[8]&0xf7=0x50 and (udp[17:4]<0x1000 or udp[17]=0x0a or udp[17]=0x0f))",
    "(udp[8]&0xf0=0x20 and not (port 53 and udp[12:2]=1))",
    "(udp[8]&0xf0=0x40 and udp[10:2]=udp[4:2]-8) or (udp[8]&0xf0=0x60 and udp[12:2]=udp[4:2]-48)",
    "udp[12:4]=0x100 or (udp[8:4]=0x08000000 and udp[15]=0) or (udp[8:2]=0 and udp[16]&0xf0=0x60)",
    "(udp[32:4]=udp[4:2]-8 and (udp[25]=0x10 or udp[25]=0x20))",
    "(udp[36:4]=udp[4:2]-12 and (udp[29]=0x10 or udp[29]=0x20))",
)
_STARTS = (0x3020, 0x3120, 0x0500, 0x0501, 0x0502, 0x0503, 0x0504, 0x05FF, 0x0401, 0x0402, 0x005A, 0x005B)
_LENGTH = "ip[2:2]-((ip[0]&0xf)<<2)-((tcp[12]&0xf0)>>2)"


def expression() -> str:
    """Return the filter; what VLAN tags and PPPoE hide is left out, as the benchmark's frames have neither."""
    numbers = " or ".join(f"ip proto {number} or ip6 proto {number}" for number in _PROTOCOLS)
    ports = " or ".join(f"udp port {port}" for port in _PORTS)
    starts = " or ".join(f"{_DATA}:2]={start:#x}" for start in _STARTS)
    words = " or ".join(f"{_DATA}:4]={word:#x}" for word in (0x434F4E4E, 0x48545450, 0x494B4554))
    framed = f"({_DATA}:2]={_LENGTH}-2 and {_DATA}+2]>=8 and {_DATA}+2]<0x60)"
    cookies = f"{_DATA}+4:4]=0x1a2b3c4d or {_DATA}+5:4]=0x2f76706e"
    stream = f"(tcp and {_LENGTH}>0 and (port 4500 or {starts} or {words} or {framed} or {cookies}))"
    return f"{numbers} or (ip[6:2]&0x1fff!=0 and udp) or {ports} or (udp and ({' or '.join(_WORDS)})) or {stream}"
