"""Every row of every table, and every refusal, taken away one at a time.

`PARTS` says which unit tests answer for which part; `run` shows that they notice (`run.py`).
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any, Final, NamedTuple

from checkout import decide_correct, decide_refund, decide_tender, decide_void, tables
from contracts.sales import SaleState
from ct6100 import refund_acts, transitions
from receipts import decide as decide_paper
from receipts import decide_job, retention
from terminal_gateway import decide


class Mutation(NamedTuple):
    """What is taken away, and how."""

    name: str
    apply: Callable[[], None]


class Part(NamedTuple):
    """A part of production code with the tests that answer for it, the likeliest first."""

    mutations: Callable[[], Iterator[Mutation]]
    tests: tuple[str, ...]


def _rows(name: str, table: dict[Any, Any]) -> Iterator[Mutation]:
    for key in tuple(table):

        def delete(key: Any = key) -> None:
            del table[key]

        yield Mutation(f"{name}: {' × '.join(map(str, key))}", delete)


def _refusals(
    name: str, table: dict[Any, dict[Any, str]], rows: dict[Any, Any], offered: tuple[Any, ...]
) -> Iterator[Mutation]:
    for command, codes in table.items():
        for state in codes:
            if state not in offered or (state, command) in rows:
                continue  # no command is refused by it: a row stands there, or no such state

            def delete(codes: dict[Any, str] = codes, state: Any = state) -> None:
                del codes[state]

            yield Mutation(f"{name}: {state} × {command}", delete)


def _refusing_ifs(function: FunctionType) -> Iterator[Mutation]:
    """Take away each `if …: return …`, and each part of the refusals that are tried in order."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Return):
            yield _without(function, index, None, ast.unparse(node.test))
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            for part, value in enumerate(node.values):
                if isinstance(value, ast.Call):
                    yield _without(function, index, part, ast.unparse(value))


def _without(function: FunctionType, index: int, part: int | None, what: str) -> Mutation:
    def apply() -> None:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        node = list(ast.walk(tree))[index]
        if isinstance(node, ast.If):
            node.test = ast.copy_location(ast.Constant(value=False), node.test)
        elif isinstance(node, ast.BoolOp) and part is not None:
            del node.values[part]
        module = sys.modules[function.__module__]
        made: dict[str, Any] = {}
        exec(compile(tree, f"<{what} taken away>", "exec"), vars(module), made)  # noqa: S102 - the bug
        function.__code__ = made[function.__name__].__code__

    return Mutation(f"{function.__module__}.{function.__name__}: {what}", apply)


def _of_checkout() -> Iterator[Mutation]:
    yield from _rows("tender", tables.TENDER_ROWS)
    yield from _refusals("command", tables.COMMAND_REFUSALS, tables.TENDER_ROWS, tables.OFFERED)


def _of_sales() -> Iterator[Mutation]:
    yield from _rows("sale", tables.SALE_ROWS)
    yield from _refusals("sale command", tables.SALE_REFUSALS, tables.SALE_ROWS, tuple(SaleState))
    for module in (decide_tender, decide_refund, decide_void, decide_correct):
        for function in _refusing(module):
            yield from _refusing_ifs(function)


def _refusing(module: ModuleType) -> Iterator[FunctionType]:
    """Return the module's own functions that refuse."""
    for name, function in vars(module).items():
        ours = isinstance(function, FunctionType) and function.__module__ == module.__name__
        if ours and (name.startswith("_refuse") or name == "add_tender"):
            yield function


def _of_gateway() -> Iterator[Mutation]:
    yield from _rows("operation", decide.TRANSITIONS)
    for function in (decide.admit, decide.refuse_abort, decide.answer_again):
        assert isinstance(function, FunctionType), "a function of ours"
        yield from _refusing_ifs(function)


def _of_terminal() -> Iterator[Mutation]:
    yield from _rows("terminal", transitions.TABLE)
    for function in vars(refund_acts).values():
        if isinstance(function, FunctionType) and function.__module__ == refund_acts.__name__:
            yield from _refusing_ifs(function)


def _of_papers() -> Iterator[Mutation]:
    yield from _rows("print job", decide_job.TRANSITIONS)
    for module in (decide_paper, decide_job, retention):
        for function in vars(module).values():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                yield from _refusing_ifs(function)


_CHECKOUT: Final = "tests/unit/checkout/"
_GATEWAY: Final = "tests/unit/terminal_gateway/"
_TERMINAL: Final = "tests/unit/ct6100/"
_RECEIPTS: Final = "tests/unit/receipts/"

PARTS: Final[dict[str, Part]] = {
    "tenders": Part(
        _of_checkout,
        (
            f"{_CHECKOUT}test_tables.py",
            f"{_CHECKOUT}test_decide_outcome.py",
            f"{_CHECKOUT}test_decide_refund.py",
            f"{_CHECKOUT}test_decide_tender.py",
            f"{_CHECKOUT}test_decide_resolve.py",
        ),
    ),
    "sales": Part(
        _of_sales,
        (
            f"{_CHECKOUT}test_decide_sale.py",
            f"{_CHECKOUT}test_tables.py",
            f"{_CHECKOUT}test_decide_tender.py",
            f"{_CHECKOUT}test_decide_outcome.py",
            f"{_CHECKOUT}test_decide_refund.py",
            f"{_CHECKOUT}test_money_back_refused.py",
            f"{_CHECKOUT}test_decide_case.py",
        ),
    ),
    "operations": Part(
        _of_gateway, (f"{_GATEWAY}test_decide.py", f"{_GATEWAY}test_decide_word.py")
    ),
    "papers": Part(
        _of_papers,
        (
            f"{_RECEIPTS}test_decide.py",
            f"{_RECEIPTS}test_decide_job.py",
            f"{_RECEIPTS}test_retention.py",
        ),
    ),
    "terminal": Part(
        _of_terminal,
        (
            f"{_TERMINAL}test_transitions.py",
            f"{_TERMINAL}test_terminal.py",
            f"{_TERMINAL}test_register_side.py",
            f"{_TERMINAL}test_acts.py",
            f"{_TERMINAL}test_refund.py",
            f"{_TERMINAL}test_refund_acts.py",
        ),
    ),
}
