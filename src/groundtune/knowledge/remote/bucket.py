"""Files of an S3-compatible store, through fsspec. Where it is and who asks comes from the environment, as with every
program that speaks S3: AWS_ENDPOINT_URL, AWS_PROFILE, AWS_ACCESS_KEY_ID and their kin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

from groundtune.errors import MissingExtra
from groundtune.i18n import t
from groundtune.knowledge.remote.address import Address
from groundtune.knowledge.remote.fetch import Bounds, Copy, Entry, Gone, Signature, file_name, keep, too_big
from groundtune.knowledge.remote.guard import Unreached

_CHUNK_BYTES = 1 << 20


class Bucket:
    """What one s3:// address names: an object, or all below a prefix."""

    def __init__(self, address: Address, bounds: Bounds) -> None:
        self._address, self._bounds = address, bounds
        self._files = _open(bounds)

    def files(self) -> Iterator[Entry]:
        root = _path(self._address)
        with self._asking():
            if not self._address.is_folder and "/" in root:
                about = self._about(root)
                if about is not None and about["type"] == "file":
                    yield Entry(self._address, self._address.file_name, int(about["size"]), _signature(about))
                    return
            yield from self._below(root)

    def fetch(self, entry: Entry, known: Signature, folder: Path) -> Copy | None:
        if known.same_as(entry.signature):
            return None
        if entry.size is not None and entry.size > self._bounds.max_bytes:
            raise Unreached(too_big(entry.size, self._bounds))
        path = folder / file_name(entry.address.file_name)
        try:
            with self._asking(), self._files.open(_path(entry.address), "rb", cache_type="none") as file:
                size, sha256 = keep(iter(lambda: file.read(_CHUNK_BYTES), b""), path, self._bounds)
                now = _signature(file.details)
        except FileNotFoundError as error:
            raise Gone from error
        return Copy(path, Signature(now.etag, now.modified, size, sha256))

    def is_gone(self, address: Address) -> bool:
        with self._asking():
            return self._about(_path(address)) is None

    def close(self) -> None:
        """What is under way ends by its own time limits."""

    def _below(self, root: str) -> Iterator[Entry]:
        found = 0
        try:
            for folder, _, files in self._files.walk(root, detail=True, on_error="raise"):
                for name, about in sorted(files.items()):
                    path = f"{folder}/{name}".removeprefix(root).lstrip("/")
                    if not name or any(part.startswith((".", "~$")) for part in path.split("/")):
                        continue  # an object that stands for a folder, or a hidden one
                    found += 1
                    if found > self._bounds.max_files:
                        raise Unreached(t("It lists more than {limit} files.", limit=self._bounds.max_files))
                    yield Entry(self._address.below(path), path, int(about["size"]), _signature(about))
        except FileNotFoundError:
            self._refuse_unless_there(root.partition("/")[0])

    def _refuse_unless_there(self, bucket: str) -> None:
        """A prefix without objects is empty; a bucket that isn't there is not."""
        try:
            self._files.ls(bucket)
        except FileNotFoundError as error:
            raise Unreached(t("There is no bucket {bucket}.", bucket=bucket)) from error
        except PermissionError:
            return

    def _about(self, path: str) -> Mapping[str, Any] | None:
        """What the store tells of an object or prefix; `None` where there is neither."""
        try:
            about: Mapping[str, Any] = self._files.info(path)
        except FileNotFoundError:
            self._refuse_unless_there(path.partition("/")[0])
            return None
        return about

    @contextmanager
    def _asking(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, NoCredentialsError

        try:
            yield
        except FileNotFoundError:
            raise
        except NoCredentialsError as error:
            reason = t(
                "No keys were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a public "
                "bucket, FSSPEC_S3_ANON=true."
            )
            raise Unreached(reason) from error
        except (OSError, BotoCoreError) as error:
            raise Unreached(t("It could not be fetched: {error}", error=error)) from error


def _open(bounds: Bounds) -> Any:
    try:
        import fsspec
        import s3fs  # noqa: F401  (fsspec imports it by name, and says less when it is missing)
    except ImportError as error:
        raise MissingExtra("s3fs", "sources") from error
    seconds = bounds.silent_seconds
    return fsspec.filesystem(
        "s3",
        skip_instance_cache=True,
        use_listings_cache=False,
        config_kwargs={"connect_timeout": seconds, "read_timeout": seconds, "retries": {"max_attempts": 2}},
    )


def _path(address: Address) -> str:
    return address.name.removeprefix("s3://").rstrip("/")


def _signature(about: Mapping[str, Any]) -> Signature:
    modified = about.get("LastModified")  # to the millisecond in some stores' listings, elsewhere to the second
    told = None if modified is None else modified.astimezone(UTC).isoformat(timespec="seconds")
    return Signature(about.get("ETag"), told, int(about["size"]))
