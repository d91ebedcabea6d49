"""Where the originals and clean copies of pictures lie."""
