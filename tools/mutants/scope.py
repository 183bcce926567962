"""What is mutated: the code that decides things, and what guards people's data."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "registration/rules",
    "logistics/rules",
    "agenda/rules",
    "registration/services",
    "logistics/services",
    "agenda/services",
    "rcm_portal/security",
    "rcm_portal/mail",
    "rcm_portal/uploads",
    "rcm_portal/files",
)


def package_of(file: str) -> str:
    """The folder of FOLDERS that a file stands in."""
    return next(folder for folder in FOLDERS if file.startswith(f"{folder}/"))


def files(wanted: list[str]) -> list[str]:
    """The modules of the scope, or those of the files and folders asked for; SystemExit names what is no part of it."""
    every = sorted(
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py" or path.stat().st_size
    )
    if not wanted:
        return every
    chosen: set[str] = set()
    for name in wanted:
        name = name.strip("/")
        found = {file for file in every if file == name or file.startswith(f"{name}/")}
        if not found:
            raise SystemExit(f"{name} is no module or folder of what is mutated: {', '.join(FOLDERS)}.")
        chosen |= found
    return sorted(chosen)
