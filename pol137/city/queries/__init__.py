"""Reads of the city room. `book()` is the city; ask it, not the tables."""

from pol137.city.queries.book import Book, CityMissing, book, forget, is_loaded, local_day
from pol137.city.queries.places import (
    FoundPlace,
    district_of_point,
    find_places,
    landmarks,
    place_meant,
    place_of_code,
)

__all__ = [
    "Book",
    "CityMissing",
    "FoundPlace",
    "book",
    "district_of_point",
    "find_places",
    "forget",
    "is_loaded",
    "landmarks",
    "local_day",
    "place_meant",
    "place_of_code",
]
