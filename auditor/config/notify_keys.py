"""The keys of [notify] in auditor.toml."""

from auditor.config.forms import FILE, Form, one_of, seconds, text_of, whole
from auditor.config.keys import Key, Table
from auditor.config.words import Wrong, show
from auditor.formats.syslog import FACILITIES, target
from auditor.model.register import NotifySettings


def _parse_syslog(value: object) -> str:
    """Return `value` if it says where syslog messages go; raises Wrong."""
    words = text_of(value, "where syslog messages go")
    try:
        target(words)
    except ValueError:
        raise Wrong(
            f"{show(words)} is not a socket such as /dev/log, nor udp://192.0.2.5:514 or tcp://logs.example.com:601"
        ) from None
    return words


_SYSLOG = Form(parse=_parse_syslog, schema={"type": "string", "minLength": 2, "maxLength": 300})

NOTIFY = Table(
    name="notify",
    model=NotifySettings,
    doc="Whom a scan tells of its status once it is stored; nobody, unless syslog or command is set.",
    keys=(
        Key(
            name="on",
            form=one_of("change", "worse", "every"),
            default="change",
            doc="When to tell: when the status is not the one last told, only when it is worse, or every time.",
            example="change",
        ),
        Key(
            name="syslog",
            form=_SYSLOG,
            doc="Where messages of RFC 5424 go: the path of a socket, udp://HOST:PORT or tcp://HOST:PORT.",
            example="/dev/log",
        ),
        Key(
            name="facility",
            form=one_of(*FACILITIES),
            default="daemon",
            doc="Facility of the messages.",
            example="daemon",
        ),
        Key(
            name="enterprise_number",
            form=whole(1, 4294967295, "a private enterprise number"),
            default=32473,
            doc="Private enterprise number of the company, under which the structured data are named; 32473 is the one"
            " for examples (RFC 5612).",
            example=32473,
        ),
        Key(
            name="command",
            form=FILE,
            doc="Program that gets each notification as JSON on standard input; a relative path counts from the"
            " directory of this file.",
            example="notify",
        ),
        Key(
            name="language",
            form=one_of("en", "zh", "both"),
            default="en",
            doc="Language of the sentences: en, zh or both.",
            example="en",
        ),
        Key(
            name="time_limit_s",
            form=seconds(120),
            default=15.0,
            doc="Seconds that each way of telling may take.",
            example=15.0,
        ),
    ),
)
