"""Programs that carry the frames of a PPP session and are no tunnel: broadband dial-up in user space.

They hold the master of pppd's terminal. Only the whole path counts, as for the programs behind TAP ports.
"""

from auditor.model.text import Text

_PROGRAMS = ("/usr/sbin/pppoe", "/sbin/pppoe", "/usr/local/sbin/pppoe")


def reason(path: str | None) -> Text | None:
    """Return why a PPP session whose frames the program at `path` carries is no tunnel, None if it may be one."""
    if path not in _PROGRAMS:
        return None
    return Text(f"broadband dial-up (PPPoE), carried by {path}", f"宽带拨号（PPPoE），由{path}承载")
