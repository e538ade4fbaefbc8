"""The parameters of the routes out: what each linked environment misses on top of the records' own flaws."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dyadlink.synthetic.sourced import CensusYear, Share, Sourced, Strict

AuthorityCode = Sourced[Annotated[str, Field(pattern=r"^\d{3}$")]]


class RouteSettings(Strict):
    """What is lost on each route out."""

    spine_missed: Share
    local_authority: AuthorityCode
    mother_recorded: Share
    local_nhs_number_held: Share
    mother_pseudonym_held: Share
    looked_after_matched: Share
    register_matched_under_three: Share
    register_matched_older: Share
    looked_after_birth_on_15th: Share
    register_last_year: CensusYear
