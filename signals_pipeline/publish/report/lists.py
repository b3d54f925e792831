"""How much of a list a page holds, and how much of that it shows before a reader asks for more."""

HELD = 300
"""Rows of a list on a page that is there once; where a list has more, the page says how to ask the database.

A row has 200 to 500 bytes, so a list adds at most 150 KB. Pages of which there are hundreds, of topics and
newsletter issues, hold less, and so do lists of whole texts.
"""

FOLDED_ABOVE = 25
"""Rows that are always shown; of a longer list the first `SHOWN_FIRST`, and a button for all of them.

Without JavaScript every row is shown.
"""

SHOWN_FIRST = 15

YEARS_SHOWN = 6
"""Years, the newest, that have a column of their own in a list of all years."""
