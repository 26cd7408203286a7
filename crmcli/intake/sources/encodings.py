"""Which encoding a text file is in, told from all of its bytes.

In this order: a byte order mark, UTF-16 by where its zeros are, UTF-8 (of which the last character may be cut off),
what a web page says of itself, and else the one of five that makes the most ordinary writing of the file.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path

from crmcli.errors import InvalidInput
from crmcli.i18n import _

BLOCK = 1 << 20
_SAMPLE = 1 << 18
_PLAUSIBLE = 0.4
_HOME = 0.05
_DAMAGED = 0.05
# UTF-32's mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CALLED = {"utf-8-sig": "UTF-8 (BOM)", "cp949": "EUC-KR", "cp932": "SHIFT-JIS", "cp1252": "WINDOWS-1252"}
_DECLARED = re.compile(
    rb"<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.IGNORECASE
)
_DECLARED_WITHIN = 4096
# What browsers read instead: the larger set that these names are used for.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252", "shift_jis": "cp932"}
# The characters that lists of customers are written with most often.
_SIMPLIFIED = (
    "的一是不了在人有我他这中大来上国和地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去"
    "公司有限责任科技贸易集团股份商务信息网络电子机械设备实业工贸服务咨询管理建材食品医药文化传媒物流北京上海广州深圳省市区县路号"
    "楼室街道镇村客户名称联系人手机电话邮箱地址行业负责日期备注金额订单产品数量状态编来源微信职先生女士王李张刘陈杨赵黄周吴徐孙"
    "胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白"
    "明华丽伟芳娜敏静强磊军洋勇艳杰娟涛超秀霞平刚桂英玉春建新浙江苏东南西河湖川安徽福山四重庆天津"
)
_TRADITIONAL = (
    "的一是不了在人有我他這中大來上國和地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去"
    "公司有限責任科技貿易集團股份商務資訊網路電子機械設備實業工服務諮詢管理建材食品醫藥文化傳媒物流北京上海廣州深圳省市區縣號樓"
    "室街鎮村客戶名稱聯絡人手機話郵箱地址行業負責日期備註金額訂單產品數量狀態編來源微信職先生女士王李張劉陳楊趙黃周吳徐孫胡朱高"
    "林何郭馬羅梁宋鄭謝韓唐馮董蕭程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉閻余潘杜戴夏鍾汪田任姜范方石姚譚廖鄒熊金陸郝孔白明華麗"
    "偉芳娜敏靜強軍洋勇艷傑娟濤超秀霞平剛桂英玉春建新臺灣香港九龍台段巷弄"
)
_HANGUL = (
    "이다는에의을가를고하지은한로사도기서자리인대정부시어수공주상일회원성장전해구조보제유비경영화신동산관물소무안과"
    "업금용연선개명라년나세우국여실민교번호식설현모두내요들그만주식회사서울부산김박최강윤임오"
)


@dataclass(frozen=True)
class Text:
    """A text file and how it is read; `flawed`: what cannot be decoded is replaced, because nearly all can be."""

    path: Path
    encoding: str
    flawed: bool = False

    def open(self, *, newline: str | None = None) -> TextIOWrapper:
        errors = "replace" if self.flawed else "strict"
        return self.path.open(encoding=self.encoding, errors=errors, newline=newline)

    def read(self) -> str:
        with self.open() as file:
            return file.read().lstrip("\ufeff")

    @property
    def called(self) -> str:
        """The encoding, for people."""
        return _CALLED.get(self.encoding, self.encoding.upper())

    @property
    def notes(self) -> list[str]:
        said = _("{file}: some characters are damaged and read as {sign}").format(file=self.path.name, sign="\ufffd")
        return [said] if self.flawed else []


def text_of(path: Path, head: bytes, wanted: str | None) -> Text:
    """The file in the `wanted` encoding, else in its own.

    Raises InvalidInput: there is no such encoding, the file is not in it, or its own cannot be told.
    """
    if wanted is None:
        return _recognised(path, head)
    if not _is_known(wanted):
        raise InvalidInput(_("there is no encoding '{name}'").format(name=wanted))
    if _fits(path, wanted):
        return Text(path, wanted)
    raise InvalidInput(_("{file} is not {encoding}").format(file=path, encoding=wanted))


_TELLING_BYTES = 6
_MIXED = 0.3


def _recognised(path: Path, head: bytes) -> Text:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked or 0 in head:
        encoding = marked or _utf16(path, head)
        if not _fits(path, encoding):
            raise InvalidInput(
                _("{file} is damaged: it begins as {encoding} but is not").format(file=path, encoding=encoding)
            )
        return Text(path, encoding)
    if _fits(path, "utf-8"):
        return Text(path, "utf-8")
    if _fits(path, "utf-8", cut=True):
        return Text(path, "utf-8", flawed=True)
    if declared := _declared(path, head):
        return Text(path, declared)
    sample = _foreign_lines(path)
    if _is_damaged_utf8(sample):
        return Text(path, "utf-8", flawed=True)
    if _is_mixed(sample):
        raise InvalidInput(
            _("{file}: some lines are UTF-8 and others are not").format(file=path.name),
            hint=_("save it anew in one encoding, or name the one to read it in: --encoding gb18030"),
        )
    likely = {encoding: _plausibility(sample, encoding) for encoding in _SCORES}
    best = max(likely, key=lambda encoding: likely[encoding])
    if likely[best] < _PLAUSIBLE:
        raise InvalidInput(
            _("cannot tell the encoding of {file}").format(file=path),
            hint=_("name it: --encoding gb18030, big5, cp1252, …"),
        )
    return Text(path, best, flawed=not _fits(path, best))


def _declared(path: Path, head: bytes) -> str | None:
    """The encoding that a web page says it is in, if it is."""
    said = _DECLARED.search(head[:_DECLARED_WITHIN])
    name = said[1].decode().lower() if said else ""
    name = _WIDER.get(name, name)
    return name if name and _is_known(name) and _fits(path, name) else None


def _is_known(encoding: str) -> bool:
    """Whether there is an encoding of text of that name."""
    try:
        "".encode(encoding)
    except LookupError:
        return False
    return True


def _utf16(path: Path, head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < 10 * min(even, odd) or max(even, odd) * 20 < len(head):
        raise InvalidInput(_("{file} is not a text file").format(file=path))
    return "utf-16-le" if odd > even else "utf-16-be"


def _fits(path: Path, encoding: str, *, cut: bool = False) -> bool:
    """Whether the whole file decodes; with `cut` its last character may be incomplete."""
    decode = codecs.getincrementaldecoder(encoding)().decode
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decode(block)
            decode(b"", final=not cut)
        except UnicodeDecodeError:
            return False
    return True


def _foreign_lines(path: Path) -> bytes:
    """The first lines that are not plain ASCII, wherever in the file: the one Chinese cell may be on the last line."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < _SAMPLE and (line := file.readline(_SAMPLE)):
            if not line.isascii():
                found.append(line)
                size += len(line)
    return b"".join(found)


