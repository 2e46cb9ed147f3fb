from typing import Any

import pytest

from ct6100.brands import EMONEY_BRANDS
from ct6100.screens import ScreenName
from ct6100_simulator.errors import FaultParameterError, UnknownFaultError
from ct6100_simulator.fault_specs import FAULTS, FaultSpec, Parameter, spec_of
from ct6100_simulator.model import SetFault

PARAMETERS = [(spec, each) for spec in FAULTS.values() for each in spec.parameters]


def asked(spec: FaultSpec, **changed: Any) -> SetFault:
    """Ask for a fault as the page's control does, with its examples, but for what is given."""
    told: dict[str, Any] = {
        each.name: float(each.example) if each.type == "number" else each.example
        for each in spec.parameters
        if each.example
    }
    return SetFault(fault=spec.name, **told | changed)


def test_the_drawer_has_every_fault_that_the_issue_asks_for() -> None:
    assert set(FAULTS) == {
        "answer_lost",
        "answer_late",
        "answer_twice",
        "answer_split",
        "wrong_amount",
        "foreign_operation",
        "reboot_at",
        "freeze",
        "paper_out",
        "link_drop_at",
        "slow_centre",
        "decline",
        "incomplete",
        "clock_skew",
        "close_day_mid_payment",
        "nak_every",
    }


@pytest.mark.parametrize("spec", FAULTS.values(), ids=lambda spec: spec.name)
def test_what_the_page_proposes_is_taken(spec: FaultSpec) -> None:
    assert spec_of(asked(spec)) is spec


def test_an_unknown_fault_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UnknownFaultError) as caught:
        spec_of(SetFault(fault="paper_jam"))
    assert caught.value.known == tuple(FAULTS)


@pytest.mark.parametrize(("spec", "parameter"), PARAMETERS)
def test_a_parameter_that_is_needed_is_asked_for_and_one_that_is_not_may_be_left_out(
    spec: FaultSpec, parameter: Parameter
) -> None:
    without = asked(spec, **{parameter.name: None})
    if not parameter.required:
        assert spec_of(without) is spec
        return
    with pytest.raises(FaultParameterError) as caught:
        spec_of(without)
    assert (caught.value.parameter, caught.value.wrong) == (parameter.name, "missing")


@pytest.mark.parametrize(("spec", "parameter"), PARAMETERS)
def test_each_parameter_has_limits_and_they_are_told(spec: FaultSpec, parameter: Parameter) -> None:
    if parameter.type == "number":
        good: list[Any] = [parameter.low, parameter.high]
        bad: list[Any] = [parameter.low - 1, parameter.high + 1, float("inf")]
    else:
        good = list(parameter.choices) or [parameter.example or "op-1"]
        bad = ["no such thing", "", "理由"]
    for value in good:
        assert spec_of(asked(spec, **{parameter.name: value})) is spec
    for value in bad:
        with pytest.raises(FaultParameterError) as caught:
            spec_of(asked(spec, **{parameter.name: value}))
        assert (caught.value.parameter, caught.value.wrong) == (parameter.name, "invalid")
        assert caught.value.allowed == parameter.allowed != ""


@pytest.mark.parametrize("spec", FAULTS.values(), ids=lambda spec: spec.name)
def test_a_parameter_of_another_fault_is_refused_and_not_passed_over(spec: FaultSpec) -> None:
    takes = {each.name for each in spec.parameters}
    others = {each.name: each for _, each in PARAMETERS if each.name not in takes}
    for name, other in others.items():
        value = other.low if other.type == "number" else (other.choices or ("x",))[0]
        with pytest.raises(FaultParameterError) as caught:
            spec_of(asked(spec, **{name: value}))
        assert (caught.value.parameter, caught.value.wrong) == (name, "unknown")


def test_a_screen_is_one_that_the_terminal_has_and_a_brand_one_on_its_keys() -> None:
    choices = {each.name: each.choices for _, each in PARAMETERS if each.choices}
    assert set(choices["screen"]) == set(ScreenName) - {ScreenName.OFF}
    assert choices["brand"] == EMONEY_BRANDS
    assert choices["outcome"] == ("approved", "declined")


def test_a_clock_can_be_slow() -> None:
    assert spec_of(SetFault(fault="clock_skew", seconds=-86_400))
