"""What people write instead of a code of a country or region (ISO 3166-1 alpha-2)."""

from auditor.config.enumerations import COUNTRIES

_NAMES = {
    "CN": "china, prc, mainland, mainland china, people's republic of china, chn, 中国, 大陆, 境内",
    "HK": "hong kong, hongkong, hong kong sar, hkg, cn-hk, 香港",
    "MO": "macao, macau, macao sar, mac, cn-mo, 澳门",
    "TW": "taiwan, chinese taipei, twn, cn-tw, 台湾",
    "SG": "singapore, sgp, 新加坡",
    "JP": "japan, jpn, 日本",
    "KR": "korea, south korea, kor, 韩国",
    "US": "usa, united states, united states of america, america, 美国",
    "GB": "uk, united kingdom, great britain, england, gbr, 英国",
    "DE": "germany, deutschland, deu, 德国",
    "FR": "france, fra, 法国",
    "NL": "netherlands, holland, nld, 荷兰",
    "CH": "switzerland, che, 瑞士",
    "GR": "greece, el, 希腊",
    "AU": "australia, aus, 澳大利亚",
    "CA": "canada, can, 加拿大",
    "IN": "india, ind, 印度",
    "MY": "malaysia, mys, 马来西亚",
    "TH": "thailand, tha, 泰国",
    "VN": "vietnam, viet nam, vnm, 越南",
    "ID": "indonesia, idn, 印度尼西亚",
    "PH": "philippines, phl, 菲律宾",
    "AE": "uae, united arab emirates, are, 阿联酋",
    "RU": "russia, rus, 俄罗斯",
}
_BY_NAME = {name: code for code, names in _NAMES.items() for name in names.split(", ")}


def code_for(words: str) -> str | None:
    """Return the code that somebody who wrote `words` most likely means, None if that is not plain."""
    folded = words.strip().casefold()
    return folded.upper() if folded.upper() in COUNTRIES else _BY_NAME.get(folded)
