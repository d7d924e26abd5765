"""Find names of persons in free text, where something next to them shows that they are names: a word that
announces one (联系人张三), a form of address (张女士) or a mobile number. A name without any of these cannot
be distinguished from other words.

After a form's label with a colon (联系人：) there is hardly anything but a name, so all that can be a name is
taken. Elsewhere a surname that many common words begin with is not enough, and words that begin like names
are kept, since the text is read for goods and dangers.
"""

from __future__ import annotations

import re2

# The commonest surnames, which nine in ten persons have; 全, 和, 水 and their like are words far more often.
_SURE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭肖萧田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾郝龚邵万严覃武孔汤赖温康施牛樊葛邢"
    "庞颜倪聂章鲁岳翟殷詹欧耿兰俞柳宁舒阮柯纪梅裴霍苗冉翁骆季柴饶卞芦"
)
# Surnames that are prepositions, verbs or the beginning of what happens to goods (向平台, 付了, 毛刺, 焦味).
_DOUBTFUL = "曾于任付向关毛焦包安单尚齐申祝符毕解房蒙莫凌盛左甘曲涂屈钱戴童蓝"
_COMPOUND = "欧阳|上官|司马|司徒|诸葛|夏侯|皇甫|尉迟|慕容|令狐|宇文|南宫|端木"
_SURNAME = f"(?:{_COMPOUND}|[{_SURE}])"
_ANY_SURNAME = f"(?:{_COMPOUND}|[{_SURE}{_DOUBTFUL}])"
_HAN = "\u4e00-\u9fff"
# Words, and names of firms, that begin as a name does.
_WORDS = (
    "白[天色条酒领金象皙买花等跑癜血蚁点斑沫毛霉烟]|陈[旧列皮述年醋化]|程[序度]|丁[酯烷]|董事|杜[绝仲]"
    "|段时|方[便式法面案向形太]|范[围本]|高[兴级档度温跟中价端贵雅清压声考露处氯锰血热烧]|葛根|顾[客虑及]"
    "|韩[国版式]|何[时况必以]|贺卡|胡[乱说萝椒]|黄[色金油瓜豆酒曲斑水疸毛]|季[度节]|纪[念录律]|江[苏西南]"
    "|金[额色属华融牌龙黄]|康[师佳复]|孔雀|赖[账皮着]|兰[州花]|雷[同达击电]|李子|刘海|龙[头眼虾葵]"
    "|芦[荟笋]|陆[续运]|马[上桶路克鞍甲虎肉]|梅[雨干毒]|牛[奶肉仔皮]|欧[洲元普莱]|庞大|柴[油火]|沈阳"
    "|施[工压]|石[头家油英榴棉墨子块灰]|史[上无]|舒[服适]|苏[州宁打泊丹]|孙[子女]|汤[汁底料臣]|唐山"
    "|田[地园]|万[一分能元千和]|温[度州馨控差热水和柔婉升]|王[牌者]|武[汉器]|夏[季天装]|肖像|谢[谢绝]"
    "|熊[孩猫]|许[多可诺]|徐州|严[重格厉]|颜[色值料]|杨[梅树]|叶子|余[额下款热味]|张[口开贴嘴]|章程"
    "|郑[州重]|钟[表头点情爱]|周[一二三四五六日末围边年期到]|朱[红砂]|宁[波可]|李斯特|罗[丹列]|陶[瓷器]"
    "|叶酸"
)
# Characters that follow a name and hardly end one.
_AFTER = (
    "的了是在说讲称和与及或跟已未没不也就都来去到向将被把给让请收发拨打电手联住为有先女小太师"
    "您你我他她吗呢啊吧身证地很"
)
_TITLE = "(?:先生(?![产成后])|女士|小姐(?!姐)|太太|师傅)"
_REPORTS = "(?:反[映馈]|投诉|举报|表示|来电|致电|要求|称(?![重量号])|说(?!明)|于 ?[0-9])"
_SECOND = f"(?!{_REPORTS}|[{_AFTER}])[{_HAN}]"
_NAME = f"(?!{_WORDS}){_SURNAME}(?![女先太师很]|小姐|{_REPORTS})[{_HAN}](?:{_SECOND})?"
_END = f"(?![{_HAN}])"

