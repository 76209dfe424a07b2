# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the warm process (warm_server.py) has ready, so that a module need not load it again:

- libraries of the environment that most modules import (PRELOAD), as long as their files are what they were;
- the compiled code of what a payload's own zip file holds, found by the SHA-256 of its source: other bytes are other code;
- botocore's service models, which a session reads anew otherwise.

Code is run anew for each module, as it is without this: only the compiler's work is kept.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import hashlib
import importlib
import io
import marshal
import mmap
import os
import socket
import struct
import sys
import time
import types
import typing as t
import zipimport

#: What most modules import. What is not there is passed over, as a module that asks for it will find out by itself.
PRELOAD = (
    "argparse base64 ctypes datetime encodings.cp437 encodings.idna gettext grp json logging pkgutil pwd resource runpy shlex shutil subprocess"
    " syslog tempfile traceback unicodedata zipfile boto3 botocore.client botocore.config botocore.httpsession botocore.paginate botocore.session"
    " botocore.waiter distro packaging.version typing_extensions"
).split()
#: What botocore reads for every client, whatever its service is. Models of services are learnt from what modules ask for.
SHARED_DATA = ("endpoints", "partitions", "sdk-default-configuration", "_retry")


class Warmth:
    """What is kept warm. It is filled in the server; a module's process gets a copy, which it may do with as it likes."""

    #: Bytes that a module's process may hand back of what it compiled; only what is written takes memory.
    ROOM = 32 << 20

    def __init__(self) -> None:
        self.codes: dict[bytes, types.CodeType] = {}
        self.models: t.Any = None
        self.room: mmap.mmap | None = None
        self.module = 0  # the process that this is, once it is a module's
        self.asked: set[tuple[str, ...]] = set()
        self.compiled: dict[bytes, types.CodeType] = {}
        self.status: int | None = None  # with which the module's program ends, where that is known
        gc.disable()  # nothing of what is kept is garbage
        atexit.register(self.end)  # the first to be registered is the last to be called
        path = list(sys.path)
        sys.path[:] = [place for place in path if place not in ("", ".")]  # nothing out of the working directory
        with overheard() as words:
            for name in PRELOAD:
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
            with contextlib.suppress(Exception):
                self.models = shared_loader(self.asked)
        sys.path[:] = path
        self.seen = {place: marks(place) for place in places()}
        self.unfit = f"loading libraries says {words[0]!r}, which a module would miss" if words else ""
        if len(os.listdir("/proc/self/task")) > 1:
            self.unfit = "a library has started threads, which a fork does not copy"
        gc.collect()
        gc.freeze()

    def stale(self) -> str:
        """The first file or folder of what was preloaded that has changed since."""
        return next((place for place, mark in self.seen.items() if marks(place) != mark), "")

    def enter(self, room: mmap.mmap) -> None:
        """In a module's process: put in front of the import of zip files what finds their code ready."""
        self.room, self.module = room, os.getpid()
        gc.enable()
        time.tzset()  # as at Python's start
        if zipimport.zipimporter in sys.path_hooks:
            sys.path_hooks[sys.path_hooks.index(zipimport.zipimporter)] = zip_importer(self.codes, self.compiled)
        importlib.invalidate_caches()

    def end(self) -> None:
        """At the end of a module's process, all but the taking apart of what it holds: which takes several times what a small module does."""
        if self.room is None or self.module != os.getpid():
            return
        self.hand_back()
        if self.status is not None and nothing_is_left() and flushed(sys.stdout) and flushed(sys.stderr):
            os._exit(self.status)

    def hand_back(self) -> None:
        """What the server can have ready for the next."""
        if self.compiled or self.asked:
            news = marshal.dumps((self.compiled, sorted(self.asked)))
            if len(news) + 40 <= self.ROOM:
                self.room.write(hashlib.sha256(news).digest() + struct.pack(">Q", len(news)) + news)

    def learn(self, room: mmap.mmap) -> None:
        """Take over what a module's process handed back, if it came to that."""
        (length,) = struct.unpack(">Q", room[32:40])
        news = room[40 : 40 + length]
        if not length or hashlib.sha256(news).digest() != room[:32]:
            return
        compiled, asked = marshal.loads(news)
        self.codes.update(compiled)
        for question in asked:
            with contextlib.suppress(Exception):
                name_operations(self.models.load_service_model(*question))
        self.asked.clear()
        gc.freeze()


def nothing_is_left() -> bool:
    """Whether nothing is there that would do something as it goes: an open file that is written to, what has ``__del__``, what is in the middle
    of a generator. What was there before the module is frozen, and none of the collector's objects.
    """
    held = gc.get_objects()
    kinds = {kind for kind in set(map(type, held)) if hasattr(kind, "__del__")}
    return not any(type(one) in kinds and acts_as_it_goes(one) for one in held)


