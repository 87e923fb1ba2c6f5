"""Pages of managers and reviewers: review queue, live interview, projects and their requirements, people, pre-labels."""
