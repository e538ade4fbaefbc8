"""One model on any table: the models of the workflow, told by a file of the user's own."""
