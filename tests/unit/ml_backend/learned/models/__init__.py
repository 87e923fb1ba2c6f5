"""Pure tests of trained models."""
