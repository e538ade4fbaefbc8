"""Synthetic records: an invented world of mothers, infants and social care in national formats, with its truth."""

from dyadlink.synthetic.outcomes import draw_latent_dyads
from dyadlink.synthetic.parameters import Parameters, load_parameters
from dyadlink.synthetic.world import simulate

__all__ = ["Parameters", "draw_latent_dyads", "load_parameters", "simulate"]
