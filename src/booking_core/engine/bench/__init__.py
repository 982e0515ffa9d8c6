"""`booking bench`: how fast the engine is, beside baselines measured in the same run."""
