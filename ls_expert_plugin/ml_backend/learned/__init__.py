"""Models trained on a project's annotations: training sets, classifiers, span taggers, score calibration, and the jobs that train."""
