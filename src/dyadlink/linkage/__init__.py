"""Links study infants to children known to the authorities: the only stage that sees identifiers."""
