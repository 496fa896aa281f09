"""[lookups]: off unless said otherwise, and every wrong value is refused with its line."""

from pathlib import Path

import pytest

from auditor.config import load_both
from auditor.errors import InputError
from auditor.model.register import LookupSettings
from auditor.pipeline import scan

HEAD = '[site]\nname = "x"\n'


def settings(tmp_path: Path, text: str) -> LookupSettings:
    path = tmp_path / "auditor.toml"
    path.write_text(HEAD + text)
    return load_both(str(path)).config.lookups


def test_look_ups_are_off_by_default(tmp_path: Path) -> None:
    assert settings(tmp_path, "") == LookupSettings()
    assert not LookupSettings().enabled
    assert not settings(tmp_path, "[lookups]\nreverse = true\norigin = true\n").enabled


def test_one_key_switches_them_on(tmp_path: Path) -> None:
    assert settings(tmp_path, "[lookups]\nenabled = true\n") == LookupSettings(enabled=True)


def test_resolvers_and_zones_are_kept_in_one_form(tmp_path: Path) -> None:
    text = '[lookups]\nresolvers = ["192.0.2.53:53", "[2001:DB8::53]:54"]\norigin_zone = "Origin.Example."\n'
    with pytest.raises(InputError, match=r"auditor.toml:5: lookups.origin_zone: .* is not a domain"):
        settings(tmp_path, text.replace("Origin.Example.", "example"))
    found = settings(tmp_path, text)
    assert found.resolvers == ("192.0.2.53", "[2001:db8::53]:54")
    assert found.origin_zone == "origin.example"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('resolvers = ["dns.example.net"]', "is not the address of a resolver"),
        ('resolvers = ["192.0.2.53", "192.0.2.53:53"]', "twice"),
        ("resolvers = [53]", "must be the address of a resolver"),
        ('enabled = "true"', "leave out the quotes"),
        ("time_limit_s = 0", "not a number of seconds"),
        ("time_limit_s = 601", "not a number of seconds"),
        ("questions_limit = 0", "not a number of questions"),
        ('origin6_zone = "x.local"', "is not a domain"),
        ("resolver = []", "did you mean resolvers"),
    ],
)
def test_wrong_values_are_refused_with_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        settings(tmp_path, f"[lookups]\n{line}\n")
    (problem,) = caught.value.problems
    assert problem.startswith(f"{tmp_path}/auditor.toml:4: lookups.")
    assert said in problem


def test_without_dnspython_the_error_names_the_extra_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "auditor.toml"
    path.write_text(HEAD + "[lookups]\nenabled = true\n")
    files = load_both(str(path))
    monkeypatch.setattr("auditor.lookups.run.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"lookups.enabled: .*pip install auditor\[dns\]"):
        scan(files.config, files.register, probes=())
