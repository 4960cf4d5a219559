"""Whole-system tests: the real binary against the mini-Internet, real clients as judges.

    demo.py       ./dev demo: the table for people, and the same rows as a test
    lab.py        the shared laboratory of the tests; windlass.py one running server; clients.py dig, kdig, delv
    *_tests.py    the tests, one file a topic; __main__.py runs them
"""
