"""Speed of the portal, each figure beside its floor from the same run: `make bench`, or `make bench ARGS=pages`.

A case is a module here with `run(bench) -> list[Figure]`. A floor is the least that the work can cost: the bare library
doing the same thing with the same data, or a constant answer from the same server. Figures go to var/bench.json and to
a table on the terminal. Nothing here fails a build: machines differ, so what counts is the distance to the floor.
"""
