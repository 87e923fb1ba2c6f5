"""Pure tests of the reviewers' pages."""
