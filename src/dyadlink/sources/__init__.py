"""The sources: what each route hands over, read as text from whatever form it stands in, then typed and staged."""
