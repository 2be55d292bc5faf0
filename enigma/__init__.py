"""Enigma: an Erlang virtual machine in a Python process.

    >>> import enigma
    >>> with enigma.VM() as vm:
    ...     vm.call("lists", "reverse", [1, 2, 3])
    [3, 2, 1]

`python -m enigma` is the command line.
"""
from __future__ import annotations

TYPE_CHECKING = False       # typing's, which takes a while to import
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"
__all__ = [
    "VM",
    "Atom",
    "Bitstring",
    "ErlangError",
    "Fun",
    "ImproperList",
    "ListKey",
    "MapKey",
    "NumberKey",
    "Pid",
    "Port",
    "Ref",
    "__version__",
]

_VALUES = ("Atom", "Bitstring", "ErlangError", "ImproperList", "ListKey", "MapKey", "NumberKey")
_IDENTIFIERS = ("Fun", "Pid", "Port", "Ref")


def __getattr__(name: str) -> Any:
    """Imports the face only when it is used: the command line starts faster without it."""
    if name in _VALUES:
        from enigma.runtime import terms

        return getattr(terms, name)
    if name in _IDENTIFIERS:
        import importlib

        return getattr(importlib.import_module("enigma.runtime.convert"), name)
    if name == "VM":
        from enigma.api.vm import VM

        return VM
    raise AttributeError(f"module 'enigma' has no attribute {name!r}")
