"""Why a name has no address, or may have others, in words; pure."""

from collections.abc import Sequence

from auditor.model.lookup import Lookup, Outcome, Refusal
from auditor.model.text import Text

OUTCOMES = {
    Outcome.NO_DATA: Text("the name has no such record", "该名称没有此类记录"),
    Outcome.NXDOMAIN: Text("the name does not exist", "该名称不存在"),
    Outcome.SERVFAIL: Text("the resolver failed (SERVFAIL)", "解析器出错（SERVFAIL）"),
    Outcome.REFUSED: Text("the resolver refused to answer", "解析器拒绝应答"),
    Outcome.TIMEOUT: Text("no answer in time", "未在时限内应答"),
    Outcome.UNREACHABLE: Text("no resolver can be reached", "无法连接任何解析器"),
    Outcome.TRUNCATED: Text("the answer was cut and the rest could not be had", "应答被截断，其余部分无法取得"),
    Outcome.LOOP: Text("its aliases lead in a circle", "其别名循环指向"),
    Outcome.CHAIN_TOO_LONG: Text("its chain of aliases is too long", "其别名链过长"),
    Outcome.MALFORMED: Text("the answer is malformed", "应答格式有误"),
    Outcome.OUT_OF_TIME: Text("not asked: the time for look-ups was over", "未查询：名称查询的时限已到"),
    Outcome.TOO_MANY: Text("not asked: too many questions for one scan", "未查询：超过单次扫描的查询数量上限"),
}
REFUSALS = {
    Refusal.NO_HOST_NAME: Text("not asked: it is no host name", "未查询：不是主机名"),
    Refusal.SINGLE_LABEL: Text(
        "not asked: a single label means what the host's search list makes of it",
        "未查询：单个标签的含义取决于本机的搜索域",
    ),
    Refusal.SPECIAL: Text("not asked: names of this kind are not in the DNS", "未查询：此类名称不属于DNS"),
    Refusal.AMBIGUOUS: Text("not asked: programs read it in more than one way", "未查询：不同程序对该名称的解读不一致"),
}


def outcome(found: Lookup) -> Text | None:
    """Return what became of a question where it has no records, None where it has."""
    if found.reply.refusal:
        return REFUSALS[found.reply.refusal]
    return OUTCOMES.get(Outcome.TRUNCATED if found.reply.cut else found.reply.outcome)


def unknown_because(about: Sequence[Lookup]) -> Text | None:
    """Return why a far end that has only a name has no place, None if it was not looked up.

    A failure says more than that one family has no address.
    """
    said = [(one, text) for one in about if (text := outcome(one))]
    failures = [(one, text) for one, text in said if not one.reply.is_complete]
    chosen = failures or said
    if not chosen:
        return None
    text = chosen[0][1]
    types = [one.question.type for one, said in chosen if said == text]
    if len(types) == len(about):
        return text
    return Text(f"{types[0]}: {text.en}", f"{types[0]}：{text.zh}")
