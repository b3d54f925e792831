"""Simulated topics that change and that do not, and what the rules of the marts say of them."""
