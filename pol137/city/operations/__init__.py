"""Writes of the city room."""
