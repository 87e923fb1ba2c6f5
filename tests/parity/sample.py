"""The part of Label Studio's tests that is run on every change. Measured to take at most two minutes on two cores.
"""
SAMPLE: tuple[str, ...] = ()
