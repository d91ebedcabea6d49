"""City packs as files."""
