"""Where a released number comes from: from the file back to the records, by the workflow's own files."""
