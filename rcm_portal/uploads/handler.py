"""Receives uploaded files in memory: a passport copy never lies in the clear in a temporary folder, not for a second."""

from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MOST_FILES = 4  # a request announced as larger than this many of the largest files is not read at all


class CappedMemoryUploadHandler(FileUploadHandler):
    """Keeps at most settings.UPLOAD_MAX_BYTES and one byte of each file, and reports its true size.

    So the form can say beside the field that the file is too large, with everything else kept, and memory stays
    bounded. Use as the only handler of FILE_UPLOAD_HANDLERS.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int | None,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse a body far past the cap before reading it. Raises RequestDataTooBig, which answers 400."""
        if content_length is not None and content_length > MOST_FILES * settings.UPLOAD_MAX_BYTES:
            raise RequestDataTooBig("The request is far larger than the largest file that is accepted.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file."""
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep what is below the cap, drop the rest."""
        room = settings.UPLOAD_MAX_BYTES + 1 - start
        if room > 0:
            self.file.write(raw_data[:room])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file with the number of bytes that were sent, which can be more than were kept."""
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
