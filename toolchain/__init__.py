"""The programs that are not Python's: which, from where, with which checksum."""
