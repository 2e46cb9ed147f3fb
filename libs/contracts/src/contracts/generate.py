"""Writes what is made from the contracts: `schemas/*.json` and `docs/messages.md`.

`python -m contracts.generate` writes; with `--check` it only says what is out of date, and exits 1.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.envelope import Answer, Call, Fact, Message, Refusal
from contracts.registry import MESSAGES, STREAM_OF, Entry, Way
from contracts.streams import BUCKETS, STREAMS

PACKAGE: Final = Path(__file__).parent
SCHEMAS: Final = PACKAGE / "schemas"
ROOT: Final = PACKAGE.parents[3]
DOCUMENT: Final = ROOT / "docs" / "messages.md"

TITLES: Final = {
    Way.QUESTION: "Questions and commands to central services",
    Way.COMMAND: "Commands to a store's box",
    Way.FACT: "Facts from a store's box",
    Way.EVENT: "Events of sales",
    Way.LIVE: "Live only",
    Way.DOCUMENT: "Documents in key-value buckets",
}

FOREWORD: Final = """\
# Messages

Made from `libs/contracts` by `make generate`; edit there. Every message is JSON (UTF-8), validated
by the schema of its name in `libs/contracts/src/contracts/schemas/`. W3C trace context and
`Nats-Msg-Id` travel as NATS headers.

- A question to a central service travels in a `Call` (who asks, under which idempotency key) and is
  answered by an `Answer`, whose body is the view named here or a `Refusal`.
- A command to a store's box is answered by one of the replies named here, told apart by `type`.
- A fact travels in a `Fact`: who sent it, and its place in the sender's order.
- What cannot be read is set aside on `dead.<consumer>` and crashes nobody.
"""


ANSWER_DESCRIBED: Final = msgspec.defstruct(
    "Answer",
    [("outcome", str), ("body", Any, None), ("replayed", bool, False)],
    kw_only=True,
    namespace={"__doc__": Answer.__doc__},
)
"""`Answer` with a body that msgspec can describe; a test holds the two together."""


def files() -> dict[Path, str]:
    """Return every generated file and what it must contain."""
    made = {SCHEMAS / f"{snake_case(shape.__name__)}.json": _schema(shape) for shape in _shapes()}
    made[DOCUMENT] = document()
    return made


def document() -> str:
    """Return `docs/messages.md`."""
    parts = [FOREWORD, *(_section(way) for way in Way), _streams()]
    return "\n".join(parts)


def snake_case(name: str) -> str:
    """Return `OpenSale` as `open_sale`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def out_of_date() -> list[Path]:
    """Return the generated files that are missing, differ, or should not be there."""
    wanted = files()
    stray = [path for path in sorted(SCHEMAS.glob("*.json")) if path not in wanted]
    return stray + [path for path, text in wanted.items() if _read(path) != text]


def write() -> None:
    """Bring every generated file up to date."""
    wanted = files()
    SCHEMAS.mkdir(exist_ok=True)
    for path in out_of_date():
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()


def main() -> int:
    """Write, or check; return the exit code."""
    if sys.argv[1:] != ["--check"]:
        write()
        return 0
    late = out_of_date()
    for path in late:
        sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: make generate\n")
    return 1 if late else 0


def _shapes() -> Iterator[type[Message]]:
    seen: set[type[Message]] = set()
    for shape in (Answer, Call, Fact, Refusal, *_in_table()):
        if shape not in seen:
            seen.add(shape)
            yield shape


def _in_table() -> Iterator[type[Message]]:
    for entry in MESSAGES:
        yield entry.message
        yield from entry.replies


def _schema(shape: type[Message]) -> str:
    described = ANSWER_DESCRIBED if shape is Answer else shape
    schema: dict[str, Any] = msgspec.json.schema(described)
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def _section(way: Way) -> str:
    entries = [entry for entry in MESSAGES if entry.way is way]
    travels = _sentences(way)
    rows = [
        f"| `{entry.name}` | `{entry.subject}` | {', '.join(entry.sender)} → "
        f"{', '.join(entry.receiver)} | {_replies(entry)} | {_first_sentence(entry.message)} |"
        for entry in entries
    ]
    head = "| message | subject | from → to | answered by | what it says |\n|---|---|---|---|---|"
    return "\n".join([f"## {TITLES[way]}", "", travels, "", head, *rows, ""])


def _sentences(way: Way) -> str:
    text = {
        Way.QUESTION: "Core request; unanswered means ask again, under the same key.",
        Way.COMMAND: "Core request; never buffered, refused when stale.",
        Way.FACT: "JetStream, at least once, in order per terminal.",
        Way.EVENT: "JetStream, at least once, in order per sale.",
        Way.LIVE: "Core publish: lost when nobody listens, and nothing depends on it.",
        Way.DOCUMENT: "The value of a key; the last one holds, and a watcher gets it at once.",
    }[way]
    stream = STREAM_OF.get(way)
    return f"{text} Stream: `{stream}`." if stream else text


def _replies(entry: Entry) -> str:
    bodies = [one for one in entry.replies if one is not Answer]
    if entry.way is Way.QUESTION and not bodies:
        return "nothing"
    return ", ".join(f"`{snake_case(one.__name__)}`" for one in bodies) or "-"


def _first_sentence(shape: type[Message]) -> str:
    text = " ".join((inspect.getdoc(shape) or "").split())
    return text.split(". ")[0].rstrip(".") + "."


def _streams() -> str:
    rows = [
        f"| `{spec.name}` | {', '.join(f'`{subject}`' for subject in spec.subjects)} | "
        f"{spec.age_max_s // 86_400} days, {spec.bytes_max // 1024**2} MiB | "
        f"{spec.duplicate_window_s} s |"
        for spec in STREAMS
    ]
    buckets = [f"- `{spec.name}`: the last {spec.history} values of each key" for spec in BUCKETS]
    head = "| stream | subjects | kept | duplicate window |\n|---|---|---|---|"
    return "\n".join(
        [
            "## Streams and buckets",
            "",
            "Streams refuse when full.",
            "",
            head,
            *rows,
            "",
            *buckets,
            "",
        ]
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
