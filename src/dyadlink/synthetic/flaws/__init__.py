"""Flaws of the records: each at a known rate, each occurrence listed, the truth untouched."""

from dyadlink.synthetic.flaws.catalogue import CATALOGUE, Flaw, at_level
from dyadlink.synthetic.flaws.log import Flaws, listed_flaws

__all__ = ["CATALOGUE", "Flaw", "Flaws", "at_level", "listed_flaws"]
