"""Trends, bursts, level shifts, emergence, returns, forecasts: what the marts compute in arrays, not in SQL.

Pure functions over arrays of counts, for all topics of one kind at once. Everywhere:

* `x` (topics, issues): counted cards with the topic; whole numbers.
* `n` (issues,): counted cards able to carry the kind, the same for every topic; `0 <= x <= n`.
* By form, both have forms in front: `x` (forms, topics, issues), `n` (forms, issues).
* Issues stand in order of time and are named by their position, from 0. An issue with `n = 0` says nothing:
  adding or removing one changes nothing but the positions, and where blocks of issues begin.
* Logarithms are natural, shares are fractions, and no result holds a NaN or infinity unless it says so.

Functions of counts raise ValueError where shapes do not fit together or counts are impossible.
"""
