import json

from contracts import generate
from contracts.envelope import Answer
from contracts.registry import MESSAGES


def test_the_committed_schemas_and_tables_are_up_to_date() -> None:
    assert generate.out_of_date() == [], "run `make generate` and commit what it wrote"


def test_every_message_has_a_schema_and_a_line() -> None:
    document = generate.document()
    written = {path.stem for path in generate.files() if path.suffix == ".json"}
    for entry in MESSAGES:
        assert generate.snake_case(entry.message.__name__) in written
        assert f"| `{entry.name}` | `{entry.subject}` |" in document


def test_every_schema_is_json_that_describes_its_own_message() -> None:
    for path, text in generate.files().items():
        if path.suffix == ".json":
            assert json.loads(text)["$ref"].startswith("#/$defs/")


def test_the_answer_that_is_described_has_the_fields_of_the_real_one() -> None:
    assert generate.ANSWER_DESCRIBED.__struct_fields__ == Answer.__struct_fields__
