"""What signals say of the future: when it is due, and what people found when they looked."""
