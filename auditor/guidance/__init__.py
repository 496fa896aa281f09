"""The guidance as data (`controls.toml`, `texts.toml`) and as predicates over facts.

`facts` (what is judged) -> `predicates` (one function a control) -> `verdict` (what follows) are joined
by `assess`. Nothing here touches the machine; texts are read once, when first needed.
"""
