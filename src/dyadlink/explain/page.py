"""The page of one dyad."""

from __future__ import annotations

from dyadlink.explain.covariates import tell_covariates
from dyadlink.explain.layout import Block, Heading, Text, render
from dyadlink.explain.linked import tell_links
from dyadlink.explain.outcomes import tell_outcomes
from dyadlink.explain.people import tell_episode, tell_who
from dyadlink.explain.records import Case
from dyadlink.explain.staged import tell_records
from dyadlink.explain.timeline import tell_timeline

WARNING = "RECORD LEVEL: one family's records. Must not leave this environment, not in part, not as a picture."
OLD_RELEASE = (
    "The cohort was built after the release, whose definitions are told here: they may not be those of the tables. Run "
    "the study to its end."
)
INVENTED = "All people in these records are invented."

_SECTIONS = (
    ("Who", tell_who),
    ("Timepoints and index episode", tell_episode),
    ("Links", tell_links),
    ("Records", tell_records),
    ("Timeline", tell_timeline),
    ("Outcomes", tell_outcomes),
    ("Covariates, as known at T1", tell_covariates),
)


def explain(case: Case, width: int) -> str:
    """Everything that decides the dyad, as text of at most that many columns.

    Raises:
        DyadlinkError: The study is not finished.
        ContractError: A table cannot be read.
    """
    warning = [Text(WARNING), *([Text(INVENTED)] if case.is_synthetic else [])]
    blocks: list[Block] = [*warning, *([Text(OLD_RELEASE)] if case.is_release_older else [])]
    for number, (words, tell) in enumerate(_SECTIONS, start=1):
        blocks += [Heading(f"{number}. {words}"), *tell(case)]
    return render([*blocks, Text(""), *warning], width)
