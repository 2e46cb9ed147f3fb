import re

from contracts.problems import PROBLEMS


def test_codes_are_snake_case_and_titles_are_sentences_without_a_full_stop() -> None:
    for code, problem in PROBLEMS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code), code
        assert problem.title[0].isupper() or problem.title[0] == "`", code
        assert not problem.title.endswith("."), code


def test_every_status_is_one_of_those_that_the_surface_promises() -> None:
    promised = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}
    assert {problem.status for problem in PROBLEMS.values()} <= promised
