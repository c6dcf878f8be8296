"""Names and phone numbers as they may leave the database (STANDARD section 7)."""

from __future__ import annotations

import re

_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?)\d{3,4}(\d{4})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
# a family name of two characters, else one
_DOUBLE = ("欧阳", "上官", "司马", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方", "端木", "独孤", "南宫")
_ORGANISATION = re.compile(
    r"(公司|政府|委员会|村委|居委|学校|小学|中学|幼儿园|医院|卫生院|卫生室|诊所|合作社|超市|商店|商行|门市|酒店|宾馆|饭店|餐馆|农资|"
    r"银行|信用社|派出所|邮政|电站|加油站|敬老院|中心|站|所|局|厂|店|社|部|队|场|馆|院|园|庄|坊|行|会|办|处|校|铺|室|网吧|集团|支部)[）)]?$"
)


def mask_name(name: str | None) -> str:
    """A person as 张*, an organisation as it is; empty for none.

    >>> mask_name("张三丰"), mask_name("欧阳修"), mask_name("竹园镇政府"), mask_name("陈红农资店")
    ('张*', '欧阳*', '竹园镇政府', '陈* 农资店')
    """
    text = mask_phone((name or "").strip())
    if not text:
        return ""
    shop = re.fullmatch(
        r"(.{2,3}?)(农资店|超市|商店|合作社|诊所|饭店|餐馆|门市部?|商行|小卖部|便利店|农家乐|药店|理发店|修理店)", text
    )
    if shop and shop[1][0] in _FAMILY_NAMES:
        return f"{_family(shop[1])}* {shop[2]}"
    if _ORGANISATION.search(text) or len(text) > 4 and not text.isascii():
        return text
    if text.isascii():
        return text[0] + "*"
    return _family(text) + "*"


def mask_phone(text: str) -> str:
    """Phone and identity numbers inside a text as 138****5678.

    >>> mask_phone("请回电13812345678")
    '请回电138****5678'
    """
    text = _ID_NUMBER.sub(r"\1**********\2", text)
    text = _PHONE.sub(r"\1****\2", text)
    return _LANDLINE.sub(r"\1****\2", text)


def _family(name: str) -> str:
    return name[:2] if name[:2] in _DOUBLE else name[:1]


_FAMILY_NAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
