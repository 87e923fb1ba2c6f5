"""The dossier of a candidate: everything that a reviewer reads, and comparisons with other candidates."""
