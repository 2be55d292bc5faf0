"""Makes the dispatch loop and the loader's tables from enigma/emulator/instructions/*.tab.

    python tools/geninstr.py ROOT            writes what has changed
    python tools/geninstr.py ROOT --stats    prints how many operations, forms, rules there are
    python tools/geninstr.py ROOT --docs     also writes docs/instructions.md

The format of the definitions is in docs/architecture.md, section Instructions. Outputs:

    include/enigma/instructions_generated.h   C labels: TARGET_<instruction>(), NEXT(), LABELS(t), EXIT() ...
    include/enigma/specialiser_generated.h    tables for enigma/code: operations, forms, fuse and BIF rules
    enigma/code/opcodes_generated.pxd         enumerations: I_<instruction>, G_<operation>
    enigma/emulator/targets_generated.pxd     declarations of the C labels
    enigma/emulator/dispatch.pyx              dispatch.pyx.in with its @INSTRUCTIONS@ filled in

ENIGMA_DISPATCH=switch writes the bodies as one if/elif chain, which Cython turns into a C switch, instead
of labels and computed goto. Every error names file and line.
"""
from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import re
import sys

KINDS = "xysdcianfulebFpv"
RESERVED = {"at", "length", "next", "jump", "next_at", "exit", "goto"}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
FIRST_REWRITTEN = 256           # generic numbers below are opcodes of the file format
BIF_ARGUMENTS = {"fail", "live", "bif", "a", "b", "c", "dst"}


class Bad(Exception):
    """An error in a definition, with its place."""


@dataclasses.dataclass
class Form:
    kinds: tuple[str, ...]
    body: list[tuple[int, str]]         # (line, text without the four columns)
    line: int
    number: int = 0
    name: str = ""


@dataclasses.dataclass
class Op:
    name: str
    operands: list[str]
    opcode: int | None
    file: str
    line: int
    doc: str = ""
    forms: list[Form] = dataclasses.field(default_factory=list)
    custom: bool = False
    number: int = 0


@dataclasses.dataclass
class Call:
    """One operation of a pattern or result: its name and its arguments as text."""
    name: str
    args: list[str]


@dataclasses.dataclass
class Fuse:
    pattern: list[Call]
    result: list[Call]
    guards: list[tuple[str, str, str]]
    where: str


@dataclasses.dataclass
class Bif:
    module: str
    function: str
    arity: int
    result: Call
    where: str


@dataclasses.dataclass
class Macro:
    params: list[str]
    body: list[tuple[int, str]]
    where: str


class Definitions:
    def __init__(self) -> None:
        self.ops: dict[str, Op] = {}
        self.fuses: list[Fuse] = []
        self.bifs: list[Bif] = []
        self.customs: list[tuple[str, str]] = []
        self.macros: dict[str, Macro] = {}
        self.opcodes: dict[int, tuple[str, int, bool]] = {}


def split_arguments(text: str) -> list[str]:
    """Splits at commas outside brackets and quotes."""
    parts: list[str] = []
    depth = 0
    quote = ""
    current = ""
    for c in text:
        if quote:
            current += c
            if c == quote:
                quote = ""
        elif c in "'\"":
            quote = c
            current += c
        elif c == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            depth += (c in "([{") - (c in ")]}")
            current += c
    if current.strip() or parts:
        parts.append(current.strip())
    return parts


def closing(text: str, start: int) -> int:
    """Index of the bracket that closes the one at `start`, or -1."""
    depth = 0
    quote = ""
    for i in range(start, len(text)):
        c = text[i]
        if quote:
            if c == quote:
                quote = ""
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                return i
    return -1


def read_opcodes(path: pathlib.Path) -> dict[int, tuple[str, int, bool]]:
    out = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split()
        if len(parts) not in (3, 4):
            raise Bad(f"{path}:{number}: expected: number name operands [refused]")
        out[int(parts[0])] = (parts[1], int(parts[2]), len(parts) == 4)
    return out


