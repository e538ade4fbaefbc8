"""Text that the engine cannot read as it stands (compressed, in another encoding) handed to it through a pipe.

Nothing is written to a disk: the file may hold identifiers.
"""

from __future__ import annotations

import codecs
import gzip
import os
import threading
import zlib
from types import TracebackType
from typing import IO, Self, cast

from dyadlink.errors import DyadlinkError, SourceError
from dyadlink.sources.catalogue import SourceFile

UTF_8 = "utf-8"
_CHUNK_BYTES = 1 << 20


def open_bytes(file: SourceFile) -> IO[bytes]:
    """The file's content, without its compression.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        # mypy takes what gzip opens for another kind of file; it reads bytes all the same.
        return cast("IO[bytes]", gzip.open(file.path)) if file.form == ".csv.gz" else file.path.open("rb")
    except OSError as error:
        raise SourceError(
            f"cannot be read ({error.strerror})", where=str(file.path), mend="check its permissions"
        ) from None


def read_start(file: SourceFile, n_bytes: int) -> bytes:
    """The first bytes of the file's content.

    Raises:
        SourceError: It cannot be read, or its compression is damaged.
    """
    try:
        with open_bytes(file) as content:
            return content.read(n_bytes)
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise _damaged(file) from None
        raise SourceError(
            f"cannot be read ({error.strerror})", where=str(file.path), mend="check its permissions"
        ) from None
    except (EOFError, zlib.error):
        raise _damaged(file) from None


def _damaged(file: SourceFile) -> SourceError:
    return SourceError("the compressed file is cut short or damaged", where=str(file.path), mend="export it again")


class TextStream:
    """A file as UTF-8 text, at `path` while the context lasts.

    Raises:
        SourceError: On leaving the context: the file is cut short, or is not text of its encoding.
    """

    def __init__(self, file: SourceFile, encoding: str) -> None:
        """Prepare the stream; nothing is read yet."""
        self._file, self._encoding = file, encoding
        self._problem: DyadlinkError | None = None

    def __enter__(self) -> Self:
        """Begin to read."""
        self._read_end, self._write_end = os.pipe()
        self.path = f"/dev/fd/{self._read_end}"
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; what was wrong with the file comes before what the engine made of it."""
        os.close(self._read_end)
        self._thread.join()
        if self._problem is not None:
            raise self._problem from None

    def _write(self) -> None:
        try:
            with os.fdopen(self._write_end, "wb") as pipe, open_bytes(self._file) as content:
                self._copy(content, pipe)
        except BrokenPipeError:
            pass  # the engine ended before the file did, and says why
        except DyadlinkError as error:
            self._problem = error
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self._problem = _damaged(self._file)

    def _copy(self, content: IO[bytes], pipe: IO[bytes]) -> None:
        as_declared = codecs.getincrementaldecoder(self._encoding)()
        as_utf_8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(UTF_8)()
        is_ascii, n_lines, is_last = True, 1, False
        while not is_last:
            chunk = content.read(_CHUNK_BYTES)
            is_last = not chunk
            try:
                text = as_declared.decode(chunk, is_last)
            except UnicodeDecodeError as error:
                raise self._not_text(n_lines + chunk[: error.start].count(b"\n")) from None
            if "\0" in text:
                raise nul_byte(self._file, n_lines + text[: text.index("\0")].count("\n"))
            as_utf_8 = _still_utf_8(as_utf_8, chunk, is_last)
            is_ascii = is_ascii and chunk.isascii()
            n_lines += text.count("\n")
            pipe.write(text.encode())
        if self._encoding != UTF_8 and not is_ascii and as_utf_8 is not None:
            raise SourceError(
                f"the text is UTF-8, not {self._encoding}", where=str(self._file.path), mend="correct csv.encoding"
            )

    def _not_text(self, line: int) -> SourceError:
        return SourceError(
            f"the text is not {self._encoding.upper()}",
            where=f"{self._file.path}, line {line}",
            mend="save it as UTF-8 or declare csv.encoding",
        )


def nul_byte(file: SourceFile, line: int) -> SourceError:
    """What is said of a file that holds a NUL byte: the engine would take it for a letter."""
    return SourceError("a NUL byte in the text", where=f"{file.path}, line {line}", mend="export it again as text")


def _still_utf_8(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, is_last: bool
) -> codecs.IncrementalDecoder | None:
    """The decoder, as long as all it saw is UTF-8: by chance, text of another encoding hardly ever is."""
    try:
        if decoder is not None:
            decoder.decode(chunk, is_last)
    except UnicodeDecodeError:
        return None
    return decoder
