from typing import Callable, Dict, Iterator, List, Optional, TypeVar

T = TypeVar('T')

#: Kinds that every layout knows.
FILES = 'files missing or unreadable'
EMPTY = 'files without readable annotations'

_EXAMPLES = 3


class Findings:
    """What is wrong, by kind: how often, and the first few examples.

    An instance is called as a reader calls its ``report``, see
    :mod:`pcloss_mmpose.datasets.readers.report`.

    Example:
        >>> findings = Findings()
        >>> for line in range(3, 8):
        ...     findings('empty boxes', f'list_bbox.txt:{line}')
        >>> print(*findings.lines(), sep='\\n')
        empty boxes: 5
            list_bbox.txt:3
            list_bbox.txt:4
            list_bbox.txt:5
            ...
    """

    def __init__(self) -> None:
        self.counts: Dict[str, int] = {}
        self.examples: Dict[str, List[str]] = {}
        self.hints: Dict[str, str] = {}

    def __call__(self, kind: str, message: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        examples = self.examples.setdefault(kind, [])
        if len(examples) < _EXAMPLES:
            examples.append(message)

    def __bool__(self) -> bool:
        return bool(self.counts)

    def hint(self, kind: str, text: Optional[str]) -> None:
        """Say what may be the cause of a kind, if anything is known."""
        if text:
            self.hints[kind] = text

    def lines(self) -> Iterator[str]:
        """The findings as text, the most frequent kind first."""
        for kind in sorted(self.counts, key=self.counts.get, reverse=True):
            yield f'{kind}: {self.counts[kind]:,}'
            for example in self.examples[kind]:
                yield f'    {example}'
            if self.counts[kind] > len(self.examples[kind]):
                yield '    ...'
            if kind in self.hints:
                yield f'    {self.hints[kind]}'

    def attempt(self, read: Callable[..., T], path: str, *args) -> Optional[T]:
        """Read a file that may be absent or hopeless.

        Args:
            read (Callable): A reader with the argument ``report``.
            path (str): The file, its first argument.
            *args: The other ones.

        Returns:
            T | None: What it returns; None if it gives up.
        """
        try:
            return read(path, *args, report=self)
        except (OSError, ValueError) as e:
            self(FILES, str(e))
            return None
