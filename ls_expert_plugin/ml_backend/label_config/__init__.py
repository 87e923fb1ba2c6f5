"""Labeling configuration: its control tags, the content of tasks, results of annotations, and predictions in that form."""
