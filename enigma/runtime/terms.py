"""Erlang's values that Python has no type for, as small immutable classes."""
from __future__ import annotations

TYPE_CHECKING = False       # typing's, which takes a while to import
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, ClassVar, NoReturn

_SHOWN = 200            # characters of a value in a message


def shown(value: object) -> str:
    """The value's repr for a message: cut when it is long, and whatever the value does."""
    if type(value) is int and value.bit_length() > 4 * _SHOWN:
        return f"<an int of {value.bit_length()} bits>"
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - too deep, too many digits, or a repr that fails: whatever it is
        return f"<a {type(value).__name__} whose repr fails: {type(error).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class _Value:
    """What the small classes share: nobody can change them, so they may be keys, and they can be pickled."""

    __slots__ = ()

    def __setattr__(self, key: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")

    def __delattr__(self, key: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")


class Atom(_Value):
    """An atom. `Atom("ok")` is always the same object; equal only to itself."""

    __slots__ = ("name",)
    name: str
    _interned: ClassVar[dict[str, Atom]] = {}

    def __new__(cls, name: str) -> Atom:  # noqa: PYI034 - typing.Self needs Python 3.11
        """Return the atom of that name (at most 255 characters)."""
        if isinstance(name, Atom):
            return name
        if not isinstance(name, str):
            raise TypeError(f"an atom's name is a str, not {name!r}")
        found = cls._interned.get(name)
        if found is None:
            if len(name) > 255:
                raise ValueError(f"an atom has at most 255 characters, not {len(name)}")
            name = str.__str__(name)
            try:
                name.encode("utf-8")
            except UnicodeEncodeError as error:
                raise ValueError(f"no atom is called {name!r}: {error.reason}") from None
            found = object.__new__(cls)
            object.__setattr__(found, "name", name)
            found = cls._interned.setdefault(name, found)
        return found

    def __repr__(self) -> str:
        return f"Atom({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(("enigma.Atom", self.name))

    def __reduce__(self) -> tuple[type[Atom], tuple[str]]:
        return (Atom, (self.name,))


class ImproperList(_Value):
    """A list whose last tail is not []: `ImproperList([1, 2], 3)` is `[1, 2 | 3]`."""

    __slots__ = ("items", "tail")
    items: tuple[Any, ...]
    tail: Any

    def __init__(self, items: Iterable[Any], tail: Any) -> None:
        """`items` has at least one element; `tail` is any value but a list."""
        object.__setattr__(self, "items", tuple(items))
        object.__setattr__(self, "tail", tail)
        if not self.items:
            raise ValueError("an improper list has at least one element before its tail")

    def __reduce__(self) -> tuple[type[ImproperList], tuple[Any, Any]]:
        return (ImproperList, (self.items, self.tail))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ImproperList):
            return NotImplemented
        return self.items == other.items and self.tail == other.tail

    def __hash__(self) -> int:
        return hash((self.items, self.tail))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"ImproperList({list(self.items)!r}, {self.tail!r})"


class Bitstring(_Value):
    """Bits that fill no whole number of bytes: `Bitstring(b"\\xa0", 3)` is `<<5:3>>`.

    `data` holds the bits from the most significant one on, the last byte padded with zeros.
    """

    __slots__ = ("bits", "data")
    data: bytes
    bits: int

    def __init__(self, data: bytes, bits: int) -> None:
        """Raise ValueError unless `data` is just long enough for `bits`."""
        data = bytes(data)
        if bits < 0 or len(data) != (bits + 7) // 8:
            raise ValueError(f"{bits} bits need {(max(bits, 0) + 7) // 8} bytes, not {len(data)}")
        unused = -bits % 8
        if unused:
            data = data[:-1] + bytes([data[-1] & (0xFF << unused) & 0xFF])
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "bits", bits)

    def __reduce__(self) -> tuple[type[Bitstring], tuple[bytes, int]]:
        return (Bitstring, (self.data, self.bits))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bitstring):
            return NotImplemented
        return self.bits == other.bits and self.data == other.data

    def __hash__(self) -> int:
        return hash((self.data, self.bits))

    def __len__(self) -> int:
        return self.bits

    def __repr__(self) -> str:
        return f"Bitstring({self.data!r}, {self.bits})"


class ListKey(tuple["Any", ...]):
    """A list as a map's key: a tuple's look, but Erlang's list. Equal to no plain tuple."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[ListKey], tuple[tuple[Any, ...]]]:
        return (ListKey, (tuple(self),))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ListKey):
            return tuple.__eq__(self, other)
        return isinstance(other, list) and list(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(("enigma.ListKey", tuple.__hash__(self)))

    def __repr__(self) -> str:
        return f"ListKey({list(self)!r})"


class MapKey(_Value):
    """A map as a map's key, frozen."""

    __slots__ = ("value",)
    value: dict[Any, Any]

    def __init__(self, value: dict[Any, Any]) -> None:
        object.__setattr__(self, "value", dict(value))

    def __reduce__(self) -> tuple[type[MapKey], tuple[dict[Any, Any]]]:
        return (MapKey, (self.value,))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MapKey):
            return self.value == other.value
        return isinstance(other, dict) and self.value == other

    def __hash__(self) -> int:
        return hash(frozenset(self.value))

    def __repr__(self) -> str:
        return f"MapKey({self.value!r})"


class NumberKey(_Value):
    """A float, or a truth value, as a map's key beside one that Python takes for equal (1, 1.0, True)."""

    __slots__ = ("value",)
    value: float | bool

    def __init__(self, value: float | bool) -> None:
        object.__setattr__(self, "value", value)

    def __reduce__(self) -> tuple[type[NumberKey], tuple[float | bool]]:
        return (NumberKey, (self.value,))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NumberKey) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def __repr__(self) -> str:
        return f"NumberKey({self.value!r})"


class ErlangError(Exception):
    """An Erlang exception that reached Python.

    `kind` is its class, "error", "exit" or "throw" (also `class_`); `reason` the term; `stacktrace` the list of
    (module, function, arity or arguments, location) tuples, empty for exits from elsewhere.
    """

    kind: str
    reason: Any
    stacktrace: list[Any]

    def __init__(self, kind: str, reason: Any, stacktrace: list[Any] | None = None, text: str | None = None) -> None:
        self.kind = kind
        self.reason = reason
        self.stacktrace = stacktrace if stacktrace is not None else []
        super().__init__(text or f"{kind}: {shown(reason)}")

    @property
    def class_(self) -> str:
        """The exception's class, as `kind`."""
        return self.kind

    def __reduce__(self) -> tuple[type[ErlangError], tuple[str, Any, list[Any], str]]:
        return (ErlangError, (self.kind, self.reason, self.stacktrace, str(self)))
