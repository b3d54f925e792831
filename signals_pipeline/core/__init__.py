"""What every layer stands on: settings, the working store, models of tables, failures, progress."""
