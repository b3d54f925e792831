"""The report: static pages about one published database. Nothing here knows Dagster."""
