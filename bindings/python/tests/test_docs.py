"""What the documentation shows runs, and it shows everything."""

import ast
import doctest
import enum
import inspect
import io
import pydoc
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import vlec
from conftest import CYBER, ROOT, SEARCH
from vlec._opening import OpensEnvelope, OpensVault

HERE = ROOT / "bindings" / "python"
PUBLIC = [getattr(vlec, name) for name in vlec.__all__]
OPEN = {"Agency.open": OpensVault, "agency.open": OpensEnvelope}
CLASSES = [thing for thing in PUBLIC if inspect.isclass(thing)]


def documented():
    """Docstrings by name: of the package, its classes and their members."""
    yield "vlec", vlec.__doc__
    for name, opens in OPEN.items():
        yield name, opens.__call__.__doc__
    for name, thing in zip(vlec.__all__, PUBLIC, strict=True):
        yield name, thing.__doc__
        if inspect.isclass(thing) and thing.__module__.startswith("vlec"):
            for name, held in vars(thing).items():
                # What a static method is said to be is of the method, and not of what holds it.
                member = held.__func__ if isinstance(held, staticmethod) else held
                if not name.startswith("__") and getattr(member, "__doc__", None) and not isinstance(member, str):
                    yield f"{thing.__name__}.{name}", member.__doc__


def examples():
    parser = doctest.DocTestParser()
    for name, text in documented():
        if text and ">>>" in text:
            yield pytest.param(parser, name, inspect.cleandoc(text), id=name)


@pytest.mark.parametrize(("parser", "name", "text"), list(examples()))
def test_the_example_runs(parser, name, text, countries):
    globs = {key: getattr(vlec, key) for key in vlec.__all__} | {
        "vlec": vlec, "io": io, "tempfile": tempfile, "datetime": datetime, "timedelta": timedelta,
        "agency": countries[CYBER], "other": countries[SEARCH],
    }  # fmt: skip
    runner = doctest.DocTestRunner()
    told = io.StringIO()
    runner.run(parser.get_doctest(text, globs, name, None, 0), out=told.write)
    assert runner.summarize(verbose=False).failed == 0, told.getvalue()


def test_there_are_examples():
    assert len(list(examples())) >= 10


def test_help_shows_both_calls_that_are_named_open():
    shown = pydoc.plain(pydoc.render_doc(vlec.Agency))
    assert "Agency.open(home, *, passphrase=None, key=None, anchor=None) -> Agency" in shown
    assert "agency.open(envelope) -> Opened" in shown
    for told in (vars(vlec.Agency)["open"].__doc__, OpensEnvelope.__call__.__doc__):
        assert "`open_file`" in told and ">>> " in told


def test_everything_public_is_documented():
    for cls in CLASSES:
        assert cls.__doc__, cls
        for name, member in vars(cls).items():
            if not name.startswith("_") and cls.__module__.startswith("vlec") and callable(member):
                assert inspect.getdoc(member), f"{cls.__name__}.{name}"


ENUMS = [cls for cls in CLASSES if issubclass(cls, enum.Enum)]


@pytest.mark.parametrize("cls", ENUMS, ids=lambda cls: cls.__name__)
def test_every_member_has_a_meaning(cls):
    told = re.findall(r"^- `(\w+)`[,:]", inspect.cleandoc(cls.__doc__), re.M)
    assert told == [member.name for member in cls]


@pytest.mark.parametrize("cls", [vlec.DueKind, vlec.QuarantineReason], ids=lambda cls: cls.__name__)
def test_every_member_that_is_for_people_says_what_to_do(cls):
    items = re.split(r"^- ", inspect.cleandoc(cls.__doc__), flags=re.M)[1:]
    assert len(items) == len(cls) and all(re.search(r"Do\s+this:\s", item) for item in items)


def test_the_stub_says_what_the_module_says():
    stub = ast.parse((HERE / "python" / "vlec" / "_vlec.pyi").read_text())
    for node in [node for node in stub.body if isinstance(node, ast.ClassDef)]:
        cls = getattr(vlec._vlec, node.name)
        assert ast.get_docstring(node) == inspect.cleandoc(cls.__doc__), node.name
        for member in node.body:
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("__"):
                held = vars(cls)[member.name]
                seen = (getattr(cls, member.name) if isinstance(held, staticmethod) else held).__doc__
                assert ast.get_docstring(member) == (inspect.cleandoc(seen) if seen else None), member.name


def test_every_method_of_the_handles_is_in_the_table():
    table = (HERE / "METHODS.md").read_text()
    core = ROOT / "core" / "src"
    files = [*core.glob("agency/*.rs"), *core.glob("centre/*.rs"), core / "replica" / "storage.rs"]
    missing, count = [], 0
    for file in files:
        kind = None
        for line in file.read_text().split("mod tests {")[0].splitlines():
            if found := re.match(r"impl(?:<[^>]*>)? (Agency|Centre|RootFile|Storage|Letter|Acceptance|Reopened)\b", line):
                kind = found[1]
            elif line.startswith("impl"):
                kind = None
            if kind and (found := re.match(r"    pub fn (\w+)", line)):
                count += 1
                if f"`{kind}::{found[1]}`" not in table:
                    missing.append(f"{kind}::{found[1]}")
    assert not missing and count >= 110


