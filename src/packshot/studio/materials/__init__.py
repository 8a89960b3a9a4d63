"""What sets are made of, one material a file."""
