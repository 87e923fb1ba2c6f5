"""How far two results for the same task agree, control by control. Pure; used on both sides."""
