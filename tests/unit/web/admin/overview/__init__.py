"""Pure tests of the managers' pages of projects."""
