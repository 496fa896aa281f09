"""Look-ups in the DNS for far ends of tunnels: off unless the configuration says otherwise.

`questions` says what is asked, `resolver` asks and is the only part that touches the network, `answers` says what
that amounts to. What was asked of whom is in the report, whatever became of it.
"""
