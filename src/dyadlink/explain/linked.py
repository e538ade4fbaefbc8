"""The child records linked to the infant, how sure each link is, and what competed for it."""

from __future__ import annotations

from dyadlink.explain.layout import Block, Table, Text, frame_table, words
from dyadlink.explain.records import Case, stored_tables

_AGREEMENT = "gamma_"


def tell_links(case: Case) -> list[Block]:
    """Links, their checks, the other pairs scored, and how many sets of records the dyad may have."""
    scored = case.rivals()
    blocks: list[Block] = [
        frame_table(case.links, stored_tables()["links"].show, "Links", empty="none: no child record is linked"),
        Text(""),
        Table(
            ("infant", "child_key", "step", "weight", "probability", "agreement"),
            [_rival(case, row) for row in scored.iter_rows(named=True)],
            "Rivals: other pairs scored with this infant or with a linked record",
        ),
    ]
    if case.links.height:
        blocks[1:1] = [
            Text(
                "A link of an exact step, or handed over ready-made, stands without the model; weight and probability "
                "are told where the model scored the pair too."
            )
        ]
    if scored.height:
        blocks.append(Text("Agreement: level of each comparison, 0 not at all, -1 where a side holds no value."))
    impossible = [
        (row["child_key"], check)
        for row in case.rows("link_checks").iter_rows(named=True)
        for check in row
        if row[check] is True
    ]
    n_variants = case.rows("link_variants").height
    blocks += [
        Text(""),
        Table(("child_key", "check"), impossible, "Checks that speak against a link (link_checks.sql)"),
        Text(
            f"Sets of records that the dyad may have, by the probabilities (link_variants): {n_variants}."
            if n_variants
            else "No pair of the dyad is open: it has this one set of records (link_variants)."
        ),
    ]
    return blocks


def _rival(case: Case, row: dict[str, object]) -> tuple[object, ...]:
    levels = [f"{name.removeprefix(_AGREEMENT)} {words(row[name])}" for name in row if name.startswith(_AGREEMENT)]
    infant = "this one" if row["infant_id"] == case.dyad["infant_id"] else row["infant_id"]
    weight = row["match_weight"], row["match_probability"]
    return (infant, row["child_key"], row["step"] or "no link", *weight, ", ".join(levels))
