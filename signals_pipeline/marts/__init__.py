"""From parsed tables and topics to the marts that analysts read: one SQL file a mart."""
