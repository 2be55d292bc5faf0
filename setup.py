"""Builds the extension modules: every enigma/**/*.pyx is one, found by looking.

What a module links with stands in its own `# distutils:` header. ENIGMA_ONLY=mod,mod builds just those;
ENIGMA_DEBUG=1 turns all of Cython's checks on; ENIGMA_SANITIZE=address,undefined adds sanitizers.
"""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = pathlib.Path(__file__).parent.resolve()
os.chdir(ROOT)
DEBUG = os.environ.get("ENIGMA_DEBUG") == "1"
SANITIZE = os.environ.get("ENIGMA_SANITIZE", "")
ONLY = {m for m in os.environ.get("ENIGMA_ONLY", "").split(",") if m}

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "nonecheck": DEBUG,
    "embedsignature": False,
    "auto_pickle": False,
    "binding": False,
    "freethreading_compatible": True,
}


def generate() -> None:
    """Writes the generated sources: known atoms and the instruction tables."""
    for tool in ("genatoms.py", "geninstr.py"):
        path = ROOT / "tools" / tool
        if path.exists():
            subprocess.run([sys.executable, str(path), str(ROOT)], check=True)


def extensions() -> list[Extension]:
    """One Extension for each .pyx."""
    cflags = ["-O2", "-g1", "-fwrapv", "-fno-strict-aliasing", "-Wno-unused-function", "-Wno-sign-compare", "-Wno-cpp"]
    ldflags: list[str] = []
    if SANITIZE:
        cflags += [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-O1"]
        ldflags += [f"-fsanitize={SANITIZE}"]
    found = []
    for path in sorted(ROOT.glob("enigma/**/*.pyx")):
        relative = path.relative_to(ROOT)
        name = ".".join(relative.with_suffix("").parts)
        if ONLY and name not in ONLY:
            continue
        found.append(
            Extension(
                name,
                [str(relative)],
                include_dirs=["include"],
                extra_compile_args=list(cflags),
                extra_link_args=list(ldflags),
                define_macros=[("CYTHON_TRACE", "0")],
            )
        )
    return found


if __name__ == "__main__":
    if {"egg_info", "dist_info", "sdist"} & set(sys.argv):
        modules = extensions()       # what only describes or packs the sources needs nothing generated
    else:
        generate()
        modules = cythonize(
            extensions(),
            compiler_directives=DIRECTIVES,
            nthreads=0 if ONLY else int(os.environ.get("ENIGMA_JOBS", "2")),
            cache=os.environ.get("ENIGMA_CYTHON_CACHE") or False,
            show_all_warnings=False,
            quiet=True,
        )
    setup(ext_modules=modules)
