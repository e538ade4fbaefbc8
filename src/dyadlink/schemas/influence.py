"""Contract of what single mothers do to the primary models: among the records, never released."""

from __future__ import annotations

import dataframely as dy


class Influence(dy.Schema):
    """Grain: one row per (model, mother_number): the term that leaving her out moves most."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    mother_number = dy.Int64(primary_key=True, min=1, description="Study number of the mother.")
    term = dy.String(description="Covariate whose estimate moves most.")
    level = dy.String(description="Its level; empty for a linear one.")
    dfbeta = dy.Float64(description="The estimate of all less that without her and her infants, log scale, one step.")
    dfbetas = dy.Float64(description="The same in standard errors of the estimate.")
