"""Policy of a domain's pack: evaluated over the grounds, told in words, gone against with a reason, or verifying by itself."""
