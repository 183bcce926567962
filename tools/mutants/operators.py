"""Mutants of a module: every small change that a reviewer would want a test to notice, one at a time.

`mutants(file, source)` goes over the syntax tree and writes each change into the text, so that the rest of the module
keeps its form and the change can be shown as a diff.
"""

import ast
import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
# These are the same as the negation of the condition that they make up.
NEGATED = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)
BRACKETED = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.NamedExpr, ast.UnaryOp)
SWAPPED_WORDS = {"es": "en", "en": "es"}
SWAPPED_NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
SWAPPED_ENDS = {"first": "last", "last": "first", "earliest": "latest", "latest": "earliest"}
# Lines of a log are for operators; tests/acceptance/test_logs.py says what must not stand in them.
LOGGERS = {"log", "logger", "logging"}


@dataclass(frozen=True)
class Mutant:
    """One change of a module's text: `text` instead of what stands from `start` to `end`.

    `function` is the qualified name of what it stands in, empty at module or class level. `outer` is the function of
    the module or class around it, whose code is exchanged in a running process; None where the line runs at import.
    `places` are the ranges of lines that a test must have run: the changed part, else its statement. `diff` has the
    changed lines alone, without their numbers, and `nth` counts where one function has the same change twice.
    """

    file: str
    function: str
    outer: str | None
    outer_line: int
    line: int
    places: tuple[tuple[int, int], ...]
    operator: str
    diff: str
    nth: int
    key: str
    start: int
    end: int
    text: str

    def applied(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]

    def shown(self, source: str) -> str:
        """The change as a diff with its surroundings."""
        before, after = source.splitlines(), self.applied(source).splitlines()
        return "\n".join(difflib.unified_diff(before, after, self.file, self.file, lineterm="", n=2))


@dataclass(frozen=True)
class _Place:
    """Where the walk is. `around` is the outer function's node also where the line itself runs at import."""

    function: str = ""
    prefix: str = ""
    around: ast.AST | None = None
    at_import: bool = True
    statement: tuple[int, int] = (0, 0)


def mutants(file: str, source: str) -> list[Mutant]:
    """All mutants of the module, in the order of the lines; two changes that give the same text count once."""
    walker = _Walker(source)
    walker.walk(ast.parse(source), _Place())
    found: list[Mutant] = []
    seen: set[bytes] = set()
    times: dict[tuple[str, str], int] = {}
    for place, node, operator, start, end, text in sorted(walker.changes, key=lambda each: each[3:]):
        changed = hashlib.sha256((source[:start] + text + source[end:]).encode()).digest()
        if changed in seen:
            continue
        seen.add(changed)
        diff = _diff(*_around(source, start, end, text))
        times[place.function, diff] = nth = times.get((place.function, diff), 0) + 1
        around, outer_line, places = "", 0, ((node.lineno, node.end_lineno), place.statement)
        if place.around:
            around = walker.text(place.around)
            outer_line = min([place.around.lineno, *(each.lineno for each in place.around.decorator_list)])
        if (
            place.at_import
        ):  # what is made at import is used by whatever runs in the function, else in the module
            within = place.around.body if place.around else [ast.Pass(lineno=1, end_lineno=len(walker.lines))]
            places = ((within[0].lineno, within[-1].end_lineno),)
        outer = None if place.at_import else place.function.split(".<")[0]
        key = hashlib.sha256("\0".join([file, place.function, around, diff, str(nth)]).encode()).hexdigest()[
            :16
        ]
        found.append(
            Mutant(
                file,
                place.function,
                outer,
                outer_line,
                node.lineno,
                places,
                operator,
                diff,
                nth,
                key,
                start,
                end,
                text,
            )  # fmt: skip
        )
    return sorted(found, key=lambda each: each.line)


def _around(source: str, start: int, end: int, text: str) -> tuple[str, str]:
    """The lines that a change touches, before and after."""
    begin = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    stop = len(source) if stop < 0 else stop
    return source[begin:stop], source[begin:start] + text + source[end:stop]


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(
        f"{line[0]} {line[1:].strip()}"
        for line in lines
        if line[0] in "+-" and line[:3] not in ("---", "+++")
    )


