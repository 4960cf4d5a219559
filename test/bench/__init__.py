"""./dev bench: what a query costs Windlass, beside other resolvers and a raw UDP echo, in one run.

    workloads.py   what is asked, of whom (one table)
    subjects.py    the servers that are measured: Windlass, peers (peers/*.conf), the echo
    internet.py    the mini-Internet with many small signed zones
    measure.py     one measurement: load from load.cpp, CPU time, memory, datagrams
    report.py      medians, ratios, Markdown, JSON
    load.cpp, echo.cpp   the load generator and the raw echo
"""
