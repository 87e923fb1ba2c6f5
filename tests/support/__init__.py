"""What tests are built with: builders of data, fakes of other systems, servers, clients, and what attackers try."""
