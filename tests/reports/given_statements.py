"""The statements of guidance section 8, word for word, as reports have to show them: by number, English and Chinese."""

from typing import Final

GIVEN: Final[dict[str, tuple[str, str]]] = {
    "8.1": (
        "According to the guidance (June 2018), VPN technology itself is not prohibited by any published law, and"
        " current law does not prohibit individuals from using it; providers need administrative permits to run telecom"
        " business with it. Later public reports show that users of non-approved channels have been penalised under the"
        " 1996 rules on international networking. This audit covers company gateways only.",
        "依据该指引（2018年6月），VPN技术本身未受已公布法律禁止，现行法律亦未禁止个人使用；服务提供者利用该技术开展电信业务需取得"
        "行政许可。此后公开报道显示，曾有使用非批准信道的用户依据1996年国际联网规定受到处罚。本审计仅针对企业网关。",
    ),
    "8.2": (
        "Technical audit aid, not legal advice. A result describes the evidence found, not the legality of any"
        " conduct.",
        "本报告为技术审计辅助，不构成法律意见；结果仅描述所见证据，不是对行为合法性的认定。",
    ),
    "8.3": (
        "No register entry shows that this cross-border connection is leased from one of the three basic carriers.",
        "登记中没有条目表明该跨境连接系向三家基础电信企业租用。",
    ),
    "8.4": (
        "The location of the remote end could not be established; the connection was not classified.",
        "无法确定对端位置，未作分类。",
    ),
    "8.5": (
        "A recorded position on use of the public network exists. The guidance does not say whether a self-built tunnel"
        " is covered.",
        "已有关于公网使用的书面意见。指引未说明自建隧道是否包含在内。",
    ),
    "8.6": (
        "If the provider is investigated or its service blocked, the overseas connection will be affected.",
        "一旦提供商被查处或其服务被查封，企业与境外的联网将会受到影响。",
    ),
    "8.7": (
        "Carrier list as stated in the guidance (2018). International gateways were licensed to the same three carriers"
        " again in July 2024. Please verify current licences.",
        "运营商名单依据指引（2018年）。2024年7月主管部门再次向同三家企业批复国际通信业务出入口局。请核验现行许可。",
    ),
}