class Parser:
    def __init__(self, path: pathlib.Path, defs: Definitions) -> None:
        self.path = path
        self.defs = defs
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.at = 0

    def bad(self, message: str, line: int | None = None) -> Bad:
        return Bad(f"{self.path}:{line if line is not None else self.at}: {message}")

    def body(self) -> list[tuple[int, str]]:
        """The indented lines that follow; blank lines inside are kept out."""
        out: list[tuple[int, str]] = []
        while self.at < len(self.lines):
            text = self.lines[self.at]
            if not text.strip():
                ahead = self.at
                while ahead < len(self.lines) and not self.lines[ahead].strip():
                    ahead += 1
                if ahead == len(self.lines) or not self.lines[ahead].startswith("    "):
                    break
                self.at = ahead
                continue
            if not text.startswith("    "):
                if text[0] in " \t":
                    self.at += 1
                    raise self.bad("a body is indented by four spaces")
                break
            if "\t" in text:
                self.at += 1
                raise self.bad("tab character in a body")
            self.at += 1
            if not text.strip().startswith("#"):
                out.append((self.at, text[4:].rstrip()))
        return out

    def statement(self) -> str:
        """The line at `at`, joined with its continuations (a trailing `\\`, `|`, `,`, `=>` or a leading `|`, `=>`)."""
        text = self.strip_comment(self.lines[self.at])
        self.at += 1
        while self.at < len(self.lines):
            if text.endswith("\\"):
                text = text[:-1].rstrip()
            elif not text.endswith(("|", ",", "=>")):
                ahead = self.lines[self.at].strip()
                if not ahead.startswith(("|", "=>")):
                    break
            text += " " + self.strip_comment(self.lines[self.at]).strip()
            self.at += 1
        return text

    @staticmethod
    def strip_comment(text: str) -> str:
        quote = ""
        for i, c in enumerate(text):
            if quote:
                if c == quote:
                    quote = ""
            elif c in "'\"":
                quote = c
            elif c == "#" and (i == 0 or text[i - 1] in " \t"):
                return text[:i].rstrip()
        return text.rstrip()

    def parse(self) -> None:
        op: Op | None = None
        while self.at < len(self.lines):
            text = self.lines[self.at]
            if not text.strip() or text.startswith("#"):
                self.at += 1
                continue
            if text[0] in " \t":
                if op is not None and not op.operands and not op.forms:
                    line = self.at + 1
                    op.forms.append(Form((), self.body(), line))
                    continue
                self.at += 1
                raise self.bad("indented line outside a body")
            word = text.split("(")[0].split()[0]
            if text.startswith('"'):
                self.at += 1
                if op is None:
                    raise self.bad("a description outside an operation")
                end = text.rstrip()
                while not (end.endswith('"') and len(end) > 1) and self.at < len(self.lines):
                    end += " " + self.lines[self.at].strip()
                    self.at += 1
                op.doc = end.strip()[1:-1]
            elif word == "op":
                op = self.op()
            elif word == "forms":
                self.forms(op)
            elif word == "bif":
                op = None
                self.bif()
            elif word == "fuse":
                op = None
                self.fuse()
            elif word == "custom":
                op = None
                line = self.at + 1
                for name in self.statement().replace(",", " ").split()[1:]:
                    self.defs.customs.append((name, f"{self.path}:{line}"))
            elif word == "macro":
                op = None
                self.macro()
            else:
                self.at += 1
                raise self.bad(f"expected op, forms, bif, fuse, custom or macro, found {word!r}")

    def call(self, text: str) -> Call:
        text = text.strip()
        m = re.match(r"([A-Za-z_]\w*)\s*\(", text)
        if not m or closing(text, m.end() - 1) != len(text) - 1:
            raise self.bad(f"expected name(arguments), found {text!r}")
        args = split_arguments(text[m.end():-1])
        if any(not a for a in args):
            raise self.bad(f"empty argument in {text!r}")
        return Call(m.group(1), args)

    def calls(self, text: str) -> list[Call]:
        out = []
        text = text.strip()
        while text:
            m = re.match(r"([A-Za-z_]\w*)\s*\(", text)
            end = closing(text, m.end() - 1) if m else -1
            if end < 0:
                raise self.bad(f"expected name(arguments) at {text!r}")
            out.append(self.call(text[:end + 1]))
            text = text[end + 1:].strip()
        return out

    def op(self) -> Op:
        line = self.at + 1
        text = self.statement()[2:].strip()
        head, _, number = text.rpartition("=") if re.search(r"\)\s*=\s*\S+$", text) else (text, "", "")
        call = self.call(head or text)
        opcode = None
        if number.strip():
            if not number.strip().isdigit():
                raise self.bad(f"opcode {number.strip()!r} is no number", line)
            opcode = int(number)
        for name in call.args:
            if not NAME.match(name) or name in RESERVED:
                raise self.bad(f"{name!r} cannot name an operand", line)
        if len(set(call.args)) != len(call.args):
            raise self.bad("two operands of the same name", line)
        if call.name in self.defs.ops:
            other = self.defs.ops[call.name]
            raise self.bad(f"operation {call.name} is already defined at {other.file}:{other.line}", line)
        if opcode is not None:
            known = self.defs.opcodes.get(opcode)
            if known is None:
                raise self.bad(f"opcode {opcode} is not in opcodes.txt", line)
            if known[0] != call.name:
                raise self.bad(f"opcode {opcode} is {known[0]}, not {call.name}", line)
        op = Op(call.name, call.args, opcode, str(self.path), line)
        self.defs.ops[call.name] = op
        return op

    def forms(self, op: Op | None) -> None:
        line = self.at + 1
        if op is None:
            self.at += 1
            raise self.bad("forms outside an operation")
        text = self.statement()[5:].strip()
        # Directly following forms lines share the body of the last one.
        while self.at < len(self.lines) and self.lines[self.at].startswith("forms"):
            text += " | " + self.statement()[5:].strip()
        lists = []
        for part in text.split("|"):
            kinds = tuple(part.split()) if part.strip() not in ("-", "") else ()
            if len(kinds) != len(op.operands):
                raise self.bad(f"form {part.strip()!r} of {op.name} has {len(kinds)} kinds for {len(op.operands)} operands", line)
            for i, kind in enumerate(kinds):
                if len(kind) != 1 or kind not in KINDS:
                    raise self.bad(f"unknown operand kind {kind!r}", line)
                if kind == "v" and i != len(kinds) - 1:
                    raise self.bad("kind v is for the last operand only", line)
            lists.append(kinds)
        body = self.body()
        if not body:
            raise self.bad(f"forms of {op.name} have no body", line)
        for kinds in lists:
            if any(f.kinds == kinds for f in op.forms):
                raise self.bad(f"form {' '.join(kinds)!r} of {op.name} is there twice", line)
            op.forms.append(Form(kinds, body, line))

    def bif(self) -> None:
        line = self.at + 1
        text = self.statement()
        m = re.match(r"bif\s+(\w+):('[^']+'|\S+?)/(\d+)\s+as\s+(.+)$", text)
        if not m:
            raise self.bad("expected: bif module:function/arity as operation(arguments)", line)
        call = self.call(m.group(4))
        for a in call.args:
            if NAME.match(a) and a not in BIF_ARGUMENTS:
                raise self.bad(f"{a!r}: the arguments of a bif rule are {', '.join(sorted(BIF_ARGUMENTS))}", line)
        self.defs.bifs.append(Bif(m.group(1), m.group(2).strip("'"), int(m.group(3)), call, f"{self.path}:{line}"))

    def fuse(self) -> None:
        line = self.at + 1
        text = self.statement()[4:].strip()
        left, arrow, right = text.partition("=>")
        if not arrow:
            raise self.bad("expected: fuse operations => operations", line)
        guards = []
        m = re.search(r"\)\s+if\s+(.+)$", right)
        if m:
            for part in m.group(1).split(" and "):
                g = re.match(r"\s*(\w+)\s*(==|!=)\s*(\S+)\s*$", part)
                if not g:
                    raise self.bad(f"a guard is: name == argument or name != argument, found {part!r}", line)
                guards.append((g.group(1), g.group(2), g.group(3)))
            right = right[:m.start() + 1]
        self.defs.fuses.append(Fuse(self.calls(left), self.calls(right), guards, f"{self.path}:{line}"))

    def macro(self) -> None:
        line = self.at + 1
        call = self.call(self.statement()[5:].strip())
        if call.name in RESERVED or call.name in self.defs.macros:
            raise self.bad(f"macro {call.name} is already defined", line)
        body = self.body()
        if not body:
            raise self.bad(f"macro {call.name} has no body", line)
        self.defs.macros[call.name] = Macro(call.args, body, f"{self.path}:{line}")


