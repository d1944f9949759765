"""What a cluster says, and what a person reads: a table for each thing that can go wrong. Pure."""
