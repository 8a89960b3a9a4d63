"""The vocabulary of recipes: one file per word, arithmetic above, Step below."""
