"""Tests of the managers' pages of people."""
