"""Tests of trained models."""
