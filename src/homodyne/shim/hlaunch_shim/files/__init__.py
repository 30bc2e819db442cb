"""Files that no other user can read or replace, written whole or not at all."""
