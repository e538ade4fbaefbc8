"""The report: one self-contained page, built from the release folder alone."""