def number_everything(defs: Definitions) -> list[tuple[Op, Form]]:
    """Gives operations and instructions their numbers; checks names."""
    next_number = FIRST_REWRITTEN
    instructions: list[tuple[Op, Form]] = []
    names: dict[str, Op] = {}
    by_opcode: dict[int, Op] = {}
    for name, where in defs.customs:
        if name not in defs.ops:
            raise Bad(f"{where}: custom {name}: no such operation")
        defs.ops[name].custom = True
    for op in defs.ops.values():
        where = f"{op.file}:{op.line}"
        if op.opcode is not None:
            if op.opcode in by_opcode:
                raise Bad(f"{where}: opcode {op.opcode} is already {by_opcode[op.opcode].name}")
            by_opcode[op.opcode] = op
            op.number = op.opcode
        else:
            op.number = next_number
            next_number += 1
        for form in op.forms:
            form.name = "_".join((op.name, *form.kinds))
            if form.name in names:
                raise Bad(f"{op.file}:{form.line}: two instructions would be called {form.name} (also from operation {names[form.name].name})")
            names[form.name] = op
            form.number = len(instructions) + 1     # 0 is no instruction
            instructions.append((op, form))
    return instructions


# --- bodies -----------------------------------------------------------------------------------------

def operand_text(kind: str, k: int, part: str) -> str:
    """The expression for operand word k."""
    word = f"ip[{k}]"
    if part == "raw":
        return word
    if part == "ref":
        if kind in "xsd":
            return f"(<Term*>(<char*>x + {word}))" if kind == "x" else f"operand_ref({word}, x, E)"
        if kind == "y":
            return f"(<Term*>(<char*>E + {word}))"
        raise Bad(f".ref of an operand of kind {kind}")
    return {
        "x": f"(<Term*>(<char*>x + {word}))[0]",
        "y": f"(<Term*>(<char*>E + {word}))[0]",
        "s": f"fetch_s({word}, x, E)",
        "d": f"operand_ref({word}, x, E)[0]",
        "c": word, "i": word, "a": word, "n": word, "u": word, "l": word,
        "f": f"(<word*>{word})",
        "e": f"(<Export*>{word})",
        "b": f"(<BifEntry*>{word})",
        "F": f"(<FunEntry*>{word})",
        "p": f"(<void*>{word})",
        "v": f"(ip + {k})",
    }[kind]


