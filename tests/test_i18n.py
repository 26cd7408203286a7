"""The words: the template is what the code says, the catalogue says all of it in Chinese, and the program speaks it."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from crmcli import i18n
from crmcli.cli import app, chinese
from crmcli.values import display_width
from scripts import i18n as words

CHINESE = re.compile(r"[\u4e00-\u9fff]")
MODULES = {str(path.relative_to(words.PACKAGE)): path for path in sorted(words.PACKAGE.rglob("*.py"))}


@pytest.fixture(scope="module")
def said() -> set[words.Id]:
    """Every message in the code."""
    return words.messages()


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return words.read(words.CATALOGUE)


@pytest.fixture
def in_chinese() -> Iterator[None]:
    i18n.choose("zh")
    yield
    i18n.choose("en")


def forms(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Each message (of a plural, the plural) with its Chinese."""
    for message in catalogue:
        english, translated = message.id, message.string
        if english and translated:
            yield (
                english if isinstance(english, str) else english[1],
                translated if isinstance(translated, str) else translated[0],
            )


def speak(*args: str) -> subprocess.CompletedProcess[str]:
    """A run of its own: the language must be chosen before Typer is imported."""
    command = [sys.executable, "-m", "crmcli", "--lang", "zh", *args]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_template_is_what_the_code_says(said: set[words.Id]) -> None:
    written = set(words.listed(words.read(words.TEMPLATE)))
    assert not said - written, "missing in crmcli.pot: run make i18n"
    assert not written - said, "stale in crmcli.pot: run make i18n"


def test_the_files_are_as_make_i18n_writes_them(said: set[words.Id], catalogue: Catalog) -> None:
    assert words.TEMPLATE.read_bytes() == words.template(said)
    assert words.CATALOGUE.read_bytes() == words.po(words.merged(said, catalogue), headers=words.HEADERS)
    assert words.COMPILED.read_bytes() == words.mo(catalogue), "crmcli.mo is not crmcli.po: run make i18n"


def test_every_message_is_translated_and_none_by_guess(said: set[words.Id], catalogue: Catalog) -> None:
    known = set(words.listed(catalogue))
    assert not said - known
    assert not known - said
    assert not words.untranslated(catalogue)


def test_a_translation_has_the_placeholders_of_its_message(catalogue: Catalog) -> None:
    def placeholders(text: str) -> Counter[str]:
        return Counter(re.findall(r"\{+[^{}]*\}+", text))

    assert not [pair for pair in forms(catalogue) if placeholders(pair[0]) != placeholders(pair[1])]


def test_a_translation_keeps_options_commands_and_variables(catalogue: Catalog) -> None:
    commands = "|".join(app.commands())
    fixed = re.compile(rf"--[a-z]+(?:-[a-z]+)*|\bcrm (?:{commands})\b|\bCRM_[A-Z_]+|\[\[\w+\]\]|\b\w+_\w+\b", re.ASCII)
    assert not [pair for pair in forms(catalogue) if set(fixed.findall(pair[0])) != set(fixed.findall(pair[1]))]


def test_a_translation_begins_and_ends_in_space_as_its_message_does_and_has_no_half_punctuation(
    catalogue: Catalog,
) -> None:
    for english, translated in forms(catalogue):
        assert translated == translated.strip(), english
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]", translated), translated


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_a_message_can_be_found(path: Path) -> None:
    """Extraction sees literals only, and inside f-strings only with some Pythons."""
    tree = ast.parse(path.read_text("utf-8"))
    for string in [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]:
        assert not list(asked(string)), f"line {string.lineno}: take _() out of the f-string"
    for call in asked(tree):
        texts = call.args[: 1 if name_of(call) == "_" else 2]
        computed = path.name == "chinese.py" or ast.unparse(call) == "_(inspect.cleandoc(function.__doc__ or ''))"
        assert computed or all(isinstance(text, ast.Constant) for text in texts), f"line {call.lineno}"


@pytest.mark.parametrize("path", [path for path in MODULES.values() if "cli" not in path.parts], ids=str)
def test_a_message_is_looked_up_when_it_is_said(path: Path) -> None:
    """The command line chooses the language before it imports its commands; whoever uses the rest may choose later."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    }
    assert not [call.lineno for call in asked(tree) if id(call) not in inside]


def asked(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of `_` and `plural` in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in words.KEYWORDS:
            yield node


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_help_is_chinese() -> None:
    done = speak("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("用法：crm [OPTIONS] COMMAND")
    rows = [line for line in done.stdout.splitlines() if re.match(r"  \S", line)]
    assert len(rows) > 30
    assert not [line for line in rows if not CHINESE.search(line)]
    assert max(map(display_width, done.stdout.splitlines())) <= 80


def test_help_of_a_command_is_chinese() -> None:
    done = speak("due", "--help")
    assert done.returncode == 0
    for text in ("用法：crm due [OPTIONS]\n", "  列出该做的事", "\n选项：\n", "[默认：0]", "显示此帮助并退出"):
        assert text in done.stdout
    for word in ("Usage", "Options", "default", "Show"):
        assert word not in done.stdout


def test_help_of_a_group_is_chinese() -> None:
    done = speak("contact", "add", "--help")
    assert "\n参数：\n" in done.stdout
    assert "[必填]" in done.stdout
    assert "\n命令：\n  add" in speak("contact").stdout


def test_an_error_is_chinese(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    done = speak("--db", str(path), "due")
    assert done.returncode == 6
    assert done.stderr == f"crm: error: {path} 没有数据库\n  提示：创建它：crm --db {path} init\n"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["duee"], "没有命令 'duee'；是不是 'due'？"),
        (["due", "--kinds"], "没有选项 --kinds（可能是：--days, --kind）"),
        (["due", "--days"], "选项 '--days' 需要一个值"),
        (["due", "--days", "x"], "'--days' 的值无效：应为整数"),
        (["due", "--late=1"], "选项 '--late' 不带值"),
        (["due", "a", "b"], "多余的参数（a b）"),
        (["show"], "缺少参数 'CUSTOMER'"),
        (["snooze", "x"], "缺少选项 '--until'"),
        (["value", "--limit", "0"], "'--limit' 的值无效：不能小于 1"),
    ],
)
def test_what_typer_finds_wrong_is_chinese(command: list[str], error: str) -> None:
    done = speak(*command)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"crm: error: {error}"


@pytest.mark.usefixtures("in_chinese")
def test_a_sentence_that_nobody_translated_stays() -> None:
    assert chinese.sentence("Something new of Typer's.") == "Something new of Typer's."


@pytest.mark.parametrize("width", [10, 20, 33, 60])
def test_chinese_is_broken_by_cells_and_never_before_punctuation(width: int) -> None:
    text = "列出客户：crm list --owner 王芳，按“金额”倒序（最新的在前）。没成交的订单：status=cancelled"
    lines = chinese.wrapped(text, width)
    assert all(display_width(line) <= max(width, display_width("status=cancelled")) for line in lines)
    assert not [line for line in lines if line[0] in "，。：）”" or line[-1] in "（“"]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_each_line_of_a_text_stays_a_line() -> None:
    assert chinese.wrapped("第一行\n\n第二行", 80) == ["第一行", "", "第二行"]
