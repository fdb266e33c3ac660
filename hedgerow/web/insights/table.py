"""Tables beside charts: cells of text that has been written for people, with the actors a number stands for."""

from dataclasses import dataclass, field

from django.template.defaultfilters import floatformat


@dataclass(frozen=True)
class Cell:
    """A cell. `point` names the actors behind its number; `shade`, from 0 to 10, how dark it is; `hint` is a title."""

    text: str
    point: str = ""
    is_number: bool = True
    is_strong: bool = False
    shade: int | None = None
    hint: str = ""


@dataclass(frozen=True)
class Line:
    """A row: what it is about, and its cells."""

    name: str
    cells: list[Cell]
    is_mean: bool = False


@dataclass(frozen=True)
class Table:
    """A table; the first column, headed `subject`, names the rows. The first `worded` of the others hold no numbers."""

    title: str
    subject: str
    heads: list[str]
    lines: list[Line] = field(default_factory=list)
    is_shaded: bool = False
    worded: int = 0


def number(value: float | None, point: str = "", *, is_strong: bool = False, hint: str = "") -> Cell:
    """A number with at most two decimals; a dash where there is none."""
    if value is None:
        return Cell("–", hint=hint, is_strong=is_strong)
    return Cell(floatformat(value, "-2g"), point if value else "", is_strong=is_strong, hint=hint)


def percent(value: float | None, point: str = "", *, shade: bool = False, hint: str = "") -> Cell:
    """A share from 0 to 100; empty where there is none."""
    if value is None:
        return Cell("", hint=hint)
    shown = min(10, max(0, round(value / 10))) if shade else None
    return Cell(f"{floatformat(value, '-2g')} %", point, shade=shown, hint=hint)


def words(text: str) -> Cell:
    """A cell that is no number."""
    return Cell(text, is_number=False)
