"""atlantis-gate: Atlantis' command requirements as a pipeline step."""

__version__ = "0.1.0"
