"""Repositories of vetting: claims, interviews, knowledge tests, verifications, reviews and what surrounds them."""
