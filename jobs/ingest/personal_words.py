"""Find personal data that are written as words: numbers in Chinese numerals, account names after the word
that announces one, and home addresses."""

from __future__ import annotations

import re2

_NUMERALS = {"零〇○": "0", "一壹幺": "1", "二贰": "2", "三叁": "3", "四肆": "4", "五伍": "5", "六陆": "6"}
_NUMERALS |= {"七柒": "7", "八捌": "8", "九玖": "9"}
DIGIT_OF = {ord(character): digit for characters, digit in _NUMERALS.items() for character in characters}
_ANY = "".join(_NUMERALS)
NUMERAL = f"[0-9{_ANY}]"
_FROM, _TO = f"(?<!{NUMERAL})", f"(?!{NUMERAL})"
_MOBILE = rf"[1一壹幺][- ]?[3-9三叁四肆五伍六陆七柒八捌九玖](?:[- ]?{NUMERAL}){{9}}"
# At least one numeral that is no digit: what has none is found, and judged, as digits.
MOBILE = rf"{_FROM}(?=[-0-9 ]{{0,12}}[{_ANY}]){_MOBILE}{_TO}"
IDENTITY = rf"{_FROM}(?=[-0-9 ]{{0,20}}[{_ANY}])(?:{NUMERAL}[- ]?){{17}}[0-9x{_ANY}]{_TO}"

# The word, then the name. 微信支付 and QQ糖 are other things, 微信公众号 is a publication's and Weixin a
# county: without a colon only a name with a digit or a line in it is one.
_KIND = r"(?:账号|帐号|号码|号|id)?"
_WECHAT = rf"(?:微信|薇信|威信|v信|we?chat|weixin){_KIND}"
_QQ = r"(?:qq|扣扣)"
_COLON = r" ?[:;=] ?"
_NUMBER = r"[1-9][0-9]{4,10}(?![0-9a-z.%])"
# The name of a video in an address (?v=) is none.
_ANNOUNCED = rf"(?P<before>(?<![a-z?&])(?:{_WECHAT} ?[是为]?(?:{_COLON}| ?(?=[a-z]{{1,19}}[-_0-9]))"
_NAME = r"[a-z][-_a-z0-9]{5,19}(?![-_a-z0-9@.])"
ACCOUNT = rf"{_ANNOUNCED}|(?:vx|wx|v|薇){_KIND}{_COLON})){_NAME}"
ACCOUNT_SURE = rf"{_ANNOUNCED}|(?:vx|wx|加v|薇){_KIND}{_COLON})){_NAME}"  # V is a size or a voltage, too
ACCOUNT_NUMBER = (
    rf"(?P<before>(?<![a-z])(?:{_QQ}(?:{_KIND}|群) ?[是为]?[:;=]? ?|(?:vx|wx|{_WECHAT}){_COLON})){_NUMBER}"
)
ACCOUNT_NUMBER_SURE = (
    rf"(?P<before>(?<![a-z])(?:{_QQ}{_COLON}|{_QQ}(?:账号|帐号|号码|号)(?:{_COLON}| ?)"
    rf"|(?:vx|wx|{_WECHAT}){_COLON})){_NUMBER}"
)

_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    "|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_HAN = "[\u4e00-\u9fff]"
_WAY = "(?:路|街|巷|弄|胡同|大道|村|小区|社区|花园|苑|公寓|大厦|新城|园|里|坊|庭|府|湾|城|区)"
_PIECE = "[0-9a-z一二三四五六七八九十甲乙丙丁东南西北]{1,4}"
_PART = rf"(?:{_PIECE}(?:号楼|号院|号|弄|栋|幢|座|期|区|单元|门|层|楼|#|-)[ ,]?)"
_DOOR = (
    rf"(?:{_PART}{{0,5}}[0-9a-z]{{2,5}}(?:室(?![温内外])|户(?![外型]))"
    rf"|{_PART}{{0,4}}{_PIECE}单元[ -]?[0-9]{{2,4}}(?![0-9])|[0-9]{{1,3}}-[0-9]{{1,2}}-[0-9]{{3,4}}(?![0-9]))"
)
# From the province on, or from a few characters before the street: where its name begins cannot be known.
HOMES = (
    rf"(?:{_PROVINCES})(?:{_HAN}|[0-9]){{1,30}}?{_WAY}{_HAN}{{0,6}}?{_DOOR}",
    rf"(?:{_HAN}{{2,3}}[省市区县镇乡]){{0,4}}{_HAN}{{2,4}}?{_WAY}{_HAN}{{0,6}}?{_DOOR}",
)

# For RE2: what may be the name of an account, and numbers in numerals.
MAYBE_ACCOUNT = (
    r"(?i:微信|薇信|威信|扣扣|v信|vx|wx|qq|we?chat|weixin|[v薇](?:号|id)? ?[:;=：；＝])"
    r"(?i:[账帐]?号码?|id|群)?[\pZ\p{Cf}]*[是为]?[\pZ\p{Cf}]*[:;=：；＝]?[\pZ\p{Cf}]*"
    "[a-zA-Z0-9ａ-ｚＡ-Ｚ０-９]"
)
_MAYBE_DOOR = rf"[0-9０-９](?:室|户)|单元|{_WAY}[^-]{{0,12}}[0-9０-９]{{1,3}}[-－—][0-9０-９]{{1,2}}[-－—]"
SUSPICIOUS = rf"(?:[\p{{Nd}}{_ANY}][- ]?){{11}}|{MAYBE_ACCOUNT}|{_MAYBE_DOOR}"
DOORS = re2.compile(_MAYBE_DOOR)
SPELLED = re2.compile(rf"(?:{NUMERAL}[- ]?){{11}}|{MAYBE_ACCOUNT}")
_MAY_HOLD = re2.compile(rf"{_MOBILE}|(?:{NUMERAL}[- ]?){{17}}[0-9xX{_ANY}]|{MAYBE_ACCOUNT}")


def may_hold_words(text: bytes) -> bool:
    """Whether a UTF-8 text could hold a number of a mobile phone or identity card in Chinese numerals, or an
    account name; also true for such numbers in digits. Takes time in proportion to its length."""
    return _MAY_HOLD.search(text) is not None