def acts_as_it_goes(one: t.Any) -> bool:
    """Whether an object with ``__del__`` would do anything but let go of memory and descriptors, which the end of a process does too."""
    if isinstance(one, io.IOBase):
        return not (isinstance(one, io.BytesIO | io.StringIO | io.RawIOBase) or one.closed or not one.writable())
    if isinstance(one, types.GeneratorType):
        return one.gi_suspended
    return not isinstance(one, socket.socket)


def flushed(stream: t.Any) -> bool:
    with contextlib.suppress(Exception):
        stream.flush()
        return True
    return False


@contextlib.contextmanager
def overheard() -> t.Iterator[list[bytes]]:
    """What is said on standard output and error meanwhile, by Python or by a library in C; it goes nowhere else."""
    words: list[bytes] = []
    ear = os.memfd_create("overheard")
    before = [os.dup(1), os.dup(2)]
    for descriptor in (1, 2):
        os.dup2(ear, descriptor)
    try:
        yield words
    finally:
        for stream, descriptor, old in zip((sys.stdout, sys.stderr), (1, 2), before, strict=True):
            stream.flush()
            os.dup2(old, descriptor)
            os.close(old)
        words += [text for text in [os.pread(ear, 200, 0)] if text]
        os.close(ear)


def places() -> set[str]:
    """The files of all modules that are loaded, and the folders in which the libraries among them lie."""
    files = {file for module in list(sys.modules.values()) if isinstance(file := getattr(module, "__file__", None), str) and os.path.isabs(file)}
    tops = [module for name, module in list(sys.modules.items()) if "." not in name and getattr(module, "__file__", None) in files]
    return files | {os.path.dirname(os.path.dirname(module.__file__) if hasattr(module, "__path__") else module.__file__) for module in tops}


def marks(place: str) -> tuple[int, ...]:
    """What changes with a file or with the list of a folder's files."""
    try:
        state = os.stat(place)
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino


def name_operations(model: t.Mapping[str, t.Any]) -> None:
    """Have the Python names of a service's operations ready, which botocore keeps and makes anew for each client otherwise."""
    import botocore

    for name in model.get("operations", {}):
        botocore.xform_name(name)


def shared_loader(asked: set[tuple[str, ...]]) -> t.Any:
    """One loader of botocore's models for all sessions that use its own models; it notes what it is asked for anew."""
    import botocore.loaders
    import botocore.session

    class SharedLoader(botocore.loaders.Loader):
        known: set[tuple[str, ...]] = set()

        def load_service_model(self, *question: str, **api_version: str | None) -> t.Any:
            question += tuple(filter(None, api_version.values()))
            if question not in self.known:
                self.known.add(question)
                asked.add(question)
            return super().load_service_model(*question)

    def create_loader(search_path_string: str | None = None) -> t.Any:
        own = search_path_string is None and not os.path.exists(shared.CUSTOMER_DATA_PATH)
        return shared if own else original(search_path_string)

    shared, original = SharedLoader(), botocore.session.create_loader
    for name in SHARED_DATA:
        with contextlib.suppress(Exception):
            shared.load_data_with_path(name)
    botocore.session.create_loader = create_loader
    return shared


def zip_importer(codes: dict[bytes, types.CodeType], compiled: dict[bytes, types.CodeType]) -> type:
    """Python's importer from zip files, but code that is known by its source is not compiled again."""

    class ZipImporter(zipimport.zipimporter):
        def _source(self, fullname: str) -> str:
            """Where the source of a module lies; nothing where Python would take something else."""
            stem = os.path.join(self.archive, self.prefix + fullname.rpartition(".")[2])
            if self.is_package(fullname):
                stem = os.path.join(stem, "__init__")
            with contextlib.suppress(OSError):
                self.get_data(stem + ".pyc")
                return ""
            return stem + ".py"

        def get_filename(self, fullname: str) -> str:
            return self._source(fullname) or super().get_filename(fullname)  # Python's own compiles the module to know its name

        def get_code(self, fullname: str) -> types.CodeType:
            path = self._source(fullname)
            key = hashlib.sha256(self.get_data(path)).digest() if path else b""
            if key not in codes:
                code = super().get_code(fullname)
                if path:
                    codes[key] = compiled[key] = code
                return code
            return moved(codes[key], path)

    return ZipImporter


def moved(code: types.CodeType, path: str) -> types.CodeType:
    """The same code, said to be of another file: a traceback names the payload that it is of."""
    if code.co_filename == path:
        return code
    parts = tuple(moved(part, path) if isinstance(part, types.CodeType) else part for part in code.co_consts)
    return code.replace(co_filename=path, co_consts=parts)
