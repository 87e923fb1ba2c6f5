"""Lifecycle of a verification: its state machine, what each status is called, and how a candidate begins and withdraws."""