def form_length(form: Form) -> str:
    if form.kinds and form.kinds[-1] == "v":
        k = len(form.kinds)
        return f"({k + 1} + ip[{k}])"
    return str(1 + len(form.kinds))


def substitute(text: str, table: dict[str, str]) -> str:
    """Puts a macro's arguments in the place of its parameters."""
    return re.sub(r"\$([A-Za-z_]\w*)", lambda r: table.get(r.group(1), r.group(0)), text)


def expand_macros(defs: Definitions, body: list[tuple[int, str]], file: str, depth: int = 0) -> list[tuple[int, str]]:
    """Replaces lines that are a macro's use by its lines, indented likewise."""
    if depth > 20:
        raise Bad(f"{file}:{body[0][0]}: macros use each other in a circle")
    out: list[tuple[int, str]] = []
    for line, text in body:
        m = re.match(r"( *)\$([A-Za-z_]\w*)\s*\(", text)
        inline = re.match(r"( *)(.*:) *\$([A-Za-z_]\w*)\s*\(", text)
        if m is None and inline is not None and inline.group(3) in defs.macros:
            out.append((line, f"{inline.group(1)}{inline.group(2)}"))
            text = inline.group(1) + "    " + text[inline.end(2):].strip()
            m = re.match(r"( *)\$([A-Za-z_]\w*)\s*\(", text)
        if not m or m.group(2) not in defs.macros:
            out.append((line, text))
            continue
        macro = defs.macros[m.group(2)]
        end = closing(text, m.end() - 1)
        if end != len(text) - 1:
            raise Bad(f"{file}:{line}: a macro's use stands on a line of its own")
        args = split_arguments(text[m.end():end])
        if len(args) != len(macro.params):
            raise Bad(f"{file}:{line}: macro {m.group(2)} takes {len(macro.params)} arguments, not {len(args)}")
        table = dict(zip(macro.params, args, strict=True))
        lines = []
        for _, t in macro.body:
            lines.append((line, m.group(1) + substitute(t, table)))
        out += expand_macros(defs, lines, file, depth + 1)
    return out


def expand(op: Op, form: Form, line: int, text: str, gotos: set[str]) -> str:
    """One body line with every $ replaced."""
    out = ""
    i = 0
    pattern = re.compile(r"\$([A-Za-z_]\w*)(?:\.(raw|ref)\b)?")
    while True:
        m = pattern.search(text, i)
        if not m:
            rest = text[i:]
            if "$" in rest:
                raise Bad(f"{op.file}:{line}: stray $ in {text.strip()!r}")
            return out + rest
        out += text[i:m.start()]
        i = m.end()
        name, part = m.group(1), m.group(2) or ""
        if name in op.operands:
            k = op.operands.index(name)
            try:
                out += operand_text(form.kinds[k], k + 1, part)
            except Bad as e:
                raise Bad(f"{op.file}:{line}: {e}") from None
        elif name == "at":
            fixed = len(form.kinds) - (1 if form.kinds and form.kinds[-1] == "v" else 0)
            out += f"(ip + {fixed + 1})"
        elif name == "length":
            out += form_length(form)
        elif name == "next" and not text.startswith("_at", i):
            out += f"ip += {form_length(form)}; NEXT()"
        elif name in ("jump", "next_at", "exit", "goto"):
            if i >= len(text) or text[i] != "(":
                raise Bad(f"{op.file}:{line}: ${name} needs an argument in brackets")
            end = closing(text, i)
            if end < 0:
                raise Bad(f"{op.file}:{line}: unbalanced brackets after ${name}")
            inner = text[i + 1:end].strip()
            i = end + 1
            if name == "goto":
                if not NAME.match(inner):
                    raise Bad(f"{op.file}:{line}: $goto takes the name of a label")
                gotos.add(inner)
                out += f"GOTO_{inner}()"
                continue
            inner = expand(op, form, line, inner, gotos)
            out += f"result = {inner}; EXIT()" if name == "exit" else f"ip = <word*>({inner}); NEXT()"
        else:
            raise Bad(f"{op.file}:{line}: ${name} is no operand of {op.name}, no macro, and nothing known")


def ends_away(lines: list[str]) -> bool:
    last = lines[-1]
    return not last.startswith(" ") and bool(re.search(r"(NEXT|NEXT_W|EXIT|GOTO_\w+)\(\)$", last)) and ":" not in last.split(";")[0]


def instruction_lines(defs: Definitions, op: Op, form: Form, gotos: set[str]) -> list[str]:
    body = expand_macros(defs, form.body, op.file)
    lines = [expand(op, form, line, text, gotos) for line, text in body]
    if not lines or not ends_away(lines):
        lines.append(f"ip += {form_length(form)}; NEXT()")
    return lines


