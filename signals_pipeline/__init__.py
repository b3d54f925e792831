"""From a folder of Markdown signal cards to a DuckDB file of validated tables and trend marts."""

__version__ = "0.1.0"
