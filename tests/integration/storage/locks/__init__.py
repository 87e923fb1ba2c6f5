"""Tests of mutexes."""