def dispatch_source(defs: Definitions, instructions: list[tuple[Op, Form]], template: pathlib.Path, switch: bool) -> tuple[str, set[str], set[str]]:
    """The filled template, labels that bodies go to, and labels the template places."""
    gotos: set[str] = set()
    out = [f'# Generated by tools/geninstr.py from {template.name} and instructions/*.tab: do not edit.']
    placed: set[str] = set()
    filled = False
    for line in template.read_text(encoding="utf-8").splitlines():
        stripped = line.strip()
        indent = line[:len(line) - len(line.lstrip())]
        m = re.match(r"@LABEL (\w+)@$", stripped)
        if stripped == "@INSTRUCTIONS@":
            filled = True
            if switch:
                out.append(f"{indent}DISPATCH()")
                out.append(f"{indent}op = <int>ip[0]")
                out.append(f"{indent}DISPATCH_OP()")
            for i, (op, form) in enumerate(instructions):
                lines = instruction_lines(defs, op, form, gotos)
                if switch:
                    out.append(f"{indent}{'el' if i else ''}if op == {form.number}:    # {form.name}")
                    out += [f"{indent}    {text}" for text in lines]
                else:
                    out.append(f"{indent}TARGET_{form.name}()")
                    out += [f"{indent}{text}" for text in lines]
        elif stripped == "@EXTERNS@":
            out.append(f"{indent}from enigma.emulator.targets_generated cimport *")
        elif m:
            placed.add(m.group(1))
            out.append(f"{indent}LABEL_{m.group(1)}()")
        else:
            for name in re.findall(r"\bGOTO_(\w+)\(\)", line):
                gotos.add(name)
            for name in re.findall(r"\bLABEL_(\w+)\(\)", line):
                placed.add(name)
            for name in re.findall(r"\$goto\((\w+)\)", line):
                gotos.add(name)
            line = re.sub(r"\$goto\((\w+)\)", r"GOTO_\1()", line)
            out.append(line)
    if not filled:
        raise Bad(f"{template}: there is no line @INSTRUCTIONS@")
    missing = sorted(gotos - placed)
    if missing:
        raise Bad(f"{template}: bodies go to labels that are not placed (@LABEL name@): {', '.join(missing)}")
    return "\n".join(out) + "\n", gotos, placed


# --- tables -------------------------------------------------------------------------------------------

def c_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class RuleTables:
    """Fuse and BIF rules as flat C arrays.

    An argument is {how, value, extra text}: a variable (number in the rule), any, or a constant.
    """

    def __init__(self, defs: Definitions) -> None:
        self.defs = defs
        self.args: list[str] = []

    def argument(self, text: str, variables: dict[str, int], binding: bool, where: str) -> str:
        kinds = ""
        m = re.match(r"([A-Za-z_]\w*|-?\d+)\s*:\s*([A-Za-z]+)$", text)
        if m:
            text, kinds = m.group(1), m.group(2)
            bad = set(kinds) - set("xyciaunfl") - set("s")
            if bad:
                raise Bad(f"{where}: kind {''.join(sorted(bad))!r} cannot stand in a pattern")
        tail = c_string(kinds)
        if text == "_":
            if not binding:
                raise Bad(f"{where}: _ in a result")
            return f"{{ENR_ANY, 0, 0, 0, {tail}}}"
        if NAME.match(text):
            if text not in variables:
                if not binding:
                    raise Bad(f"{where}: {text} is not bound by the pattern")
                if len(variables) >= 32:
                    raise Bad(f"{where}: more than 32 names in a rule")
                variables[text] = len(variables)
            return f"{{ENR_VARIABLE, {variables[text]}, 0, 0, {tail}}}"
        if re.match(r"-?\d+$", text):
            return f"{{ENR_NUMBER, {text}, 0, 0, {tail}}}"
        if text == "[]":
            return f"{{ENR_NIL, 0, 0, 0, {tail}}}"
        m = re.match(r"'([^']*)'$", text)
        if m:
            return f"{{ENR_ATOM, 0, {c_string(m.group(1))}, 0, {tail}}}"
        m = re.match(r"([xy])\((\d+)\)$", text)
        if m:
            return f"{{ENR_{m.group(1).upper()}, {m.group(2)}, 0, 0, {tail}}}"
        m = re.match(r"(\w+):('[^']+'|[^\s/]+)/(\d+)$", text)
        if m:
            return f"{{ENR_IMPORT, {m.group(3)}, {c_string(m.group(1))}, {c_string(m.group(2).strip(chr(39)))}, {tail}}}"
        raise Bad(f"{where}: cannot read the argument {text!r}")

    def call(self, call: Call, variables: dict[str, int], binding: bool, where: str) -> str:
        op = self.defs.ops.get(call.name)
        if op is None:
            raise Bad(f"{where}: no operation {call.name}")
        if len(call.args) != len(op.operands):
            raise Bad(f"{where}: {call.name} has {len(op.operands)} operands, not {len(call.args)}")
        first = len(self.args)
        self.args += [self.argument(a, variables, binding, where) for a in call.args]
        return f"{{{op.number}, {len(call.args)}, {first}}}"


