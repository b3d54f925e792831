"""From the text of cards to validated tables."""
