"""The extension's JSON API for the expert service: authentication, memberships, members, projects, outcomes, account erasure."""