def specialiser_header(defs: Definitions, instructions: list[tuple[Op, Form]]) -> str:
    ops = sorted(defs.ops.values(), key=lambda o: o.number)
    top = max([FIRST_REWRITTEN] + [o.number + 1 for o in ops])
    by_number = {o.number: o for o in ops}
    out = ["/* Generated by tools/geninstr.py: what enigma/code works by. */",
           "#ifndef ENIGMA_SPECIALISER_GENERATED_H", "#define ENIGMA_SPECIALISER_GENERATED_H", "#include <stdint.h>", "",
           "typedef struct { const char *name; uint16_t form_first, form_count; uint8_t operands, custom, defined; } en_op_info;",
           "typedef struct { const char *kinds; uint16_t instruction; uint8_t count; } en_form_info;",
           "typedef struct { const char *name; const char *kinds; uint16_t op; } en_instruction_info;",
           "typedef struct { const char *name; uint8_t arity, known, refused; } en_opcode_info;",
           "enum { ENR_VARIABLE, ENR_ANY, ENR_NUMBER, ENR_NIL, ENR_ATOM, ENR_X, ENR_Y, ENR_IMPORT };",
           "typedef struct { int how; int64_t value; const char *text, *text2, *kinds; } en_rule_arg;",
           "typedef struct { uint16_t op; uint16_t count; uint32_t first_arg; } en_rule_call;",
           "typedef struct { uint32_t first_call; uint8_t pattern, result, variables, guards; uint32_t first_guard; } en_fuse_rule;",
           "typedef struct { uint8_t left, equal; en_rule_arg right; } en_rule_guard;",
           "typedef struct { const char *module, *name; uint8_t arity; en_rule_call result; } en_bif_rule;",
           "typedef struct { uint16_t first, count; } en_fuse_range;", ""]
    opcode_top = max(defs.opcodes) + 1
    out.append(f"#define EN_OPCODE_COUNT {opcode_top}")
    out.append("static const en_opcode_info en_opcodes[EN_OPCODE_COUNT] = {")
    for n in range(opcode_top):
        if n in defs.opcodes:
            name, arity, refused = defs.opcodes[n]
            out.append(f"    {{{c_string(name)}, {arity}, 1, {int(refused)}}},")
        else:
            out.append("    {0, 0, 0, 0},")
    out.append("};")
    form_first: dict[int, int] = {}
    forms: list[str] = []
    for op in ops:
        form_first[op.number] = len(forms)
        forms += [f"    {{{c_string(''.join(f.kinds))}, {f.number}, {len(f.kinds)}}}," for f in op.forms]
    out.append(f"#define EN_OP_COUNT {top}")
    out.append("static const en_op_info en_ops[EN_OP_COUNT] = {")
    for n in range(top):
        if n in by_number:
            op = by_number[n]
            out.append(f"    {{{c_string(op.name)}, {form_first[n]}, {len(op.forms)}, {len(op.operands)}, {int(op.custom)}, 1}},")
        else:
            out.append("    {0, 0, 0, 0, 0, 0},")
    out.append("};")
    out.append(f"#define EN_FORM_COUNT {len(forms)}")
    out.append(f"static const en_form_info en_forms[{max(1, len(forms))}] = {{")
    out += forms or ["    {0, 0, 0}"]
    out.append("};")
    out.append(f"#define EN_INSTRUCTION_COUNT {len(instructions) + 1}")
    out.append("static const en_instruction_info en_instructions[EN_INSTRUCTION_COUNT] = {")
    out.append('    {"none", "", 0},')
    out += [f"    {{{c_string(form.name)}, {c_string(''.join(form.kinds))}, {op.number}}}," for op, form in instructions]
    out.append("};")
    rules = RuleTables(defs)
    calls: list[str] = []
    fuses: list[tuple[int, str]] = []
    guards: list[str] = []
    for fuse in defs.fuses:
        variables: dict[str, int] = {}
        first = len(calls)
        first_guard = len(guards)
        for call in fuse.pattern:
            calls.append(rules.call(call, variables, True, fuse.where))
        for left, test, right in fuse.guards:
            if left not in variables:
                raise Bad(f"{fuse.where}: {left} is not bound by the pattern")
            guards.append(f"    {{{variables[left]}, {int(test == '==')}, {rules.argument(right, variables, False, fuse.where)}}},")
        bound = len(variables)
        for call in fuse.result:
            calls.append(rules.call(call, variables, False, fuse.where))
        if not fuse.pattern:
            raise Bad(f"{fuse.where}: a rule without a pattern")
        head = defs.ops[fuse.pattern[0].name].number
        fuses.append((head, f"    {{{first}, {len(fuse.pattern)}, {len(fuse.result)}, {bound}, {len(guards) - first_guard}, {first_guard}}},"))
    fuses.sort(key=lambda f: f[0])          # stable: the order of the definitions within one head
    bifs = []
    for bif in defs.bifs:
        variables = {name: i for i, name in enumerate(["fail", "live", "bif", "a", "b", "c", "dst"])}
        result = rules.call(bif.result, variables, False, bif.where)
        bifs.append(f"    {{{c_string(bif.module)}, {c_string(bif.function)}, {bif.arity}, {result}}},")
    starts = {}
    for i, (head, _) in enumerate(fuses):
        starts.setdefault(head, [i, 0])[1] += 1
    out.append("enum { ENB_FAIL, ENB_LIVE, ENB_BIF, ENB_A, ENB_B, ENB_C, ENB_DST, ENB_COUNT };")
    out.append(f"#define EN_RULE_ARG_COUNT {len(rules.args)}")
    out.append(f"static const en_rule_arg en_rule_args[{max(1, len(rules.args))}] = {{")
    out += [f"    {a}," for a in rules.args] or ["    {0, 0, 0, 0, 0}"]
    out.append("};")
    out.append(f"static const en_rule_call en_rule_calls[{max(1, len(calls))}] = {{")
    out += [f"    {c}," for c in calls] or ["    {0, 0, 0}"]
    out.append("};")
    out.append(f"static const en_rule_guard en_rule_guards[{max(1, len(guards))}] = {{")
    out += guards or ["    {0, 0, {0, 0, 0, 0, 0}}"]
    out.append("};")
    out.append(f"#define EN_FUSE_COUNT {len(fuses)}")
    out.append(f"static const en_fuse_rule en_fuses[{max(1, len(fuses))}] = {{")
    out += [f[1] for f in fuses] or ["    {0, 0, 0, 0, 0, 0}"]
    out.append("};")
    out.append("/* first rule and number of rules by the operation that a pattern begins with */")
    out.append("static const en_fuse_range en_fuse_index[EN_OP_COUNT] = {")
    out += [f"    {{{starts.get(n, [0, 0])[0]}, {starts.get(n, [0, 0])[1]}}}," for n in range(top)]
    out.append("};")
    out.append(f"#define EN_BIF_RULE_COUNT {len(bifs)}")
    out.append(f"static const en_bif_rule en_bif_rules[{max(1, len(bifs))}] = {{")
    out += bifs or ["    {0, 0, 0, {0, 0, 0}}"]
    out.append("};")
    out.append("#endif")
    return "\n".join(out) + "\n"


