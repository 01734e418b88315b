"""Benchmarks: each budget as a ratio, a growth factor or a count, measured beside its reference in one run."""
