"""Pre-labels for experts to review, through Label Studio's ML backend protocol."""
