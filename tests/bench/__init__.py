"""How fast the hub is, measured on a whole installation of real processes: `./hub.sh bench` and
`./hub.sh soak`. The test suite does not run what stands here; docs/bench.md says how to read it.
"""
