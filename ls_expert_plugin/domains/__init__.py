"""What a domain is: the packs (law, medicine, finance, or a team's own), their loader and checks."""
