"""The frozen types that travel through the pipeline, one module a step.

`rows` and `sightings` (probes) -> `tunnel` (correlation) -> `register` and `match` -> `judgement` -> `scan`.
Everything here imports the standard library only and holds no behaviour beyond derived values.
`None` always means "not known", never 0 or "".
"""
