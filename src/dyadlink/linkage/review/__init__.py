"""Clerical review: a sample of pairs for a person to judge, and what the judgements say of all links. Inside only."""
