"""Random service use and needs that obey their contracts, of the dyads of an analysis table."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.schemas import check_table
from dyadlink.schemas.service_use import ServiceNeeds, ServiceUse

PERIODS = {"pregnancy_to_birth": 280, "birth_to_t1": 90, "t1_to_t2": 60, "t2_to_t3": 365}


def make_service_use(dyad_ids: pl.Series, seed: int, untold: float = 0.1) -> pl.DataFrame:
    """Four periods of each dyad; of a share of the dyads contacts and kinds of beds are not told."""
    rng = np.random.default_rng(seed)
    n, parts = dyad_ids.len(), []
    is_told = pl.Series(rng.random(n) >= untold)
    for period, days in PERIODS.items():
        mbu, ward, home = (rng.integers(0, days // 4, n) * (rng.random(n) < 0.4) for _ in range(3))
        offered = rng.integers(0, 10, n) * (rng.random(n) < 0.3)
        contacts = {f"n_{kind}": rng.poisson(mean, n) for kind, mean in (("contacts", 2), ("perinatal_contacts", 1))}
        frame = pl.DataFrame(
            {
                "dyad_id": dyad_ids,
                "period": period,
                "observed_days": rng.integers(days * 3 // 4, days + 1, n),
                "n_bed_days": mbu + ward,
                "n_mbu_days": mbu,
                "n_ward_days": ward,
                "n_home_treatment_days": home,
                **contacts,
                "n_perinatal_referrals": rng.poisson(0.3, n),
                "n_parent_infant_referrals": rng.poisson(0.2, n),
                "n_parent_infant_contacts": rng.poisson(0.5, n),
                "n_group_sessions_offered": offered,
                "n_group_sessions_attended": rng.binomial(offered, 0.6),
            }
        )
        parts.append(frame)
    silent = [name for name in ServiceUse.columns() if name.startswith("n_") and name != "n_bed_days"]
    told = pl.concat([is_told] * len(PERIODS))
    use = pl.concat(parts).with_columns(pl.when(told).then(pl.col(name)).alias(name) for name in silent)
    return check_table(use, ServiceUse, "service_use").sort("dyad_id", "period")


def make_service_needs(dyad_ids: pl.Series, seed: int) -> pl.DataFrame:
    """One row of each dyad; some values are not told."""
    rng = np.random.default_rng(seed)
    n = dyad_ids.len()
    levels = {
        "discharge_follow_up": ("seen", "not_seen", "readmitted", "died", None),
        "perinatal_team": ("not_referred", "never_seen", "seen", None),
        "parent_infant_team": ("not_referred", "never_seen", "seen", None),
    }
    drawn = {name: [some[i] for i in rng.integers(0, len(some), n)] for name, some in levels.items()}
    return check_table(pl.DataFrame({"dyad_id": dyad_ids, **drawn}), ServiceNeeds, "service_needs")
