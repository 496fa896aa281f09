"""What asks for attention soon, or limits what the result can say, without being anybody's failure."""

from collections.abc import Iterator

from auditor.config.dates import ends_soon, is_fresh
from auditor.model.register import Acknowledgement, Waiver
from auditor.model.text import Text
from auditor.objects.context import Context
from auditor.objects.exceptions import Waived


def notices(context: Context, waived: Waived) -> tuple[Text, ...]:
    """Return the notices of this scan, most important first; each makes the status at least warning."""
    return (*context.remarks, *_statements(context), *_register_age(context), *_exceptions(context, waived))


def _statements(context: Context) -> Iterator[Text]:
    """Yield what the company has not stated at all."""
    if context.config.path is None:
        yield Text(
            "no configuration file: the site, its uplinks and its circuits are unknown, so nothing can be compliant",
            "没有配置文件：场所、上联和电路均未知，因此任何对象都不能判为已对应允许路径",
        )
    elif context.register.path is None:
        yield Text(
            "no circuit register: no connection can be matched to a leased circuit",
            "没有电路登记表：任何连接都无法与租用电路对应",
        )


def _register_age(context: Context) -> Iterator[Text]:
    """Yield that the register was never reviewed, or too long ago (control A-02)."""
    register, limit_days = context.register, context.config.policy.register_review_max_age_days
    if register.path is None:
        return
    if register.reviewed_on is None:
        yield Text("the register does not say when it was last reviewed", "登记表未注明最近一次复核日期")
    elif not is_fresh(register.reviewed_on, context.stated_by, context.config):
        yield Text(
            f"the register was last reviewed on {register.reviewed_on}; it must be within the last {limit_days} days",
            f"登记表最近一次复核日期为{register.reviewed_on}；须在最近{limit_days}天以内",
        )


def _exceptions(context: Context, waived: Waived) -> Iterator[Text]:
    """Yield exceptions that end soon or have ended."""
    for waiver in waived.expired:
        yield Text(
            f"waiver {waiver.id} is not in force (valid {waiver.approved_on} to {waiver.expires})",
            f"豁免{waiver.id}未生效（有效期{waiver.approved_on}至{waiver.expires}）",
        )
    held: tuple[Waiver | Acknowledgement, ...] = (*context.register.waivers, *context.register.acknowledgements)
    for item in held:
        if item not in waived.expired and ends_soon(item.expires, context.now, context.config):
            yield Text(f"exception {item.id} ends on {item.expires}", f"例外{item.id}将于{item.expires}到期")
