"""How well pipelines identify: metrics, protocols, and their comparison."""
