"""Names of persons in free text, where something beside them says that they are names: a word that announces
one (联系人张三), an address (张女士) or a telephone number. A name that stands alone looks like any word."""

from __future__ import annotations

import re2

# The commonest surnames, which nine in ten persons have; 全, 和, 水 and their like are words far more often.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤赖温康施牛樊葛邢"
    "安齐庞颜倪聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂苗曲盛冉翁蓝骆季柴蒙解饶房屈卞芦"
)
_COMPOUND = "欧阳|上官|司马|司徒|诸葛|夏侯|皇甫|尉迟|慕容|令狐|宇文|南宫|端木"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_HAN = "\u4e00-\u9fff"
# Words that begin as a name does.
_WORDS = (
    "安[全装排徽]|白[色天条酒]|包[装裹邮括含]|曾经|程[序度]|单[号位据品价]|段时|方[便式法面案向形]|范围|房[东子]|付[款费]"
    "|高[兴级档度温跟中价]|顾客|关[于闭机]|何[时况必]|黄[色金]|季[度节]|纪念|江[苏西]|解[决释除]|金[额色属华]|康师|雷同"
    "|马[上桶路克鞍]|毛[病巾重]|牛[奶肉仔]|欧[洲元]|齐全|钱款|任[何务意]|尚[未有]|沈阳|盛装|施工|石[头家油]|史上|舒[服适]"
    "|苏州|孙[子女]|唐山|田地|万[一分]|温[度州馨]|武汉|夏[季天装]|向[上下]|谢谢|许[多可]|徐州|严[重格]|叶子|于是|余额"
    "|章程|郑州|周[一二三四五六日末围边年]|祝[福贺]|左[右边]|宁[波可]|甘肃|胡乱"
)
# Characters that follow a name and hardly end one.
_AFTER = (
    "的了是在说讲称和与及或跟已未没不也就都来去到向将被把给让请收发拨打电手联住为有先女小太师"
    "您你我他她吗呢啊吧身证地"
)
_FIRST, _SECOND = f"(?![女先太师]|小姐)[{_HAN}]", f"(?![{_AFTER}])[{_HAN}]"
_NAME = f"(?!{_WORDS}){_SURNAME}{_FIRST}(?:{_SECOND})?"

_FILED = "联系人|联络人|收货人|收件人|寄件人|发件人|签收人|经办人|姓名"
_PARTY = "投诉人|举报人|消费者|顾客|客户|买家|卖家|店主|老板|负责人|法人|法定代表人|当事人|本人|患者"
_IS = " ?[:;=]? ?"
ANNOUNCED = (
    rf"(?P<before>(?:{_FILED})(?:姓名)?[是为叫]?{_IS}|(?:我叫|名叫|名字叫|名字是){_IS}"
    rf"|(?:{_PARTY})(?:姓名)? ?[:=] ?){_NAME}"
)
_TITLE = "(?:先生(?![产成后])|女士|小姐(?!姐)|太太|师傅)"
# A surname alone, or a whole name before which no word goes on and after whose title none does: 金色女士手表.
ADDRESSED = (
    rf"(?<![对双各多买卖官甲乙丙黄白合现资夏春秋冬四])(?!康师傅){_SURNAME}(?={_TITLE})"
    rf"|(?:(?<![{_HAN}])|(?<=[系找给叫是问与和跟由请让被为]))(?!{_WORDS}){_SURNAME}[{_HAN}]{{1,2}}(?={_TITLE}(?:$|[^{_HAN}]|[{_AFTER}反投购买于]))"
)
_CALLED = "(?:的?(?:联系)?(?:手机|电话)(?:号码|号)?[是为]?)?"
BESIDE_PHONE = rf"(?<![{_HAN}]){_NAME}(?= ?{_CALLED} ?[:(]? ?〔电话〕)"
BEHIND_PHONE = rf"(?P<before>〔电话〕 ?[(]? ?){_NAME}(?=收|$|[^{_HAN}])"

MAYBE = rf"{_FILED}|(?:{_PARTY})(?:姓名)?\pZ*[:=：＝]|我叫|名叫|名字[叫是]|先生|女士|小姐|太太|师傅"
HINT = re2.compile(MAYBE)
