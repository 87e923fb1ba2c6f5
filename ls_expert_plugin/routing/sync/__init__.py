"""Label Studio and the service brought in line: what is pushed, what differs, and who is there."""
