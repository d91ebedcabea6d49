"""Pure rules of the contacts room."""
