"""Open311 GeoReport v2: the city for programs of others."""
