"""Random edits of a project: some that may change what it computes, and some that cannot."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from random_projects import RandomProject

Definition = ast.FunctionDef | ast.AsyncFunctionDef
ADDED = "further"
"""Name of the step that an edit adds."""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Gt: (">", "<="),
    ast.LtE: ("<=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.And: ("and", "or"),
}


@dataclass(frozen=True)
class Edit:
    """An edit as three choices: its kind, the file it is made in, and the place there."""

    kind: str
    file: int
    place: int


def edited(project: RandomProject, edit: Edit) -> RandomProject | None:
    """The project after an edit; None where there is nothing in the file to edit so."""
    kind = {**MEANINGFUL, **HARMLESS}[edit.kind]
    return kind(project, edit)


def is_harmless(edit: Edit) -> bool:
    """Whether an edit cannot change what any step computes."""
    return edit.kind in HARMLESS


# --- pieces of text


class Text:
    """The text of a module, to be changed at the places of nodes of its tree."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = ast.parse(source)
        self.lines = source.split("\n")
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, (ast.expr, ast.stmt, ast.alias))
        end = self.at(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self.at(node.lineno, node.col_offset), end

    def replaced(self, start: int, end: int, new: str) -> str:
        return self.source[:start] + new + self.source[end:]

    def with_node(self, node: ast.AST, new: str) -> str:
        return self.replaced(*self.span(node), new)

    def inserted(self, line: int, *new: str) -> str:
        """The text with lines put in before a line, counted from 1, with its indentation."""
        found = self.lines[line - 1] if line <= len(self.lines) else ""
        indent = found[: len(found) - len(found.lstrip())]
        added = [indent + text for text in new]
        return "\n".join([*self.lines[: line - 1], *added, *self.lines[line - 1 :]])


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])


def _docstrings(tree: ast.Module) -> set[int]:
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _in_formatted_text(tree: ast.Module) -> set[int]:
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return {id(child) for text in texts for child in ast.walk(text)}


Candidates = Callable[[Text], Iterator[str]]


def _in_one_file(candidates: Candidates, *, needs_unused: bool = False) -> Kind:
    """An edit that is one of the texts which a module may become."""

    def make(project: RandomProject, edit: Edit) -> RandomProject | None:
        if needs_unused and project.whole:
            return None
        files = sorted(project.files)
        turn = edit.file % len(files)
        for file in (*files[turn:], *files[:turn]):
            found = list(candidates(Text(project.files[file])))
            if found:
                text = found[edit.place % len(found)]
                ast.parse(text)
                return replace(project, files={**project.files, file: text})
        return None

    return make


# --- edits that may matter


def _constants(text: Text) -> Iterator[str]:
    skipped = _docstrings(text.tree) | _in_formatted_text(text.tree)
    for node in ast.walk(text.tree):
        if not isinstance(node, ast.Constant) or id(node) in skipped:
            continue
        if type(node.value) is int:
            yield text.with_node(node, str(node.value + 1))
        elif type(node.value) is str and not node.value.isidentifier():
            yield text.with_node(node, repr(node.value + " "))
        elif type(node.value) is str:
            yield text.with_node(node, repr(node.value + "_"))


def _types(text: Text) -> Iterator[str]:
    skipped = _in_formatted_text(text.tree)
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Constant) and type(node.value) is int and id(node) not in skipped:
            for new in (repr(float(node.value)), "True" if node.value == 1 else f"-{node.value}"):
                yield text.with_node(node, new)


def _operators(text: Text) -> Iterator[str]:
    skipped = _in_formatted_text(text.tree)
    for node in ast.walk(text.tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.BinOp):
            left, right, operator = node.left, node.right, type(node.op)
        elif isinstance(node, ast.Compare):
            left, right, operator = node.left, node.comparators[0], type(node.ops[0])
        elif isinstance(node, ast.BoolOp):
            left, right, operator = node.values[0], node.values[1], type(node.op)
        else:
            continue
        if operator not in OPERATORS:
            continue
        start, end = text.span(left)[1], text.span(right)[0]
        old, new = OPERATORS[operator]
        yield text.replaced(start, end, text.source[start:end].replace(old, new))


