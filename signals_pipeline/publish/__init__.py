"""What analysts get: snapshots with a database and Parquet, and the dictionary of their tables."""
