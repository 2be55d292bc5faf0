"""Writes enigma/term/am.pxd and the name table of known atoms from enigma/term/atoms.txt."""
from __future__ import annotations

import pathlib
import sys


def read_atoms(path: pathlib.Path) -> list[tuple[str, str]]:
    """(identifier, name) pairs in index order."""
    atoms = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        ident, _, name = line.partition(" ")
        atoms.append((ident, "" if name == "''" else name or ident))
    seen: set[str] = set()
    for ident, name in atoms:
        for key in ("i " + ident, "n " + name):
            if key in seen:
                raise SystemExit(f"{path}: {ident!r} {name!r} is listed twice")
            seen.add(key)
    return atoms


def main(root: pathlib.Path) -> None:
    term = root / "enigma" / "term"
    atoms = read_atoms(term / "atoms.txt")
    pxd = ['"""Generated from atoms.txt: the terms of the atoms with fixed indices."""', "cdef enum:"]
    pxd += [f"    AM_{ident} = {(i << 6) | 0x0B}" for i, (ident, _) in enumerate(atoms)]
    pxd.append(f"    KNOWN_ATOMS = {len(atoms)}")
    header = ["/* Generated from atoms.txt: names of the known atoms, in index order. */"]
    header.append("static const char *const en_known_atoms[] = {")
    header += [f'    "{name}",' for _, name in atoms]
    header.append("};")
    for path, lines in ((term / "am.pxd", pxd), (root / "include" / "enigma" / "atoms_generated.h", header)):
        text = "\n".join(lines) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
