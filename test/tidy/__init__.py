"""The house rules as a test: floors, rooms of libraries, banned calls, printed documents, sizes."""
