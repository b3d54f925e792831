"""Canonical topics: what keywords and themes are about, however they are written."""
