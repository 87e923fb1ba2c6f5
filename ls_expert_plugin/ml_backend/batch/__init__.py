"""Batch prediction: all tasks of a project, with limits of concurrency and budget, resumable."""
