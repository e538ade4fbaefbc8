"""Contracts of what is known of the links' quality: who was linked, how rightly, at which threshold."""

from __future__ import annotations

import dataframely as dy


class InfantCharacteristics(dy.Schema):
    """Grain: one row per study infant (infant_id): what links are compared by."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    birth_year = dy.String(regex=r"^\d{4}$", description="Year of birth.")
    country = dy.String(
        nullable=True, regex="^(England|Wales)$", description="Country of the mother's home around the birth."
    )
    la_code = dy.String(
        nullable=True,
        regex=r"^(\d{3}|[EW]92000\d{3})$",
        description="Authority of the mother's home around the birth; null where it holds no returns.",
    )
    ethnicity = dy.String(
        nullable=True, regex="^(white|black|asian|mixed|other)$", description="Mother's ethnic group."
    )
    maternal_age_years = dy.Int64(nullable=True, description="Mother's completed years of age at the birth.")
    maternal_age_band = dy.String(nullable=True, description="Band of the above.")
    deprivation_quintile = dy.Int64(
        nullable=True, min=1, max=5, description="IMD/WIMD quintile of the mother's home; 1 is the most deprived."
    )
    parity = dy.String(nullable=True, regex=r"^(0|1|2\+)$", description="Previous live births.")
    infant_sex = dy.String(nullable=True, regex="^(male|female)$", description="Infant's sex.")
    is_preterm = dy.Bool(nullable=True, description="Gestation below the configured days; null if not recorded.")
    is_multiple_birth = dy.Bool(description="Twin or higher-order birth.")


class LinkChecks(dy.Schema):
    """Grain: one row per link (infant_id, child_key): facts that linkage does not use. Null: cannot be told."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    child_key = dy.String(primary_key=True, description="Child record linked to the infant.")
    is_involved_before_pregnancy = dy.Bool(description="The record's first involvement lies before the pregnancy.")
    is_involved_after_death = dy.Bool(
        nullable=True, description="Involvement began long after the infant's death; null for an infant who lives."
    )
    is_dead_in_one_record = dy.Bool(
        nullable=True,
        description="The authority recorded a death that the health records lack or date otherwise; null without one.",
    )
    has_other_ethnicity = dy.Bool(nullable=True, description="Ethnic groups differ; null if either lacks one.")


class LinkControls(dy.Schema):
    """Grain: one row per infant (infant_id), linked once more to records that cannot be the infant's."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    is_linked = dy.Bool(description="A record of a child born outside the study's window was taken for the infant's.")


class LinkAccuracy(dy.Schema):
    """Grain: one row per (variable, level, outcome). Pairs of infant and child record; unrounded: never leaves."""

    variable = dy.String(primary_key=True, description="What the infants are told apart by; 'total' for all.")
    level = dy.String(primary_key=True, description="Level of the variable; 'missing' when not recorded.")
    outcome = dy.String(
        primary_key=True,
        regex="^(right|missed|wrong)$",
        description="right: linked and true; missed: true and not linked; wrong: linked and not true.",
    )
    n = dy.Int64(min=0, description="Pairs.")


class ThresholdGrid(dy.Schema):
    """Grain: one row per threshold of the match probability. Unrounded: never leaves."""

    threshold = dy.Float64(primary_key=True, min=0, max=1, description="Links are kept at or above it.")
    n_links = dy.Int64(min=0, description="Links of the exact ladder, and probabilistic links at this threshold.")
    expected_right = dy.Float64(min=0, description="Sum of the weighed probabilities of these links.")
    is_study = dy.Bool(description="It is the study's own threshold.")
    expected_true = dy.Float64(min=0, description="Sum of the weighed probabilities of all scored pairs.")
    n_right = dy.Int64(nullable=True, min=0, description="Links that are true; synthetic data only.")
    n_true = dy.Int64(nullable=True, min=0, description="True links of the infants; synthetic data only.")


class LinkageModel(dy.Schema):
    """Grain: one row per comparison and level of agreement. Holds no value of a person."""

    comparison = dy.String(primary_key=True, description="What is compared; 'prior' for any two records.")
    agreement = dy.Int64(primary_key=True, min=0, description="Level of agreement; 0 is the least.")
    level = dy.String(description="The level in words.")
    m = dy.Float64(nullable=True, min=0, max=1, description="Share of true pairs at this level.")
    u = dy.Float64(nullable=True, min=0, max=1, description="Share of other pairs at this level.")
    weight = dy.Float64(nullable=True, description="log2(m / u): what the level adds to the match weight.")


class ReviewEstimates(dy.Schema):
    """Grain: one row per (quantity, cannot_tell). From reviewed pairs; unrounded: never leaves."""

    quantity = dy.String(primary_key=True, description="precision, recall, f1, or agreement (Cohen's kappa).")
    cannot_tell = dy.String(
        primary_key=True,
        regex="^(left_out|no_match|match)$",
        description="What a pair of which the reviewer could not tell counts as.",
    )
    estimate = dy.Float64(nullable=True, max=1, description="The estimate; null where it is not defined.")
    conf_low = dy.Float64(nullable=True, max=1, description="Lower end of the 95% interval.")
    conf_high = dy.Float64(nullable=True, max=1, description="Upper end of the 95% interval.")
    n_match = dy.Int64(min=0, description="Reviewed pairs behind it that count as a match.")
    n_no_match = dy.Int64(min=0, description="Reviewed pairs behind it that count as no match.")
