"""Parameters of the course of social care, of the psychiatric course after T1, and of moves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from dyadlink.synthetic.sourced import Positive, Share, Sourced, Strict

Rate = Annotated[float, Field(gt=0, le=0.5)]
TRANSITIONS = (
    "referral_to_none",
    "referral_to_child_in_need",
    "referral_to_section_47",
    "referral_to_apart",
    "child_in_need_to_none",
    "child_in_need_to_section_47",
    "child_in_need_to_with_mother",
    "child_in_need_to_apart",
    "section_47_to_none",
    "section_47_to_child_in_need",
    "section_47_to_plan",
    "section_47_to_with_mother",
    "section_47_to_apart",
    "plan_to_next_stage",
    "plan_to_child_in_need_early",
    "plan_to_with_mother",
    "plan_to_apart",
    "with_mother_to_child_in_need",
    "with_mother_to_apart",
    "apart_to_later_stage",
    "apart_to_child_in_need",
    "apart_to_with_mother",
    "later_apart_to_permanent",
    "later_apart_to_child_in_need",
    "later_apart_to_with_mother",
)
"""Transitions of the course, in jumps a day. A plan has three stages and a placement apart two."""


class ReferralRates(Strict):
    """Referrals a day of a child with no open case."""

    pregnancy: Rate
    infancy: Rate
    episode: Rate
    afterwards: Rate


class Course(Strict):
    """The course of social care between the planted events, and what its records say."""

    referral_rates: Sourced[ReferralRates]
    intensities: Sourced[dict[str, Rate]]
    no_further_action: Share
    need_plan: Share
    conference_without_plan: Share
    special_guardianship: Share
    adoption: Share
    moves_a_year: Share
    moves_to_another_authority: Share
    partner_of_single: Share
    earlier_removal_per_child: Share
    earlier_removal_odds_personality_or_psychosis: Positive

    @model_validator(mode="after")
    def _all_transitions(self) -> Course:
        if set(self.intensities.value) != set(TRANSITIONS):
            raise ValueError(f"the intensities must be given for exactly {sorted(TRANSITIONS)}")
        return self


class Psychiatric(Strict):
    """Later parts of the psychiatric course of a study mother."""

    recoded_diagnosis: Share
    spans_birth: Share
    perinatal_team: Share
    perinatal_contacts_a_month: Positive
    contact_attended: Share
    never_seen: Share
    parent_infant_team: Share
    parent_infant_contacts: Positive
    group_offered: Share
    group_sessions: Sourced[Annotated[int, Field(ge=1, le=40)]]
    group_attended: Share
