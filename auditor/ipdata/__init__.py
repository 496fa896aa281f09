"""Where a public address is and who announces it, from data that works without a network (guidance 5.2).

`packed` is the form of the shipped data, `embedded` the data, `operators` who is who, `addresses` the kinds of
addresses that have no place of their own, `locate` puts them together.
"""
