"""What the two sides of the wire both know, the service and the extension inside Label Studio: headers, keys, checksums, consumer offsets.

Imported in both environments, so the standard library and PyJWT are all it needs.
"""
