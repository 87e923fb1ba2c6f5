"""Tests of the managers' pages of projects."""
