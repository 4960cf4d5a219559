"""./dev bench: what a query costs Windlass, beside other resolvers and a raw UDP echo, in one run.

    workloads.py   what is asked, of whom (one table)
    subjects.py    the servers that are measured: Windlass, peers (peers/*.conf), the echo
    internet.py    the mini-Internet with many small signed zones
    local.py       the local zone of many names
    validate.py    figures of what validation costs; figures.py: how such a table is measured and shown
    attacks.py     figures of what attacks cost
    load_rate.py   --load: seconds until a large zone is served
    measure.py     one measurement: load from load.cpp, CPU time, memory, datagrams
    report.py      medians, ratios, Markdown, JSON
    load.cpp, echo.cpp   the load generator and the raw echo
"""
