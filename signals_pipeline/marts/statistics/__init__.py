"""Bursts, level shifts and forecasts of topics: what the SQL of the marts cannot compute.

Pure functions over arrays of counts, for all topics of one kind at once. Everywhere:

* `x` (topics, issues): counted cards with the topic; whole numbers.
* `n` (issues,): counted cards able to carry the kind, the same for every topic; `0 <= x <= n`.
* Issues stand in order of time and are named by their position, from 0. An issue with `n = 0` says nothing:
  it is left out before anything is computed, so adding or removing one changes nothing but the positions.
* Logarithms are natural, shares are fractions, and no result holds a NaN or an infinity.

Functions of counts raise ValueError where shapes do not fit together or counts are impossible.
"""
