"""Pure tests of the validation of packs."""
