"""Label Studio as our processes talk to it: the extension's API, and Label Studio's own through its SDK."""
