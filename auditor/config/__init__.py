"""The two files that people keep: auditor.toml (configuration) and register.toml (circuit register).

`config_keys`, `register_keys` and `circuit_keys` describe every key once. The loader (`read`), the JSON
Schemas (`schema`) and the tests of the example files all work from that description.
"""

from auditor.config.read import find_config, load_both, load_config, load_register

__all__ = ["find_config", "load_both", "load_config", "load_register"]
