"""Repositories of pre-labels: predictions, example sets, runs, metrics and the progress of training."""