class _Walker:
    def __init__(self, source: str):
        self.source = source
        # The tree counts bytes of UTF-8 from the start of a line, the text characters.
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.changes: list[tuple[_Place, ast.AST, str, int, int, str]] = []

    def _position(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def text(self, node: ast.AST) -> str:
        return self.source[slice(*self._span(node))]

    def _operand(self, node: ast.AST) -> str:
        """The text of a part that gets new neighbours; the tree does not tell the brackets that it may have stood in."""
        return f"({self.text(node)})" if isinstance(node, BRACKETED) else self.text(node)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return self._position(node.lineno, node.col_offset), self._position(
            node.end_lineno, node.end_col_offset
        )

    def _change(
        self, place: _Place, node: ast.AST, operator: str, text: str, whole: ast.AST | None = None
    ) -> None:
        whole = whole or node
        start, end = self._span(whole)
        self.changes.append((place, whole, operator, start, end, text))

    def walk(self, node: ast.AST, place: _Place) -> None:
        if isinstance(node, ast.JoinedStr):
            return  # Python 3.11 does not say where the parts of an f-string stand
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            place = replace(place, statement=(node.lineno, body[0].lineno - 1 if body else node.end_lineno))
        for change in self._of(node):
            self._change(place, node, *change)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, place)
        elif isinstance(node, ast.ClassDef) and place.at_import:
            for each in node.body:
                self.walk(each, replace(place, prefix=f"{place.prefix}{node.name}."))
        else:
            for name, value in ast.iter_fields(node):
                if name in {"annotation", "returns", "format_spec"}:
                    continue
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, ast.AST):
                        self.walk(each, place)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, place: _Place) -> None:
        if place.at_import:
            inside = replace(place, function=f"{place.prefix}{node.name}", around=node, at_import=False)
        else:
            inside = replace(place, function=f"{place.function}.<locals>.{node.name}")
        outside = replace(inside, at_import=place.at_import)
        for decorator in node.decorator_list:
            if self.text(decorator) in {"transaction.atomic", "transaction.atomic()"}:
                start, end = self._span(decorator)
                self.changes.append((outside, decorator, "drop atomic", start - 1, end, ""))
        for default in [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]:
            self.walk(default, outside)
        for each in node.body:
            self.walk(each, inside)

    def _of(self, node: ast.AST) -> Iterator[tuple]:
        """The changes of one node: (operator, new text) and, where more than the node goes, the node that does."""
        match node:
            case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
                yield from self._negated(node.test)
            case ast.comprehension():
                for test in node.ifs:
                    yield from self._negated(test)
                    yield "drop the filter", "True", test
            case ast.Compare(ops=[op]):
                new = COMPARISONS[type(op)]
                left, right = self._operand(node.left), self._operand(node.comparators[0])
                yield "comparison", f"{left} {new} {right}"
            case ast.BoolOp():
                yield from self._bool_op(node)
            case ast.UnaryOp(op=ast.Not()):
                yield "drop not", f"({self.text(node.operand)})"
            case ast.Constant(value=bool() as value):
                yield "constant", str(not value)
            case ast.Constant(value=int() as value):
                yield "constant", str(value + 1)
                yield "constant", str(value - 1)
            case ast.Constant(value=str() as value) if value in SWAPPED_WORDS:
                yield "language", f'"{SWAPPED_WORDS[value]}"'
            case ast.Name(id=name, ctx=ast.Load()) if name in SWAPPED_NAMES:
                yield "name", SWAPPED_NAMES[name]
            case ast.BinOp(op=ast.Add() | ast.Sub() as op) if not self._about_text(node):
                sign = "-" if isinstance(op, ast.Add) else "+"
                yield "arithmetic", f"{self._operand(node.left)} {sign} {self._operand(node.right)}"
            case ast.Call():
                yield from self._call(node)
            case _:
                yield from self._statement(node)

    def _statement(self, node: ast.AST) -> Iterator[tuple]:
        match node:
            case ast.Expr(value=ast.Call(func=function)) if not _logs(function):
                yield "drop the call", "pass"
            case ast.Raise():
                yield "drop the raise", "pass"
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield "drop the assignment", "pass"
            case ast.AugAssign():
                yield "drop the assignment", "pass"
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield "return None", "return None"
            case ast.Continue():
                yield "continue", "break"
            case ast.Break():
                yield "break", "continue"
            case ast.With(items=[ast.withitem(context_expr=context, optional_vars=None)]):
                if self.text(context) == "transaction.atomic()":
                    yield "drop atomic", "__import__('contextlib').nullcontext()", context

    def _negated(self, test: ast.expr) -> Iterator[tuple]:
        same = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], NEGATED)
        if not same and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            yield "negate", f"not ({self.text(test)})", test

    def _bool_op(self, node: ast.BoolOp) -> Iterator[tuple]:
        texts = [f"({self.text(each)})" for each in node.values]
        here, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield "and/or", f" {other} ".join(texts)
        for index in range(len(texts)):
            yield "drop a part", f" {here} ".join(texts[:index] + texts[index + 1 :])

    def _call(self, node: ast.Call) -> Iterator[tuple]:
        if not isinstance(node.func, ast.Attribute):
            return
        receiver = self._operand(node.func.value)
        if other := SWAPPED_ENDS.get(node.func.attr):
            yield "other end", f"{receiver}.{other}", node.func
        if node.func.attr == "order_by":
            yield "other end", f"{self.text(node)}.reverse()"
        if node.func.attr in {"select_for_update", "exclude"}:
            yield f"drop {node.func.attr}", receiver
        if node.func.attr in {"filter", "exclude", "get"} and len(node.keywords) + len(node.args) > 1:
            for keyword in node.keywords:
                kept = [*node.args, *(each for each in node.keywords if each is not keyword)]
                arguments = ", ".join(self.text(each) for each in kept)
                yield "drop a condition", f"{receiver}.{node.func.attr}({arguments})"
        elif node.func.attr == "filter" and node.keywords:
            yield "drop a condition", f"{receiver}.all()"

    @staticmethod
    def _about_text(node: ast.BinOp) -> bool:
        return any(
            isinstance(side, ast.JoinedStr)
            or (isinstance(side, ast.Constant) and isinstance(side.value, str))
            for side in (node.left, node.right)
        )


def _logs(function: ast.expr) -> bool:
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name) and function.id in LOGGERS
