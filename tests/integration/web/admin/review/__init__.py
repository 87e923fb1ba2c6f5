"""Tests of the reviewers' pages."""