_OF_FORMS = "联系人|联络人|收货人|收件人|寄件人|发件人|签收人|经办人|姓 {0,3}名"
_HEADS = "负责人|法人|法定代表人"
_PARTY = f"投诉人|举报人|消费者|顾客|客户|买家|卖家|店主|老板|{_HEADS}|当事人|本人|患者"
_CALLED_SO = "我叫|名叫|名字叫|名字是"
# What may follow a name in one piece with it, where nothing else says where the name ends.
_NEXT = (
    f"(?:[的了说称在请不没已拨打让被把给就都也吗呢吧您你我他她于电]|{_TITLE}|{_REPORTS}|手机|联系|身份|证件|证号|地址|住[址在]"
    "|收[到货件]|未[收到能]|来[电自取拿]|有[误限]|性别|年龄|工号|订单|公司)"
)
_BEHIND_COLON = (
    rf"(?P<before>(?:(?:{_OF_FORMS}|{_HEADS})(?:姓名)?[是为叫]?|{_CALLED_SO}) {{0,3}}[:=] {{0,3}})"
    rf"{_ANY_SURNAME}(?!{_TITLE})(?:(?: {{1,3}}(?!{_NEXT}))?[{_HAN}]{{1,2}}{_END}"
    rf"|[{_HAN}](?:(?!{_NEXT})[{_HAN}])?)"
)
_BEHIND_WORD = rf"(?P<before>(?:(?:{_OF_FORMS})(?:姓名)?[是为叫]?|{_CALLED_SO}) {{0,3}};? {{0,3}}){_NAME}"
# What a party says may stand behind it, too: only what ends like a name is one.
_PARTY_NAME = f"(?!{_WORDS}){_SURNAME}{_SECOND}(?:{_SECOND})?"
_OF_PARTY = rf"(?P<before>(?:{_PARTY}) {{0,3}}[:=] {{0,3}}){_PARTY_NAME}(?={_END}|{_REPORTS})"
_PARTY_SAYS = rf"(?P<before>(?:{_PARTY}) ?){_PARTY_NAME}(?={_REPORTS})"
ANNOUNCED = (_BEHIND_COLON, _BEHIND_WORD, _OF_PARTY, _PARTY_SAYS)

# Before a title: no word goes on before the surname (时尚女士), nor do goods behind the title (女士手表).
_FROM = f"(?:(?<![{_HAN}0-9a-z])|(?<=[系找给叫是问与和跟由请让被为到向于方户客者人家主板日天的了位员服店]))"
_GOES_ON = (
    f"(?:{_END}|[了是在说讲称和与跟已未没来到将被把给让请因从于又曾很买购拨]|不(?!锈)|去(?!屑)|打(?!底)|反[映馈应]|投诉|举报"
    "|表示|认为|要求|发现|申请|安装|上门|使用|通过|提出|下单|退[货款]|维权|致电|联系|手机|电话|[您你]好|家[里中的]|今[天日]"
    "|昨[天日]|住在|多次|拒绝|同意|收[到货]|的(?:手机|电话|订单|投诉|诉求|要求|地址|快递|包裹|账号|账户|身份|家|孩子|钱))"
)
_BY_PARTY = "|".join(f"(?<={word})" for word in f"联系人|收货人|收件人|姓名|{_PARTY}".split("|"))
_WHOLE = f"(?!{_WORDS}){_SURNAME}[{_HAN}]"
ADDRESSED = (
    rf"{_FROM}(?:(?!{_WORDS}){_ANY_SURNAME}|{_WHOLE}{{1,2}}?)(?={_TITLE}{_GOES_ON})"
    rf"|(?:{_BY_PARTY}){_WHOLE}{{0,2}}?(?={_TITLE}(?![牌乐]))"
)
# What the names beside a mobile number see in its place, as long as its marker. Beside a hotline stands the
# name of a firm.
MOBILE = "〔手机〕"
_CALLED = "(?:的?(?:联系)?(?:手机|电话)(?:号码|号)?[是为]?)?"
BESIDE_PHONE = rf"(?<![{_HAN}]){_NAME}(?= ?{_CALLED} ?[:(]? ?{MOBILE})"
BEHIND_PHONE = rf"(?P<before>{MOBILE} ?[(]? ?){_NAME}(?=收|{_END})"

MAYBE = (
    r"联系人|联络人|收货人|收件人|寄件人|发件人|签收人|经办人|姓\pZ*名|我叫|名叫|名字[叫是]|先生|女士|小姐|太太|师傅"
    rf"|(?:{_PARTY})\pZ*(?:[:=：＝]|{_SURNAME})"
)
HINT = re2.compile(MAYBE)
