"""Which static files of installed packages are collected: only those that a page of ours can ask for."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from django.core.files.storage import Storage

# django-countries has a flag for each country: compressing what nobody loads took most of a deployment.
NEVER_LOADED = ["flags/*", "*.md"]


class LoadedFilesFinder(AppDirectoriesFinder):
    """Django's finder of the packages' static files, without NEVER_LOADED when they are collected."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for path, storage in super().list(ignore_patterns):
            if not any(fnmatchcase(path, pattern) for pattern in NEVER_LOADED):
                yield path, storage
