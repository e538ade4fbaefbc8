"""One dyad of a finished run, told from its stored tables: `dyadlink explain`. No step of the workflow."""
