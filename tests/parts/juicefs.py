"""A real JuiceFS S3 gateway on a free loopback port, with its state in a folder of the test."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from datalab.core.errors import ProviderUnavailable
from datalab.providers.objects.minio_admin import ensure_platform_user
from datalab.providers.objects.s3 import S3Objects
from tests.parts.ports import free_port, status_of, stop, wait_for

JUICEFS = shutil.which("juicefs", path=str(Path(sys.executable).parent)) or "juicefs"


@dataclass(kw_only=True)
class Gateway:
    folder: Path
    port: int = field(default_factory=free_port)
    root_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    access_key: str = "datalab-platform"
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}"

    def start(self) -> None:
        meta = f"sqlite3://{self.folder / 'meta.sqlite3'}"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "MINIO_ROOT_USER": "root",
            "MINIO_ROOT_PASSWORD": self.root_password,
        }
        with (self.folder / "gateway.log").open("ab") as log:
            if not (self.folder / "meta.sqlite3").exists():
                format_ = [JUICEFS, "format", "--storage", "file", "--trash-days", "0"]
                subprocess.run(
                    [*format_, "--bucket", f"{self.folder / 'blocks'}/", meta, "datalab"],
                    env=environment,
                    stdout=log,
                    stderr=log,
                    check=True,
                    timeout=60,
                )
            options = ["--multi-buckets", "--keep-etag", "--object-meta", "--no-banner"]
            files = ["--log", str(self.folder / "gateway-own.log")]
            cache = ["--cache-dir", str(self.folder / "cache"), "--no-usage-report"]
            metrics = ["--metrics", f"127.0.0.1:{free_port()}"]
            self.process = subprocess.Popen(
                [JUICEFS, "gateway", *options, *files, *cache, *metrics, meta, self.address],
                env=environment,
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: status_of(self.port, "/minio/health/live") == 200, self.process)
        wait_for(self.has_platform_user, self.process)

    def has_platform_user(self) -> bool:
        try:
            ensure_platform_user(
                endpoint=self.address,
                root_user="root",
                root_password=self.root_password,
                access_key=self.access_key,
                secret_key=self.secret_key,
            )
        except ProviderUnavailable:
            return False
        return True

    def objects(self) -> S3Objects:
        return S3Objects(
            endpoint=self.endpoint,
            access_key=lambda: self.access_key,
            secret_key=lambda: self.secret_key,
        )


@contextmanager
def running_gateway(folder: Path) -> Iterator[Gateway]:
    gateway = Gateway(folder=folder)
    try:
        gateway.start()
        yield gateway
    finally:
        if gateway.process:
            stop(gateway.process)
