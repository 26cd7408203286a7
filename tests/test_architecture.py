"""The house rules that a reader relies on: who may import whom, and what stays at the edge."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import crmcli

PACKAGE = Path(crmcli.__file__).parent
VALUES = {"errors", "values", "calendars", "tables", "headings", "i18n", "fields", "files"}
CAPABILITIES = {"intake", "cleaning", "grading", "care"}
# What each part of the house may import of it; `fields` describes the tables with values and tables.
ALLOWED = {
    **{name: VALUES - {name} for name in VALUES},
    "policy": VALUES,
    "store": VALUES | {"policy"},
    "intake": VALUES | {"policy", "store", "cleaning"},
    "cleaning": VALUES | {"policy", "store"},
    "grading": VALUES | {"policy", "store"},
    "care": VALUES | {"policy", "store", "intake", "grading"},
    "reports": VALUES | {"policy", "store"} | CAPABILITIES,
    # What goes out: only the edge asks for it.
    "notifying": VALUES | {"store", "care"},
    "cli": VALUES | {"policy", "store", "reports", "notifying", ""} | CAPABILITIES,
    "__main__": {"cli"},
    # The Python door opens onto all capabilities, when they are asked for.
    "": VALUES | {"store"} | CAPABILITIES,
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The room that a module is in: a package's name, or a module's own; "" is crmcli itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The modules of crmcli that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    # Anybody may ask for the version.
    return {name for name in found if name.split(".")[0] == "crmcli"} - {"crmcli.__version__"}


def libraries(path: Path) -> set[str]:
    """The top names of all that a module imports."""
    nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0] for name in plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    }


def room(name: str) -> str:
    pieces = name.split(".")
    inside = len(pieces) > 1 and ((PACKAGE / pieces[1]).is_dir() or (PACKAGE / f"{pieces[1]}.py").exists())
    return pieces[1] if inside else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_the_way_of_the_data(path: Path) -> None:
    own = part(path)
    wrong = {name for name in imports(path) if room(name) not in ALLOWED[own] | {own}}
    assert not wrong


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    graph = {module_name(path): {target for name in imports(path) if (target := known(name))} for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for target in graph[name] - {name, "crmcli"}:
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def module_name(path: Path) -> str:
    pieces = ("crmcli", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(pieces).removesuffix(".__init__")


def known(name: str) -> str:
    """The module that an imported name is, or is in."""
    names = {module_name(path) for path in MODULES}
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) not in ("cli", "__main__", "")], ids=str)
def test_only_the_edge_reads_the_world_and_prints(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not libraries(path) & {"typer", "rich", "click"}
    assert not calls & {"print", "input", "datetime.now", "date.today", "datetime.utcnow", "time.time", "os.getenv"}
    assert "os.environ" not in ast.unparse(tree)
    assert "sys.argv" not in ast.unparse(tree)


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name != "models"], ids=str)
def test_no_module_needs_the_models_when_it_runs(path: Path) -> None:
    """`schema.sql` is written from them; their libraries are not installed with the program."""
    assert not libraries(path) & {"sqlalchemy", "sqlmodel"}
    assert not {name for name in map(known, imports(path)) if name.startswith("crmcli.store.models")}


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        (["--version"], ("rich", "sqlite3", "crmcli.policy")),
        (["due"], ("rich", "crmcli.headings", "pydantic_settings", "crmcli.policy", "phonenumbers", "borax")),
        (["find", "x"], ("rich", "crmcli.headings", "crmcli.policy", "phonenumbers")),
        (["log", "x", "y"], ("rich", "crmcli.headings")),
        (["tier", "run"], ("rich", "pydantic", "phonenumbers")),
    ],
)
def test_the_daily_commands_start_light(db: Path, command: list[str], unwanted: tuple[str, ...]) -> None:
    code = (
        "import sys; from crmcli.cli import main; main(sys.argv[1:]); "
        "print(*sorted({name for name in sys.modules}), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--db", str(db), *command], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not {name for name in unwanted if name in loaded}
