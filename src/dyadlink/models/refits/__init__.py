"""The models again on parts and resamples of their dyads, each fit started from one that is near."""
