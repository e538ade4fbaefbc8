"""The auditor: what a reader of a folder could work out, whoever made the folder."""
