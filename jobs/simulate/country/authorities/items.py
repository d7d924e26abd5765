"""The items that laboratories test, by product: what a supervision plan for such goods names."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """A tested item.

    ``item_class``: A (a failure is serious), B (of the group standard, as some of A and C are) or C; ``low``
    and ``high``: the limits as they are written ('' for none); ``passing`` and ``failing``: least and
    greatest value of a result that passes or fails, both (0, 0) where results are in words; ``detection``:
    the limit of detection (0 for none). Limits and values are in ``unit``.
    """

    code: str
    name: str
    item_class: str
    unit: str
    low: str
    high: str
    passing: tuple[float, float]
    failing: tuple[float, float]
    detection: float = 0.0


STEPS = {"次": 1.0, "级": 0.5}  # unit → results are whole multiples of it: whole cycles, half grades
COLONIES = "CFU/g"  # of counts of colonies: whole below 100, else two significant digits (GB 4789.2)
# A line an item: code, name, class, unit, low, high, passing, failing, limit of detection; '-' for none, and
# nothing after the class where the result is in words. A list has six items.
_ITEMS = """
E01 接地电阻 A Ω - 0.1 0.02 0.09 0.12 0.6 0.03
E02 泄漏电流 A mA - 0.75 0.05 0.6 0.8 3.5 0.1
E03 电气强度 A
E04 输入功率偏差 B % -10 5 -8 4 6 18
E05 骚扰电压裕量 B dB 0 - 1 12 -14 -1
E06 标志和说明 C
SK1 防触电保护 A
SK2 温升 A K - 45 12 40 48 85
SK3 电气强度 A
SK4 耐非正常热和耐燃 A
SK5 拔出插头所需的力 B N - 50 20 46 55 110
SK6 标志 C
G01 过充电保护 A
G02 外部短路 A
G03 充放电发热（温升） A K - 65 12 50 68 110
G04 额定容量偏差 B % -5 20 -4 12 -45 -7
G05 辐射骚扰裕量 B dB 0 - 1 12 -14 -1
G06 标志和说明 C
A01 电气强度 A
A02 阻燃 A
A03 温升（发热） A K - 65 12 50 68 110
A04 输出电压偏差 B % -5 5 -4 4 6 18
A05 骚扰电压裕量 B dB 0 - 1 12 -14 -1
A06 标志和说明 C
D01 电池过充电保护 A
D02 表面温度 A ℃ - 48 25 38 50 70
D03 最大声压级 A dB - 100 70 79 102 118
D04 电池容量偏差 B % -5 20 -4 12 -45 -7
D05 辐射骚扰裕量 B dB 0 - 1 12 -14 -1
D06 标志和说明 C
T01 甲醛含量 A mg/kg - 75 2 60 80 260 20
T02 pH值 B - 4.0 8.5 4.8 8.2 8.7 10.2
T03 可分解致癌芳香胺染料 A mg/kg - 20 0.5 15 24 120 5
T04 纤维含量偏差 B % - 5 0.2 4.6 6 40
T05 耐摩擦色牢度 C 级 3 - 3 5 1 2.5
T06 使用说明 C
S01 六价铬 A mg/kg - 10 0.5 7 11 60 3
S02 可分解致癌芳香胺染料 A mg/kg - 30 0.5 22 33 120 5
S03 重金属总量（铅） A mg/kg - 100 2 70 110 480 5
S04 帮底剥离强度 B N/cm 40 - 42 90 12 38
S05 外底耐磨磨痕长度 B mm - 14 5 13 15 28
S06 标识 C
L01 六价铬 A mg/kg - 10 0.5 7 11 60 3
L02 可分解致癌芳香胺染料 A mg/kg - 30 0.5 22 33 120 5
L03 甲醛含量 A mg/kg - 300 5 220 320 700 20
L04 缝合强度 B N 196 - 200 420 60 190
L05 五金配件耐腐蚀 B
L06 标识 C
C01 小零件 A
C02 邻苯二甲酸酯总量 A % - 0.1 0.002 0.08 0.15 18 0.01
C03 可迁移铅 A mg/kg - 90 2 70 95 420 5
C04 动态强度 B 次 72000 - 73000 90000 20000 70000
C05 绳索长度 B mm - 220 60 210 230 500
C06 警示标识 C
MG1 磁通量指数 A kG²·mm² - 50 1 40 60 900
MG2 小零件 A
MG3 可迁移铅 A mg/kg - 90 2 70 95 420 5
MG4 邻苯二甲酸酯总量 A % - 0.1 0.002 0.08 0.15 18 0.01
MG5 锐利边缘 B
MG6 警示标识 C
CS1 动态试验（头部位移） A mm - 550 300 500 570 760
CS2 阻燃性能 A
CS3 带扣开启力 A N 40 80 44 76 85 150
CS4 织带断裂强力 B N 3600 - 3800 9000 1200 3400
CS5 耐腐蚀 B
CS6 标志和使用说明 C
J01 镍释放量 A µg/(cm²·week) - 0.5 0.08 0.39 0.55 3 0.02
J02 铅总量 A mg/kg - 1000 10 780 1050 6000 5
J03 镉总量 A mg/kg - 100 1 78 105 900 2
J04 贵金属纯度偏差 B ‰ -1 - -0.5 3 -60 -2
J05 质量偏差 B % -1 - -0.5 2 -8 -1.5
J06 印记和标识 C
JI1 镍释放量 A µg/(cm²·week) - 0.5 0.08 0.39 0.55 3 0.02
JI2 铅总量 A mg/kg - 1000 10 780 1050 6000 5
JI3 镉总量 A mg/kg - 100 1 78 105 900 2
JI4 砷总量 A mg/kg - 1000 5 780 1050 4000 5
JI5 六价铬 A mg/kg - 1000 5 780 1050 4000 5
JI6 标识 C
F01 总迁移量 A mg/dm² - 10 0.4 8 11 45 1
F02 高锰酸钾消耗量 A mg/kg - 10 0.5 8 11 60 1
F03 重金属（以铅计） A mg/kg - 1 0.05 0.8 1.2 9 0.1
F04 容量偏差 B % -5 5 -4 4 6 16
F05 耐热性能 B
F06 标签 C
I01 总迁移量 A mg/dm² - 10 0.4 8 11 45 1
I02 镍析出量 A mg/kg - 0.5 0.06 0.38 0.6 3 0.05
I03 铅迁移量 A mg/kg - 0.05 0.002 0.038 0.06 0.8 0.002
I04 容量偏差 B % -5 5 -4 4 6 16
I05 保温效能 B ℃ 58 - 59 75 35 57
I06 标签 C
CW1 铅迁移量 A mg/kg - 0.2 0.01 0.15 0.24 2.5 0.005
CW2 镉迁移量 A mg/kg - 0.02 0.001 0.015 0.024 0.3 0.0005
CW3 砷迁移量 A mg/kg - 0.04 0.002 0.03 0.048 0.5 0.001
CW4 容量偏差 B % -5 5 -4 4 6 16
CW5 手柄耐热性能 B
CW6 标签 C
PK1 泄压性能 A
PK2 镍析出量 A mg/kg - 0.5 0.06 0.38 0.6 3 0.05
PK3 铅迁移量 A mg/kg - 0.05 0.002 0.038 0.06 0.8 0.002
PK4 容量偏差 B % -5 5 -4 4 6 16
PK5 手柄耐热性能 B
PK6 标志 C
CR1 铅迁移量 A mg/L - 0.5 0.02 0.38 0.55 5 0.02
CR2 镉迁移量 A mg/L - 0.25 0.005 0.19 0.27 1.6 0.005
CR3 感官要求 C
CR4 抗热震性 B
CR5 吸水率 B % - 0.5 0.05 0.44 0.56 4
CR6 标签 C
K01 气密性 A
K02 干烟气中一氧化碳 A % - 0.05 0.02 0.039 0.06 0.4 0.002
K03 熄火保护装置 A
K04 热效率 B % 55 - 56 68 38 54
K05 热负荷偏差 B % -10 10 -8 8 12 25
K06 标志和说明 C
Y01 细菌菌落总数 A CFU/g - 200 10 150 230 2000 10
Y02 大肠菌群 A
Y03 可迁移性荧光物质 A
Y04 pH值 B - 4.0 9.0 4.8 8.6 9.2 10.4
Y05 质量偏差 B % -4 - -3 4 -18 -5
Y06 标识 C
N01 菌落总数 A CFU/g - 10000 100 7500 11000 90000 10
N02 铅（以Pb计） A mg/kg - 0.5 0.06 0.38 0.55 2.4 0.02
N03 防腐剂（苯甲酸） A g/kg - 1 0.1 0.78 1.1 3.5 0.01
N04 水分 B % - 12 4 11.5 12.5 18
N05 净含量偏差 B % -4 - -3 4 -18 -5
N06 标签 C
M01 汞 A mg/kg - 1 0.1 0.78 1.2 40 0.01
M02 铅 A mg/kg - 10 0.2 7.8 11 60 0.5
M03 菌落总数 A CFU/g - 1000 10 780 1100 9000 10
M04 pH值 B - 4.0 8.5 4.8 8.2 8.7 10.2
M05 净含量偏差 B % -4 - -3 4 -18 -5
M06 标签 C
B01 甲醛释放量 A mg/m³ - 0.124 0.01 0.095 0.14 1.5 0.02
B02 可溶性铅 A mg/kg - 90 2 70 95 600 5
B03 稳定性 A
B04 含水率 B % 8 14 8.5 13.5 15 22
B05 静曲强度 B MPa 15 - 16 40 6 14
B06 使用说明 C
Q01 游离甲醛含量 A mg/kg - 50 2 38 55 300 5
Q02 挥发性有机化合物 A g/L - 80 5 62 85 300 2
Q03 可溶性铅 A mg/kg - 90 2 70 95 600 5
Q04 对比率 B - 0.9 - 0.91 0.97 0.6 0.89
Q05 耐洗刷性 B 次 350 - 400 3000 40 330
Q06 标志 C
V01 铅析出量 A µg/L - 5 0.2 3.8 5.5 40 0.5
V02 密封性能 A
V03 酸性盐雾 B
V04 流量 B L/min 3 - 3.2 9 1.2 2.8
V05 螺纹扭力矩 B N·m 40 - 45 90 15 38
V06 标志 C
O01 锁舌强度 A
O02 电气强度 A
O03 防技术开启 A
O04 静电放电抗扰度 B
O05 误识率 B % - 0.1 0.03 0.078 0.12 2
O06 标志和说明 C
W01 导体电阻 A Ω/km - 7.41 6.9 7.38 7.6 11
W02 绝缘厚度 A mm 0.7 - 0.71 0.9 0.4 0.68
W03 绝缘线芯电气强度 A
W04 不延燃（阻燃） A
W05 绝缘老化前抗张强度 B MPa 12.5 - 13 20 6 12
W06 标志 C
R01 制动距离 A m - 7 3 5.5 7.5 14
R02 车速限值 A km/h - 25 12 24.5 26 48
R03 电池过充电保护 A
R04 整车质量 B kg - 55 30 54 57 85
R05 防篡改 B
R06 整车编码和标识 C
H01 吸收碰撞能量（冲击强度） A
H02 佩戴装置强度 A
H03 护目镜透过率 A % 85 - 86 92 60 84
H04 视野 B
H05 质量偏差 B % -5 5 -4 4 6 20
H06 标识 C
P01 摩擦性能 A
P02 剪切强度 A MPa 2.5 - 2.7 5 0.8 2.4
P03 刮刷性能 A
P04 尺寸偏差 B mm -0.3 0.3 -0.2 0.2 0.4 1.5
P05 耐腐蚀 B
P06 标识 C
X01 过滤效率 A % 95 - 95.5 99.9 60 94
X02 呼气阻力 A Pa - 210 60 165 220 400
X03 环氧乙烷残留量 A µg/g - 10 0.2 7.8 11 60 0.2
X04 头带断裂强力 B N 10 - 11 25 3 9
X05 泄漏性 B % - 8 1 7 9 25
X06 标识 C
U01 灭火剂充装量偏差 A % -3 3 -2 2 5 30
U02 喷射性能 A
U03 灭火剂主要成分含量 A % 75 - 76 92 20 73
U04 水压试验 B
U05 喷射剩余率 B % - 15 3 14 16 40
U06 标志 C
Z01 报警动作值 A %LEL 5 25 6 24 27 60
Z02 报警声压级 A dB 70 - 72 95 40 68
Z03 响应时间 A s - 30 5 23 33 120
Z04 电压波动 B
Z05 跌落试验 B
Z06 标志和说明 C
N91 稳定性 A
N92 静载荷（结构强度） A
N93 卡夹和挤压点 A
N94 轮子耐磨 B mm - 3 0.5 2.8 3.2 9
N95 质量偏差 B % -5 5 -4 4 6 20
N96 警示标识 C
"""


def _read(line: str) -> Item:
    code, name, item_class, *rest = line.split()
    if not rest:
        return Item(code, name, item_class, "", "", "", (0.0, 0.0), (0.0, 0.0))
    unit, low, high = ("" if word == "-" else word for word in rest[:3])
    numbers = [float(n) for n in rest[3:]]
    return Item(
        code,
        name,
        item_class,
        unit,
        low,
        high,
        (numbers[0], numbers[1]),
        (numbers[2], numbers[3]),
        numbers[4] if len(numbers) > 4 else 0.0,
    )


_EVERY = [_read(line) for line in _ITEMS.strip().splitlines()]
_LISTS = {_EVERY[at].code[:-1]: tuple(_EVERY[at : at + 6]) for at in range(0, len(_EVERY), 6)}
# List → the categories whose goods it is tested on: level 1, or level 2 where goods of one level 1 differ.
_TESTED = {
    "E0": "HA LT", "SK": "EL03", "G0": "EL01", "A0": "EL02", "D0": "EL", "T0": "TX CL SP02", "S0": "FW",
    "L0": "BG", "C0": "TY IC", "MG": "TY04", "CS": "IC02", "J0": "JW", "JI": "JW02", "F0": "FC IC04",
    "I0": "HM", "CW": "HM02", "PK": "HM05", "CR": "HM06", "K0": "HM03 HM04", "Y0": "PC IC03", "N0": "FD",
    "M0": "CM", "B0": "FN BD", "Q0": "BD01", "V0": "BD03", "O0": "BD04", "W0": "BD05", "R0": "VH",
    "H0": "VH02", "P0": "VH03", "X0": "PP", "U0": "PP02", "Z0": "PP03", "N9": "SP",
}  # fmt: skip
_OF = {category: _LISTS[name] for name, categories in _TESTED.items() for category in categories.split()}


def items_of(category: str) -> tuple[Item, ...]:
    """Return the six items that goods of a level-2 category are tested for. Raises KeyError for a category
    whose goods have none."""
    return _OF[category] if category in _OF else _OF[category[:2]]
