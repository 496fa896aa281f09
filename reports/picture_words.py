"""The words of the picture in both languages: one source for what is drawn, its titles and its text form."""

from collections.abc import Iterable

from auditor.model.text import Text
from reports.bundles import Row
from reports.labels import joined, place, say
from reports.leads import Entry, Way, is_sure
from reports.picture import Group, Picture

SHOWN = 3  # of names, places or devices in one enumeration
_SEPARATOR = " · "


def summary(of: Picture) -> list[Text]:
    """Return the sentences above the picture: what crosses the border, what may, what was not read."""
    found = [_crossing(of)]
    if of.crossing_waived:
        found.append(say("picture.waived", count=of.crossing_waived))
    if of.unsure and of.home != "unknown":
        found.append(say("picture.unsure_one") if of.unsure == 1 else say("picture.unsure_many", count=of.unsure))
    if of.in_several:
        found.append(say("picture.in_several", count=of.in_several))
    return found + ([say("picture.unread", what=unread(of))] if of.unread or of.unread_accepted else [])


def _crossing(of: Picture) -> Text:
    """Return how many connections cross the border, with what verdicts."""
    if of.home == "unknown":
        return say("picture.home_unknown")
    count = sum(of.crossing.values())
    if not count:
        return say(f"picture.{of.home}_none")
    key = f"picture.{of.home}_{'one' if count == 1 else 'many'}"
    return say(key, count=count, parts=parts(of.crossing))


def parts(verdicts: dict[str, int]) -> Text:
    """Return numbers of objects by verdict as one enumeration."""
    found = [say(f"picture.part_{verdict}", count=count) for verdict, count in verdicts.items()]
    return Text(", ".join(part.en for part in found), "，".join(part.zh for part in found))


def unread(of: Picture) -> Text:
    """Return how many things could not be read; those accepted on record are told only if there is no other."""
    if not of.unread:
        return say("picture.unread_accepted", count=of.unread_accepted)
    return say("picture.unread_one") if of.unread == 1 else say("picture.unread_many", count=of.unread)


def heading(group: Group) -> Text:
    """Return the name of a group."""
    return say(f"picture.to_{group.name}")


def group_said(group: Group, home: str) -> Text:
    """Return one line on a group: whether it crosses the border, how many connections there are, their verdicts."""
    name = heading(group)
    if group.crosses:
        name = say("picture.group_crosses", group=name, crosses=say(f"picture.crosses_{home}"))
    return say("picture.group_said", group=name, count=counted(group.count), parts=parts(group.verdicts))


def counted(count: int) -> Text:
    """Return a number of connections in words."""
    return say("picture.connection") if count == 1 else say("picture.connections", count=count)


def title(row: Row) -> Text:
    """Return the name of a single connection with its layers; of a bundle, how many there are."""
    if row.is_bundle:
        return counted(len(row.members))
    outer, *inner = [_plain(member["name"]) for member in row.members]
    if len(inner) == 1:
        return say("picture.inside", inner=inner[0], outer=outer)
    return say("picture.carries", outer=outer, count=len(inner)) if inner else outer


def named(row: Row) -> Text:
    """Return the name of a row and what it is, unless the name begins with that."""
    name, kind = title(row), technology(row)
    return name if name.en.startswith(kind.en) else dotted([name, kind])


def technology(row: Row) -> Text:
    """Return what a row is: its technologies, or the kind of an object that is no tunnel."""
    found = [
        Text(**label) if (label := member["technology_name"]) else say(f"picture.{member['kind']}")
        for member in row.technologies
    ]
    return _some(list(dict.fromkeys(found)))


def names(row: Row) -> Text:
    """Return the names of the first connections of a row and how many more there are."""
    return _some([_plain(member["name"]) for member in row.members[:SHOWN]], len(row.members))


