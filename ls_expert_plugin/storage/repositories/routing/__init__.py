"""Repositories of routing: projects, memberships, and what is known of people that counts for them."""