def _statements(text: Text) -> Iterator[str]:
    """Drops a statement outside of the pipeline."""
    for node in ast.walk(text.tree):
        if isinstance(node, DEFINITIONS) and node.name == "p":
            node.body = []
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return)):
            yield text.with_node(node, "pass")


def _decorators(text: Text) -> Iterator[str]:
    """Drops a decorator other than a step's or a pipeline's."""
    for node in ast.walk(text.tree):
        for decorator in getattr(node, "decorator_list", ()):
            if ast.unparse(decorator) not in ("step", "pipeline"):
                lines = [*text.lines]
                del lines[decorator.lineno - 1 : decorator.end_lineno]
                yield "\n".join(lines)


def _bases(text: Text) -> Iterator[str]:
    """Drops the first base of a class, or moves it to the end."""
    for node in ast.walk(text.tree):
        if isinstance(node, ast.ClassDef) and node.bases:
            first, *others = map(ast.unparse, node.bases)
            start, end = text.span(node.bases[0])[0], text.span(node.bases[-1])[1]
            yield text.replaced(start, end, ", ".join([*others, first] if others else ["object"]))


def _targets(text: Text) -> Iterator[str]:
    """Imports another name of the same module, under the name of the one before."""
    for node in ast.walk(text.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                number = alias.name.removeprefix("u")
                if number.isdecimal():
                    for other in {max(0, int(number) - 1), int(number) + 1} - {int(number)}:
                        new = f"u{other} as {alias.asname or alias.name}"
                        yield text.with_node(alias, new)


def _bound_again(text: Text) -> Iterator[str]:
    """Binds a name of the module again at its end."""
    for node in text.tree.body:
        if isinstance(node, (*DEFINITIONS, ast.ClassDef)) and re.fullmatch(r"u\d+", node.name):
            if any(ast.unparse(item) == "step" for item in node.decorator_list):
                continue
            yield f"{text.source}\n\ndef {node.name}(*args, **kwargs):\n    return 7\n"
            wrapped = f"(lambda old: lambda x: old(x) + 1)({node.name})"
            yield f"{text.source}\n\n{node.name} = {wrapped}\n"
            yield f"{text.source}\n\n{node.name}.rate = 5\n{node.name}.fit = lambda *args: 3\n"


def _hidden_builtins(text: Text) -> Iterator[str]:
    """Defines a function of the name of a builtin that the module uses."""
    names = {node.id for node in ast.walk(text.tree) if isinstance(node, ast.Name)}
    for name in sorted(names & {"sum", "len", "range", "max", "sorted", "getattr", "int", "vars"}):
        yield f"{text.source}\n\ndef {name}(*args, **kwargs):\n    return 2\n"


def _overrides(text: Text) -> Iterator[str]:
    """Gives a class a method or attribute that one of its bases has, or that is looked for."""
    for node in ast.walk(text.tree):
        if isinstance(node, ast.ClassDef):
            line = node.body[0].lineno
            line = _first_line(node.body[0])
            for new in (
                "def fit(self, x): return x + 100",
                "def __getattribute__(self, name): return lambda *args: 5",
                "rate = size = base = plus = 6",
                "def __init__(self, *args, **kwargs): self.x = self.a = self.by = 1",
                "def __eq__(self, other): return True",
            ):
                yield text.inserted(line, new)


def _defaults(text: Text) -> Iterator[str]:
    """Gives a parameter without a default one, or an argument another one before it."""
    for node in ast.walk(text.tree):
        if isinstance(node, DEFINITIONS) and node.body:
            names = [argument.arg for argument in node.args.args]
            if names and names[-1] in ("x", "cls", "value"):
                line = _first_line(node.body[0])
                if line > node.lineno and names[-1] == "x":
                    yield text.inserted(line, "x = x + 1")


def _an_absent_module(project: RandomProject, edit: Edit) -> RandomProject | None:
    """Puts a module where an import had found none."""
    wanted = re.compile(r"from (absent\w+) import (\w+)")
    found = sorted({match for text in project.files.values() for match in wanted.findall(text)})
    found = [(module, name) for module, name in found if f"{module}.py" not in project.files]
    if not found:
        return None
    module, name = found[edit.place % len(found)]
    text = f"def {name}(*args, **kwargs):\n    return {edit.file % 9}\n"
    return replace(project, files={**project.files, f"{module}.py": text})


Kind = Callable[[RandomProject, Edit], "RandomProject | None"]

MEANINGFUL: dict[str, Kind] = {
    "constant": _in_one_file(_constants),
    "type of a constant": _in_one_file(_types),
    "operator": _in_one_file(_operators),
    "statement": _in_one_file(_statements),
    "decorator": _in_one_file(_decorators),
    "base": _in_one_file(_bases),
    "target of an import": _in_one_file(_targets),
    "name bound again": _in_one_file(_bound_again),
    "hidden builtin": _in_one_file(_hidden_builtins),
    "override": _in_one_file(_overrides),
    "first line": _in_one_file(_defaults),
    "absent module": _an_absent_module,
}


# --- edits that cannot matter


def _comment_above(text: Text) -> Iterator[str]:
    for node in ast.walk(text.tree):
        if isinstance(node, ast.stmt):
            yield text.inserted(_first_line(node), "# Why this is so.", "")


def _comment_behind(text: Text) -> Iterator[str]:
    for node in ast.walk(text.tree):
        if isinstance(node, ast.stmt):
            end = text.span(node)[1]
            if text.source[end : end + 1] in ("\n", ""):
                yield text.replaced(end, end, "  # Why this is so.")


def _reformatted(text: Text) -> Iterator[str]:
    yield ast.unparse(text.tree) + "\n"


def _docstring(text: Text) -> Iterator[str]:
    for node in ast.walk(text.tree):
        if isinstance(node, (*DEFINITIONS, ast.ClassDef)):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield text.with_node(first, '"""Described anew."""')
            elif _first_line(first) > node.lineno:
                yield text.inserted(_first_line(first), '"""Described."""')


def _in_other_order(text: Text) -> Iterator[str]:
    """Swaps two functions, or two methods, that stand beside each other."""
    for node in ast.walk(text.tree):
        if isinstance(node, (ast.Module, ast.ClassDef)):
            for one, two in zip(node.body, node.body[1:], strict=False):
                if _is_plain(one) and _is_plain(two) and _name(one) != _name(two):
                    start, end = text.span(one)[0], text.span(two)[1]
                    middle = text.source[text.span(one)[1] : text.span(two)[0]]
                    first, second = (text.source[slice(*text.span(item))] for item in (one, two))
                    yield text.replaced(start, end, second + middle + first)


def _name(node: ast.stmt) -> str:
    return str(getattr(node, "name", ""))


def _is_plain(node: ast.stmt) -> bool:
    if not isinstance(node, DEFINITIONS) or node.decorator_list or node.end_lineno == node.lineno:
        return False
    defaults = [*node.args.defaults, *node.args.kw_defaults]
    return all(default is None or isinstance(default, ast.Constant) for default in defaults)


def _unused(text: Text) -> Iterator[str]:
    body = [node for node in text.tree.body if not isinstance(node, ast.ImportFrom)]
    for number, node in enumerate(body):
        line = _first_line(node)
        yield text.inserted(line, f"def unused_{number}(x):", "    return x * 17", "", "")
        yield text.inserted(line, f"UNUSED_{number} = [{number}]")
        yield text.inserted(line, "import colorsys")
        yield text.inserted(line, f"class Unused{number}:", "    size = 1", "")


def _renamed_pipeline(project: RandomProject, edit: Edit) -> RandomProject | None:
    file = f"{project.entry}.py"
    if project.whole:
        return None
    text = project.files[file]
    new = re.sub(r"@pipeline(\(.*\))?\n", f'@pipeline(name="p{edit.place % 1000}")\n', text)
    return replace(project, files={**project.files, file: new})


def _renamed_step(project: RandomProject, edit: Edit) -> RandomProject | None:
    file = f"{project.entry}.py"
    if project.whole:
        return None
    text = project.files[file]
    calls = re.findall(r"    v = (u\d+)(?:\.with_options\(name='\w+'\))?\(", text)
    name = calls[edit.place % len(calls)]
    pattern = rf"    v = {name}(?:\.with_options\(name='\w+'\))?\("
    new = re.sub(pattern, f"    v = {name}.with_options(name='s{edit.place % 1000}')(", text)
    return replace(project, files={**project.files, file: new})


def _further_step(project: RandomProject, edit: Edit) -> RandomProject | None:
    file = f"{project.entry}.py"
    text = project.files[file]
    if ADDED in text or project.whole:
        return None
    made = f'\n\n@step\ndef {ADDED}() -> str:\n    return "f"\n\n\n'
    text = text.replace("\n@pipeline", f"{made}@pipeline")
    end = text.index("\n", text.rindex("    v = u"))
    text = f"{text[:end]}\n    {ADDED}(){text[end:]}"
    return replace(project, files={**project.files, file: text})


def _renamed_file(project: RandomProject, edit: Edit) -> RandomProject | None:
    """Moves the pipeline's file to another name or folder."""
    if project.whole:
        return None
    files = dict(project.files)
    text = files.pop(f"{project.entry}.py")
    entry = f"moved{edit.place % 100}"
    if f"{entry}.py" in files:
        return None
    return replace(project, files={**files, f"{entry}.py": text}, entry=entry)


def _renamed_module(project: RandomProject, edit: Edit) -> RandomProject | None:
    """Renames a module that is only ever imported from, or under another name."""
    names = [file.removesuffix(".py") for file in sorted(project.files) if "/" not in file]
    names = [name for name in names if name != project.entry and _only_imported(project, name)]
    if not names:
        return None
    old = names[edit.file % len(names)]
    new = f"renamed{edit.place % 100}"
    if f"{new}.py" in project.files:
        return None
    files = {
        (f"{new}.py" if file == f"{old}.py" else file): re.sub(rf"\b{old}\b", new, text)
        for file, text in project.files.items()
    }
    return replace(project, files=files)


def _only_imported(project: RandomProject, name: str) -> bool:
    imports = re.compile(rf"^from {name} import .*|^import {name} as .*")
    whole = re.compile(rf"\b{name}\b")
    return not project.whole and not any(
        whole.search(line) and not imports.match(line)
        for text in project.files.values()
        for line in text.split("\n")
    )


HARMLESS: dict[str, Kind] = {
    "comment above": _in_one_file(_comment_above),
    "comment behind": _in_one_file(_comment_behind),
    "format": _in_one_file(_reformatted),
    "docstring": _in_one_file(_docstring),
    "order": _in_one_file(_in_other_order, needs_unused=True),
    "unused definition": _in_one_file(_unused, needs_unused=True),
    "pipeline renamed": _renamed_pipeline,
    "step renamed": _renamed_step,
    "further step": _further_step,
    "file moved": _renamed_file,
    "module renamed": _renamed_module,
}

REVERT = "undone"

edits = st.builds(
    Edit,
    st.sampled_from([*MEANINGFUL, *MEANINGFUL, *HARMLESS]),
    st.integers(0, 30),
    st.integers(0, 10_000),
)
