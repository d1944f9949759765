"""Local stand-ins for images: found by image, built once by a process of their own, shared by all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datalab.providers.cluster.local.spec import BuildStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a chart's `local/` folder says about one image.

    `key` names what would be built: it changes with the declaration's files, the interpreter and
    the platform, so an environment never changes under a running tool.
    """

    key: str
    title: str
    folder: Path
    images: Sequence[str]


class Environments:
    """All environments of one platform, below `root`; charts may stand only in `catalogue`.

    Safe to use from any number of processes and threads; every method returns at once.
    """

    def __init__(self, root: Path, catalogue: Path) -> None:
        self._root = root
        self._catalogue = catalogue

    def for_image(self, chart_folder: Path, image: str) -> Declaration:
        """Raises ProviderRefused naming the image where the chart declares nothing for it."""
        raise NotImplementedError

    def status(self, declaration: Declaration) -> BuildStatus:
        """A few stats: cheap enough to ask several times a second. A killed build is ABSENT."""
        raise NotImplementedError

    def start_build(self, declaration: Declaration) -> None:
        """Build in a process that outlives this one. Nothing happens where it is ready or building."""
        raise NotImplementedError

    def progress_path(self, declaration: Declaration) -> Path:
        """The file that is replaced at every step of the build, and gone once it is READY."""
        raise NotImplementedError
