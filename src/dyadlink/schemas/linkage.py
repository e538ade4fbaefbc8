"""Contracts of what linkage leaves: no identifier is among it."""

import dataframely as dy


class Links(dy.Schema):
    """Grain: one row per infant and linked child record (infant_id, child_key)."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    child_key = dy.String(primary_key=True, unique=True, description="Child record linked to the infant.")
    step = dy.String(description="Step that made the link.")
    match_weight = dy.Float64(
        nullable=True,
        description="Log2 of the odds that the pair is one person; null where the model did not score the link.",
    )
    match_probability = dy.Float64(
        nullable=True, min=0, max=1, description="Probability of the model that the two are one; null likewise."
    )


class ScoredPairs(dy.Schema):
    """Grain: one row per pair that the model scored and found possible (infant_id, child_key).

    Each comparison adds a column `gamma_<comparison>`: the level of agreement, -1 where a value is missing.
    """

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    child_key = dy.String(primary_key=True, description="Child record.")
    step = dy.String(nullable=True, description="Step that made the pair a link; null where it is none.")
    match_weight = dy.Float64(description="Log2 of the odds that the pair is one person.")
    match_probability = dy.Float64(min=0, max=1, description="Probability of the model that the two are one.")
    weighed_probability = dy.Float64(
        min=0,
        max=1,
        description="The same beside the other pairs of the two, by which links are made; 0 where the pair was out: "
        "taken by the exact ladder, refused as twins, or too unlikely to weigh.",
    )


class Standardising(dy.Schema):
    """Grain: one row per side and rule of standardising (side, rule)."""

    side = dy.String(primary_key=True, regex="^(left|right)$", description="left: infants; right: child records.")
    rule = dy.String(primary_key=True, description="What was changed or set aside.")
    n = dy.Int64(min=0, description="Records that the rule met.")
