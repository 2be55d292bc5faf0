"""BEAM files as later releases write them: long atom tables, literals stored as they are, files gzipped whole.

A module of the system's compiler is rewritten; Enigma runs it as it runs the original.
"""
from __future__ import annotations

import gzip
import pathlib
import re
import struct
import subprocess
import zlib
from collections.abc import Callable

import pytest
from support import ENIGMA, ERL_PROGRAM, environment, run_once

pytestmark = pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl to compile with")

LONG = "ünlich😀" * 20      # 160 characters, more than 255 bytes: beyond what a byte can count
SOURCE = f"""
-module(formats).
-export([main/0, f/1]).
f(X) when is_integer(X), X > 0 -> [{{X, a_rather_long_name_of_an_atom}} || _ <- [1, 2]];
f(#{{key := V}}) -> {{"a literal list", <<"bytes">>, 1.5, #{{k => [V, {{deep, "er"}}]}}}};
f(X) -> {{'{LONG}', X}}.
main() ->
    io:format("~0tp~n", [[f(X) || X <- [1, -1, #{{key => v}}, x]]]),
    io:format("~0tp~n", [[catch F() || F <- [fun() -> hd(f(3)) end, fun() -> 1 bsl 80 + length(f(1)) end]]]).
"""

Chunks = list[tuple[bytes, bytes]]


def chunks_of(data: bytes) -> Chunks:
    """The chunks of a BEAM file, in order."""
    assert data[:4] == b"FOR1" and data[8:12] == b"BEAM"
    found, at = [], 12
    while at < len(data):
        name, size = data[at:at + 4], struct.unpack(">I", data[at + 4:at + 8])[0]
        found.append((name, data[at + 8:at + 8 + size]))
        at += 8 + (size + 3) // 4 * 4
    return found


def file_of(chunks: Chunks) -> bytes:
    body = b"BEAM" + b"".join(name + struct.pack(">I", len(data)) + data + bytes(-len(data) % 4) for name, data in chunks)
    return b"FOR1" + struct.pack(">I", len(body)) + body


def compact(value: int) -> bytes:
    """An untagged number as code has them."""
    return bytes([value << 4]) if value < 16 else bytes([value >> 8 << 5 | 8, value & 255])


def long_atoms(data: bytes) -> bytes:
    """The atom table with lengths of any size: its count is negative."""
    count = struct.unpack(">i", data[:4])[0]
    out, at = [struct.pack(">i", -count)], 4
    for _ in range(count):
        size = data[at]
        out.append(compact(size) + data[at + 1:at + 1 + size])
        at += 1 + size
    return b"".join(out)


def plain_literals(data: bytes) -> bytes:
    """The literal table not deflated: its size is 0."""
    return bytes(4) + zlib.decompress(data[4:])


def changed(name: bytes, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def rewrite(data: bytes) -> bytes:
        chunks = chunks_of(data)
        assert name in [found for found, _ in chunks]
        return file_of([(n, change(d) if n == name else d) for n, d in chunks])
    return rewrite


def type_version(version: int) -> Callable[[bytes], bytes]:
    """Another version of the table of types than the compiler's: what is not known is left aside."""
    return changed(b"Type", lambda data: struct.pack(">I", version) + data[4:])


def only_needed(data: bytes) -> bytes:
    """As beam_lib:strip/1 leaves a file."""
    needed = {b"AtU8", b"Code", b"StrT", b"ImpT", b"ExpT", b"FunT", b"LitT", b"Meta", b"Type"}
    return gzip.compress(file_of([(n, d) for n, d in chunks_of(data) if n in needed]))


def longer_atom(data: bytes) -> bytes:
    """One atom renamed to a text of more than 255 bytes, in a long table."""
    out = long_atoms(data)
    name = b"a_rather_long_name_of_an_atom"
    text = LONG.encode()
    return out.replace(compact(len(name)) + name, compact(len(text)) + text)


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "long atom table": changed(b"AtU8", long_atoms),
    "plain literals": changed(b"LitT", plain_literals),
    "both": lambda data: changed(b"LitT", plain_literals)(changed(b"AtU8", long_atoms)(data)),
    "no types": lambda data: file_of([(n, d) for n, d in chunks_of(data) if n != b"Type"]),
    "types of a release to come": type_version(99),
    "gzipped": gzip.compress,
    "gzipped and stripped": only_needed,
}


@pytest.fixture(scope="module")
def beam(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "formats.erl").write_text(SOURCE, encoding="utf-8")
    subprocess.run(["erlc", "formats.erl"], check=True, cwd=folder, env=environment())
    return (folder / "formats.beam").read_bytes()


def outcome(beam: bytes, folder: pathlib.Path) -> tuple[int, str, str]:
    (folder / "formats.beam").write_bytes(beam)
    return run_once(ENIGMA, ["-noshell", "-pa", str(folder), "-s", "formats", "main", "-s", "init", "stop"])


@pytest.mark.parametrize("form", FORMS)
def test_runs_alike(beam: bytes, form: str, tmp_path: pathlib.Path) -> None:
    expected = outcome(beam, tmp_path)
    assert expected[0] == 0 and "a_rather_long_name_of_an_atom" in expected[1], expected
    assert outcome(FORMS[form](beam), tmp_path) == expected


def test_atom_of_more_bytes_than_one_counts(beam: bytes, tmp_path: pathlib.Path) -> None:
    expected = outcome(beam, tmp_path)
    shown = re.findall(r"\{('[^']+'),x\}", expected[1])[0]
    found = outcome(changed(b"AtU8", longer_atom)(beam), tmp_path)
    assert found == (0, expected[1].replace("a_rather_long_name_of_an_atom", shown), ""), found


@pytest.mark.parametrize("table", [b"\xff\xff\xff\xff", struct.pack(">i", -2) + b"\x10a\xff", struct.pack(">i", -1) + b"\xe8\xff\xff",
                                   struct.pack(">i", -(1 << 31)) + b"\x10a", struct.pack(">i", -1) + b"\x40ab"])
def test_damaged_long_table(beam: bytes, table: bytes, tmp_path: pathlib.Path) -> None:
    """No crash, and no module."""
    (tmp_path / "formats.beam").write_bytes(changed(b"AtU8", lambda _: table)(beam))
    script = "{error, R} = code:load_abs(\"" + str(tmp_path / "formats") + "\"), io:format(\"~p~n\", [R]), halt()."
    code, out, _ = run_once(ENIGMA, ["-noshell", "-eval", script])
    assert code == 0 and out.startswith("badfile\n") and "Error loading module" in out, out