def labels_header(instructions: list[tuple[Op, Form]], labels: set[str], switch: bool) -> str:
    out = ["/* Generated by tools/geninstr.py: the labels of the dispatch loop, as macros that Cython calls. */",
           "#ifndef ENIGMA_INSTRUCTIONS_GENERATED_H", "#define ENIGMA_INSTRUCTIONS_GENERATED_H", "#include <stdint.h>", ""]
    count = len(instructions) + 1
    out.append(f"#define EN_LABEL_COUNT {count}")
    if switch:
        out += ["#define DISPATCH() L_en_dispatch:;",
                "#define NEXT() goto L_en_dispatch",
                "#define DISPATCH_OP() L_en_dispatch_op:;",
                "#define NEXT_W() do { __pyx_v_op = (int)__pyx_v_w; goto L_en_dispatch_op; } while (0)",
                ("#define LABELS(t) do { if (t) { int en_i; for (en_i = 0; en_i < EN_LABEL_COUNT; en_i++) "
                 "((uint64_t *)(t))[en_i] = (uint64_t)en_i; return 0; } } while (0)")]
    else:
        out += [f"#define TARGET_{form.name}() L_en_{form.name}:;" for _, form in instructions]
        out += ["#define NEXT() goto *(void *)(uintptr_t)(__pyx_v_ip[0])",
                "#define NEXT_W() goto *(void *)(uintptr_t)(__pyx_v_w)",
                "#define LABELS(t) do { if (t) { static void *const en_l[] = { (void *)0, \\"]
        out += [f"    &&L_en_{form.name}, \\" for _, form in instructions]
        out.append("    }; int en_i; for (en_i = 0; en_i < EN_LABEL_COUNT; en_i++) "
                   "((uint64_t *)(t))[en_i] = (uint64_t)(uintptr_t)en_l[en_i]; return 0; } } while (0)")
    out += ["#define EXIT() goto L_en_exit", "#define EXIT_LABEL() L_en_exit:;"]
    for name in sorted(labels):
        out += [f"#define GOTO_{name}() goto L_en_shared_{name}", f"#define LABEL_{name}() L_en_shared_{name}:;"]
    out.append("#endif")
    return "\n".join(out) + "\n"


def targets_pxd(instructions: list[tuple[Op, Form]], labels: set[str], switch: bool) -> str:
    out = ['"""Generated by tools/geninstr.py: the C labels of the dispatch loop as Cython sees them."""',
           "from enigma.term.pack cimport word", "", 'cdef extern from "enigma/instructions_generated.h" nogil:',
           "    enum:", "        EN_LABEL_COUNT", "    void NEXT() noexcept", "    void NEXT_W() noexcept", "    void EXIT() noexcept", "    void EXIT_LABEL() noexcept",
           "    void LABELS(word* table) noexcept"]
    if switch:
        out += ["    void DISPATCH() noexcept", "    void DISPATCH_OP() noexcept"]
    else:
        out += [f"    void TARGET_{form.name}() noexcept" for _, form in instructions]
    for name in sorted(labels):
        out += [f"    void GOTO_{name}() noexcept", f"    void LABEL_{name}() noexcept"]
    return "\n".join(out) + "\n"


