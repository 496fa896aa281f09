"""Where a public address is and who announces it, from data that works without a network (guidance 5.2).

`packed` is the form of the shipped data, `snapshot` a set of such tables, `embedded` the shipped one; `mmdb` reads a
company's own files. `candidates` examines new data, `install` puts them in place, `installed` and `own` find them.
`operators` is who is who, `addresses` and `special` the kinds of addresses that have no place of their own; `locate`
puts all of it together.
"""
