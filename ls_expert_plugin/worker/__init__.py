"""What a worker is beside its tasks: its clock, its place among other processes, and which jobs it leaves to others."""
