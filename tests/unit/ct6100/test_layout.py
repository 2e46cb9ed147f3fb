from typing import get_args

from msgspec import structs

from ct6100.layout import CODES, FIELDS, MESSAGES, Form
from ct6100.messages import LinkMessage
from ct6100.records import Wire


def test_every_message_of_the_link_has_a_code() -> None:
    assert set(MESSAGES.values()) == set(get_args(LinkMessage))
    assert len(set(MESSAGES.values())) == len(MESSAGES)


def test_the_tags_of_all_fields_differ() -> None:
    tags = [field.tag for field in FIELDS.values()]
    assert len(set(tags)) == len(tags)
    assert all(0 < tag < 256 for tag in tags)


def test_every_field_of_every_struct_has_a_tag_and_none_is_left_over() -> None:
    groups = {field.group for field in FIELDS.values() if field.group is not None}
    wires: set[type[Wire]] = {*MESSAGES.values(), *groups}
    assert {info.name for wire in wires for info in structs.fields(wire)} == set(FIELDS)


def test_every_word_of_a_code_has_its_byte() -> None:
    for words, codes in CODES.items():
        assert set(codes.values()) == set(words)
    for field in FIELDS.values():
        assert (field.form is Form.CODE) is (field.words is not None)
        assert (field.form is Form.GROUP) is (field.group is not None)
