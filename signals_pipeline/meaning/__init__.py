"""What texts mean, as vectors: texts to tokens, tokens to vectors, and how near two of them are."""