def _is_damaged_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    whole = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return text.count("\ufffd") <= _DAMAGED * whole


def _is_mixed(sample: bytes) -> bool:
    """Whether two lists were put together as they were: a good part of the lines is UTF-8, the rest is not.

    Two Chinese characters in another encoding are sometimes valid UTF-8, more of them hardly ever.
    """
    lines = [re.sub(rb"[\x00-\x7f]", b"", line) for line in sample.splitlines()]
    valid = sum(len(line) for line in lines if len(line) >= _TELLING_BYTES and _is_utf8(line))
    return valid > _MIXED * sum(map(len, lines))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _plausibility(sample: bytes, encoding: str) -> float:
    """From 0 to 1, how much like writing the sample is in this encoding; a little more for the one at home here."""
    text = sample.decode(encoding, "replace")
    foreign = [sign for sign in text if sign > "\x7f"]
    if not foreign:
        return 0.0
    if encoding == "cp1252":
        return _western(text)
    score = _SCORES[encoding]
    points = sum(map(score, foreign)) - foreign.count("\ufffd")
    return points / len(foreign) + (_HOME if encoding == "gb18030" else 0)


@cache
def _simplified(sign: str) -> float:
    return _ideograph(sign, _SIMPLIFIED, "gb2312", 0xD8)


@cache
def _traditional(sign: str) -> float:
    return _ideograph(sign, _TRADITIONAL, "big5", 0xC9)


def _ideograph(sign: str, common: str, standard: str, rare_from: int) -> float:
    """Points of a character: both standards put the frequent ones in their first plane, rare ones behind."""
    if sign in common:
        return 1.0
    code = sign.encode(standard, "ignore")
    if len(code) != 2:
        return 0.0
    if not "\u4e00" <= sign <= "\u9fff":
        return 0.8 if "\u3000" <= sign <= "\u303f" or sign >= "\uff00" else 0.3
    return 0.6 if code[0] < rare_from else 0.2


@cache
def _japanese(sign: str) -> float:
    if "\u3041" <= sign <= "\u30ff":
        return 1.0
    code = sign.encode("shift_jis", "ignore")
    if len(code) != 2:
        return 0.0
    # Rows 16 to 47 of JIS X 0208 have its first, frequent plane.
    return 0.55 if 0x889F <= code[0] * 256 + code[1] <= 0x9872 else 0.2


@cache
def _korean(sign: str) -> float:
    if sign in _HANGUL:
        return 1.0
    code = sign.encode("euc_kr", "ignore")
    return (0.5 if "\uac00" <= sign <= "\ud7a3" else 0.1) if len(code) == 2 else 0.0


def _western(text: str) -> float:
    """Accented letters stand among plain ones, one or two at a time; a run of them is something else."""
    runs = re.findall(r"[^\x00-\x7f]+", text)
    good = sum(len(run) for run in runs if len(run) < 3 and all(map(_is_western, run)))
    # Inside a word an upper-case letter does not follow a lower-case one.
    odd = sum(a.islower() and b.isupper() and b > "\x7f" for a, b in pairwise(text))
    return max(0.0, (good - odd) / sum(map(len, runs)) * 0.9)


def _is_western(sign: str) -> bool:
    return sign.isalpha() or sign in "’‘“”–—…€£°®©«»¿¡\xa0·"


_SCORES: dict[str, Callable[[str], float]] = {
    "gb18030": _simplified,
    "big5hkscs": _traditional,
    "cp932": _japanese,
    "cp949": _korean,
    "cp1252": lambda sign: 0.0,
}
