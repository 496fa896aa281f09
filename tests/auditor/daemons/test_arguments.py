"""Arguments by getopt and by the custom of Go: wanted options only, values of the others passed over."""

from auditor.daemons.arguments import flags, getopt

LONG = frozenset(["config", "password", "server-addr", "server-url"])


def test_getopt_knows_clusters_joined_values_and_shortened_names() -> None:
    given = ["-uvc", "a.json", "-k", "-s", "-p443", "--password", "--config", "--conf=b.json", "x", "--", "-c", "y"]
    wanted = frozenset(["c", "s", "p", "config", ""])
    assert list(getopt(given, "c:k:p:s:uv", LONG, wanted)) == [
        ("c", "a.json"),
        ("p", "443"),
        ("config", "b.json"),
        ("", "x"),
        ("", "-c"),
        ("", "y"),
    ]


def test_an_option_at_the_end_has_no_value() -> None:
    assert list(getopt(["-c"], "c:", LONG, frozenset("c"))) == [("c", "")]
    assert list(getopt(["--config"], "c:", LONG, frozenset(["config"]))) == [("config", "")]


def test_flags_of_go_programs() -> None:
    given = ["run", "-c", "a.json", "--config=b.json", "-vkey=secret", "-c=c.json", "-x"]
    assert list(flags(given, frozenset(["c", "config"]))) == [("c", "a.json"), ("config", "b.json"), ("c", "c.json")]