def test_the_table_names_what_there_is():
    table = (HERE / "METHODS.md").read_text()
    for owner, cls in (("agency", vlec.Agency), ("centre", vlec.Centre), ("file", vlec.RootFile)):
        named = re.findall(rf"`{owner}\.(\w+)", table)
        assert named and all(hasattr(cls, name) for name in named), owner
        public = {name for name in dir(cls) if not name.startswith("_")}
        shown = set(named) | set(re.findall(rf"`{cls.__name__}\.(\w+)", table))
        assert public - shown <= {"close", "closed"}, "each is in the table"


def test_every_call_is_made_by_a_test():
    tests = "".join(path.read_text() for path in (HERE / "tests").glob("test_*.py"))
    tests += (ROOT / "examples" / "python" / "countries.py").read_text()
    for cls in CLASSES:
        if cls.__module__ == "vlec" and not issubclass(cls, Exception):
            for name in dir(cls):
                if not name.startswith("_"):
                    assert re.search(rf"\.{name}\b|\b{name}=", tests), f"{cls.__name__}.{name}"


def test_what_the_readmes_show_is_python_and_names_what_there_is():
    for path in (HERE / "README.md", ROOT / "README.md"):
        for block in re.findall(r"```python\n(.*?)```", path.read_text(), re.S):
            tree = ast.parse(block)
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    owner = {"vlec": vlec, "agency": vlec.Agency, "centre": vlec.Centre}.get(node.value.id)
                    assert owner is None or hasattr(owner, node.attr), node.attr


def blocks(readme):
    return re.findall(r"```python\n(.*?)```", readme.read_text(), re.S)


@pytest.mark.parametrize("readme", [HERE / "README.md", ROOT / "README.md"], ids=["package", "project"])
def test_what_the_readme_shows_runs(readme, on_disk, tmp_path, monkeypatch, capsys):
    """Its recipients are not enrolled here: the one who is takes their place."""
    block = blocks(readme)[0]
    block = block.replace('"UA/npu/cyber", "MD/igp"', f'"{SEARCH}"').replace("UA/npu/cyber", SEARCH)
    georgia, cyber = on_disk.centres["GE"], on_disk[CYBER]
    cyber.rotate_identity()
    for event in cyber.announcements():
        georgia.admit(event)
    revocation = cyber.revoke_epoch(3, reason=vlec.RevocationReason.CEASED)
    on_disk.publish_one("GE")
    for name in ("rosters", "to-centre"):
        (tmp_path / name).mkdir()
    for code in ("GE", "UA", "MD"):
        (tmp_path / "rosters" / f"{code.lower()}.bundle").write_bytes(on_disk.centres[code].export_roster(code))
    (tmp_path / "video.mp4").write_bytes(b"video")
    on_disk[SEARCH].seal_file(tmp_path / "video.mp4", tmp_path / "evidence.vlec", to=CYBER)
    reply = on_disk[SEARCH].seal(b"reply", to=CYBER)
    cyber.change_unlock(passphrase="a passphrase")
    cyber.close()
    (tmp_path / "homes" / CYBER.replace("/", "-")).rename(tmp_path / "cyber")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reply.vlec").write_bytes(reply)
    monkeypatch.setattr("getpass.getpass", lambda: "a passphrase")
    scope = {}
    exec(block, scope)
    assert scope["opened"].content == b"reply" and scope["agency"].closed
    on_disk[SEARCH].import_roster(georgia.export_roster("GE"))
    assert on_disk[SEARCH].open(scope["sealed"]).labels.case == "CH-2026-17"
    with vlec.Agency.open("cyber", passphrase="a passphrase") as agency:
        assert agency.rosters.country("GE").size == georgia.rosters.country("GE").size, "the bundle was imported"
    brought = [georgia.admit(path.read_bytes()) for path in sorted((tmp_path / "to-centre").iterdir())]
    assert brought and revocation in georgia.pending() and "DueKind.ANNOUNCE" in capsys.readouterr().out


def test_the_readme_decides_by_the_class_of_an_error(fresh):
    scope = {"vlec": vlec}
    exec(blocks(HERE / "README.md")[1], scope)
    take, cyber, search = scope["take"], fresh[CYBER], fresh[SEARCH]
    sealed = cyber.seal(b"content", to=SEARCH)
    assert take(search, sealed) == "filed" and take(search, sealed) == "done before: b'filed'"
    assert take(search, sealed[:-1]).endswith(": truncated")
    assert take(search, search.seal(b"content", to=CYBER)).endswith(": not-a-recipient")
    cyber.rotate_identity()
    for event in cyber.announcements():
        fresh.centres["GE"].admit(event)
    fresh.publish_one("GE")
    cyber.import_roster(fresh.centres["GE"].export_roster("GE"))
    assert take(search, cyber.seal(b"content", to=SEARCH)).startswith("hold it: ")
    search.close()
    assert take(search, sealed).startswith("not now: ")


def test_halves_of_two_versions_are_not_imported_together(tmp_path):
    manifest = (ROOT / "Cargo.toml").read_text()
    (version,) = re.findall(r'^version = "([^"]+)"', manifest, re.M)
    assert vlec.__version__ == vlec._vlec.__version__ == version
    package = Path(vlec.__file__).parent
    shutil.copytree(package, tmp_path / "vlec")
    init = tmp_path / "vlec" / "__init__.py"
    init.write_text(init.read_text().replace(f'__version__ = "{version}"', '__version__ = "99.0"'))
    command = [sys.executable, "-c", "import vlec"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("ImportError: ") and version in said and "99.0" in said
