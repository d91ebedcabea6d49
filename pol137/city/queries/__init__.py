"""Reads of the city room. `book()` is the city; ask it, not the tables."""

from pol137.city.queries.book import Book, CityMissing, book, forget, is_loaded, local_day

__all__ = ["Book", "CityMissing", "book", "forget", "is_loaded", "local_day"]