def where(row: Row, group: Group) -> Text:
    """Return the places that a row leads to, with their operator if it is one; without a place, the far end's name."""
    if group.name == "public":
        return say("picture.internet")
    known = dict.fromkeys(_place(end) for end in row.ends)
    shown = [_some(list(known)) if known else say("picture.nowhere")]
    if group.name == "unknown" and not row.is_bundle and row.ends and (remote := row.ends[0]["remote"]):
        shown.insert(0, _plain(remote))
    operators = {end["operator"] for end in row.ends} - {None}
    if len(operators) == 1:
        shown.append(_plain(operators.pop()))
    elif operators:
        shown.append(say("picture.operators", count=len(operators)))
    return dotted(shown)


def verdict(row: Row) -> Text:
    """Return the verdict of a row in a word."""
    return say(f"count.{row.kind[0]}")


def details(row: Row, group: Group, *, short: bool = False) -> Text:
    """Return what else tells a row apart: accepted, not up, its circuit (`short`: alone) or that it has none."""
    shown = [say("picture.accepted")] if row.kind[1] else []
    shown += [say(f"picture.state_{name}") for name in row.states if len(row.states) == 1 and name != "up"]
    return dotted([*shown, _circuit(row, group, short=short)])


def _circuit(row: Row, group: Group, *, short: bool) -> Text:
    """Return the circuit of a row; where a circuit is asked for, also that there is none, or not for all far ends."""
    if row.strengths == {"strong"} and row.circuits:
        if len(row.circuits) > 1:
            return say("picture.circuits", count=len(row.circuits))
        (circuit,) = row.circuits
        return _plain(circuit) if short else say("picture.circuit", circuit=circuit)
    if not group.crosses:
        return Text("", "")
    if "strong" in row.strengths:
        return say("picture.partly_circuit")
    return say("picture.no_circuit" if row.strengths <= {"none"} else "picture.no_sure_circuit")


def way(row: Row) -> Text:
    """Return the device by which the connections of a row leave, nothing if they have none of their own."""
    if not row.ways or row.members[0]["kind"] == "public_network_access":
        return Text("", "")
    return say("picture.by", way=_some([_plain(scoped(found)) for found in row.ways]))


def scoped(way: Way) -> str:
    """Return a device as ``namespace/device``, the device alone in the host's own namespace."""
    return f"{way[0]}/{way[1]}" if way[0] else way[1]


def sentence(row: Row, group: Group) -> Text:
    """Return all that a row says as one line of text."""
    what = say("picture.what", name=title(row), technology=technology(row))
    told = say(
        "picture.sentence", what=what, where=where(row, group), state=dotted([verdict(row), details(row, group)])
    )
    more = [names(row)] if row.is_bundle else [_far_ends(row)]
    return dotted([told, way(row), *more])


def provider(document: Entry, slug: str | None) -> Text:
    """Return the name of a provider of the register, its slug if the register does not list it."""
    for entry in document["providers"]:
        if entry["slug"] == slug:
            return Text(entry["name"], entry["name_zh"] or entry["name"])
    return _plain(slug or "")


def dotted(shown: Iterable[Text]) -> Text:
    """Return texts with a middle dot between them, without empty ones."""
    kept = [text for text in shown if text.en]
    return Text(_SEPARATOR.join(text.en for text in kept), _SEPARATOR.join(text.zh for text in kept))


def _far_ends(row: Row) -> Text:
    """Return the number of far ends of a connection that has several; clients are people and are not counted here."""
    several = row.ends_count > 1 and not row.members[0]["clients"]
    return say("picture.far_ends", count=row.ends_count) if several else Text("", "")


def _place(end: Entry) -> Text:
    """Return the name of a place, marked if it is not sure."""
    name = place(end["location"])
    if is_sure(end) or end["location"] is None:
        return name if end["location"] else say("picture.nowhere")
    return say("picture.perhaps", place=name)


def _some(items: list[Text], total: int | None = None) -> Text:
    """Return the first of `items` as an enumeration and how many more of `total` there are (None: all are given)."""
    first = joined(items[:SHOWN])
    count = (len(items) if total is None else total) - SHOWN
    if count <= 0:
        return first
    more = say("word.more", count=count)
    return Text(f"{first.en} {more.en}", f"{first.zh}{more.zh}")


def _plain(text: str) -> Text:
    """Return a text that is the same in both languages."""
    return Text(text, text)
