"""Arguments by getopt and by the custom of Go: wanted options only, values of the others passed over."""

from auditor.daemons.arguments import Option, flags, getopt

LONG = frozenset(["config", "password", "server-addr", "server-url"])


def test_getopt_knows_clusters_joined_values_and_shortened_names() -> None:
    given = ["-uvc", "a.json", "-k", "-s", "-p443", "--password", "--config", "--conf=b.json", "x", "--", "-c", "y"]
    wanted = frozenset(["c", "s", "p", "config", ""])
    assert list(getopt(given, "c:k:p:s:uv", LONG, wanted, shortened=True)) == [
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


def test_values_stand_apart_or_adhere_and_what_is_no_option_has_no_name() -> None:
    arguments = ["-fv", "-dn2n0", "-l", "a:1", "--name=x", "--long", "y", "--flag", "host", "--", "-z"]
    assert list(getopt(arguments, "d:l:", ("name", "long"), ("", *"dlfv", "name", "long", "flag"))) == [
        Option("f"),
        Option("v"),
        Option("d", "n2n0"),
        Option("l", "a:1"),
        Option("name", "x"),
        Option("long", "y"),
        Option("flag"),
        Option("", "host"),
        Option("", "-z"),
    ]


def test_an_optional_value_has_to_adhere() -> None:
    assert list(getopt(["-S2", "-S", "3", "-vd"], "d:S::", (), ("", *"Svd"))) == [
        Option("S", "2"),
        Option("S"),
        Option("", "3"),
        Option("v"),
        Option("d"),
    ]
