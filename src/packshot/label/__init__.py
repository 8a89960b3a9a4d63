"""Whether a label still says what it said: strips of text, how they read, how crisp they are, and the guard."""
