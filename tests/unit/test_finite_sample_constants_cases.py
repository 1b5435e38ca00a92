"""The constants of the finite-sample proof are linked: no step may use a number that no earlier step proves."""

from dataclasses import fields, replace
from fractions import Fraction

import pytest

from wnsense.claims import finite_sample_magnitude, finite_sample_step, finite_samples
from wnsense.finite_sample_constants import PROVED


def steps(given):
    """All steps with a constant in them, one after the other, so that a test may stop at the first that breaks."""
    for part in (
        lambda: finite_sample_step.size_steps(given),
        lambda: finite_samples.start_steps(given),
        lambda: finite_sample_step.bracket_steps(given),
        lambda: finite_sample_step.gradient_steps(given, None),
        lambda: finite_samples.induction_steps(given),
        lambda: finite_sample_magnitude.proof_steps(given),
        lambda: finite_sample_step.residual_steps(given, None),
    ):
        yield from part()


def test_all_steps_hold_with_the_constants_of_the_book():
    assert all(step.holds for step in steps(PROVED))


# what each constant may not be moved by, in the direction in which the statement would become stronger
STRONGER = {
    "margin": Fraction(9, 10),
    "largest_delta": Fraction(3, 4),
    "magnitude": Fraction(9, 10),
    "residual": Fraction(99, 100),
    "peak": Fraction(9, 10),
    "offset": Fraction(9, 10),
    "rotation": Fraction(98, 100),
    "disturbance": Fraction(99, 100),
    "theta": Fraction(99, 100),
    "phi": Fraction(98, 100),
    "gain": Fraction(114, 100),
    "move": Fraction(99, 100),
    "kept": Fraction(101, 100),
    "gradient": Fraction(999, 1000),
    "drift": Fraction(999, 1000),
    "lag": Fraction(99, 100),
    "share": Fraction(101, 100),
    "largest_start": Fraction(101, 100),
    "simple": Fraction(97, 100),
}


def test_every_constant_is_tried():
    assert set(STRONGER) == {field.name for field in fields(PROVED)}


@pytest.mark.parametrize("name", STRONGER)
def test_a_stronger_constant_breaks_a_step(name):
    stronger = str(Fraction(getattr(PROVED, name)) * STRONGER[name])
    assert not all(step.holds for step in steps(replace(PROVED, **{name: stronger})))


@pytest.mark.parametrize(
    "name", ["residual", "rotation", "disturbance", "theta", "phi", "move", "gradient", "drift", "lag"]
)
def test_a_weaker_constant_breaks_a_step_that_uses_it(name):
    weaker = str(Fraction(getattr(PROVED, name)) * 3)
    assert not all(step.holds for step in steps(replace(PROVED, **{name: weaker})))
