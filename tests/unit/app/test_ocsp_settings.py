"""The table `[ocsp]` of a CA host: looks come in time for answers to be renewed."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from lockgate_app.settings.ocsp import OcspAnswersTable


def table(**values: Any) -> OcspAnswersTable:
    return OcspAnswersTable.model_validate({"data_sources": ["RAMessage1DS"], **values})


@pytest.mark.parametrize(("hours", "every"), [(1, 901), (48, 43_201), (8, 86_400)])
def test_answers_would_end_before_the_next_look(hours: int, every: int) -> None:
    with pytest.raises(ValidationError, match=f"every: {hours * 900} seconds at most"):
        table(hours=hours, every=every)


@pytest.mark.parametrize(
    ("values", "late"),
    [
        ({}, timedelta(hours=1)),
        ({"every": 3600}, timedelta(hours=2)),
        ({"hours": 1}, timedelta(minutes=15)),
        ({"hours": 1, "every": 900}, timedelta(minutes=30)),
    ],
)
def test_what_is_late_is_told_before_an_answer_has_ended(values: dict[str, int], late: timedelta) -> None:
    found = table(**values)
    assert found.late == late
    assert found.terms.lifetime / 2 + found.late <= found.terms.lifetime