def opcodes_pxd(defs: Definitions, instructions: list[tuple[Op, Form]], tables: str) -> str:
    # The digest makes this file change with the C tables, so that the build sees who depends on them.
    out = ['"""Generated by tools/geninstr.py: numbers of instructions (I_) and generic operations (G_)."""',
           f"# tables {hashlib.sha256(tables.encode()).hexdigest()[:16]}",
           "cdef enum:", f"    INSTRUCTION_COUNT = {len(instructions) + 1}"]
    out += [f"    I_{form.name} = {form.number}" for _, form in instructions]
    out.append("cdef enum:")
    names = {f"G_{name}": n for n, (name, _, _) in defs.opcodes.items()}
    for op in defs.ops.values():
        names[f"G_{op.name}"] = op.number
    out += [f"    {name} = {n}" for name, n in names.items()]
    return "\n".join(out) + "\n"


def docs_page(defs: Definitions, instructions: list[tuple[Op, Form]]) -> str:
    out = ["# Instructions", "",
           "Made by `python tools/geninstr.py . --docs` from `enigma/emulator/instructions/*.tab`.", "",
           "| operation | opcode | meaning | forms |", "|---|---|---|---|"]
    for op in sorted(defs.ops.values(), key=lambda o: o.number):
        forms = ", ".join("`" + " ".join(f.kinds) + "`" for f in op.forms if f.kinds)
        doc = op.doc.replace("|", "\\|")
        out.append(f"| `{op.name}({', '.join(op.operands)})` | {op.opcode if op.opcode is not None else ''} | {doc} | {forms} |")
    return "\n".join(out) + "\n"


def write(path: pathlib.Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + f".{os.getpid()}.tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)


def main(argv: list[str]) -> int:
    options = {a for a in argv if a.startswith("--")}
    rest = [a for a in argv if not a.startswith("--")]
    root = pathlib.Path(rest[0] if rest else ".")
    switch = os.environ.get("ENIGMA_DISPATCH") == "switch"
    defs = Definitions()
    emulator = root / "enigma" / "emulator"
    try:
        defs.opcodes = read_opcodes(root / "enigma" / "code" / "opcodes.txt")
        for path in sorted((emulator / "instructions").glob("*.tab")):
            Parser(path, defs).parse()
        for op in defs.ops.values():
            if op.opcode is not None and defs.opcodes[op.opcode][1] != len(op.operands) and not op.custom \
                    and op.name not in {n for n, _ in defs.customs} and op.name != "func_info":
                # A trailing list is one operand of the format, so counts agree except for prepared operations.
                raise Bad(f"{op.file}:{op.line}: {op.name} has {defs.opcodes[op.opcode][1]} operands in the file format, not {len(op.operands)}")
        instructions = number_everything(defs)
        labels: set[str] = set()
        template = emulator / "dispatch.pyx.in"
        if template.exists():
            text, gotos, placed = dispatch_source(defs, instructions, template, switch)
            labels = gotos | placed
            write(emulator / "dispatch.pyx", text)
        else:
            for op, form in instructions:
                instruction_lines(defs, op, form, labels)
        include = root / "include" / "enigma"
        tables = specialiser_header(defs, instructions)
        write(include / "specialiser_generated.h", tables)
        write(include / "instructions_generated.h", labels_header(instructions, labels, switch))
        write(emulator / "targets_generated.pxd", targets_pxd(instructions, labels, switch))
        write(root / "enigma" / "code" / "opcodes_generated.pxd", opcodes_pxd(defs, instructions, tables))
        if "--docs" in options:
            write(root / "docs" / "instructions.md", docs_page(defs, instructions))
    except Bad as e:
        print(f"geninstr: {e}", file=sys.stderr)
        # A partial build that needs no new loop goes on with the tables of the last good definitions.
        only = os.environ.get("ENIGMA_ONLY", "")
        return 0 if only and "enigma.emulator.dispatch" not in only.split(",") else 1
    if "--stats" in options:
        live = {n for n, (_, _, refused) in defs.opcodes.items() if not refused}
        have = {op.opcode for op in defs.ops.values() if op.opcode is not None}
        print(f"operations {len(defs.ops)}, of the file format {len(have)} of {len(live)}; instructions {len(instructions)}; "
              f"fuse rules {len(defs.fuses)}, bif rules {len(defs.bifs)}, macros {len(defs.macros)}")
        # label, line and the like are the loader's own.
        handled = {"label", "line", "nif_start", "executable_line", "debug_line"}
        missing = sorted(n for n in live - have if defs.opcodes[n][0] not in handled)
        if missing:
            print("not defined: " + ", ".join(defs.opcodes[n][0] for n in missing))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
