"""What can be asked for: requests, results, and the functions between."""
