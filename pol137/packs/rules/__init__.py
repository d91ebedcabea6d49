"""Pure rules over city packs and the Book."""
