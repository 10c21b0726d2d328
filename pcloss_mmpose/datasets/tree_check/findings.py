import re
from typing import Callable, Dict, Iterator, List, Optional, TypeVar

T = TypeVar('T')

#: Kinds that every layout knows.
FILES = 'files missing or unreadable'
EMPTY = 'files without readable annotations'

_EXAMPLES = 3
_PLACE = re.compile(r'.+?(:\d+|: annotation [^:]+|: item\d+)(?=: |$)')


class Findings:
    """What is wrong, by kind.

    An instance is called as a reader calls its ``report``, see
    :mod:`pcloss_mmpose.datasets.readers.mistakes`.

    Example:
        >>> findings = Findings()
        >>> for line in range(3, 8):
        ...     findings('empty boxes', f'list_bbox.txt:{line}')
        >>> print(*findings.lines(), sep='\\n')
        empty boxes: 5
            list_bbox.txt:3
            list_bbox.txt:4
            list_bbox.txt:5
            ... and 2 more, which --all lists
    """

    def __init__(self) -> None:
        self.messages: Dict[str, List[str]] = {}
        self.hints: Dict[str, str] = {}

    def __call__(self, kind: str, message: str) -> None:
        self.messages.setdefault(kind, []).append(message)

    def __bool__(self) -> bool:
        return bool(self.messages)

    @property
    def counts(self) -> Dict[str, int]:
        return {kind: len(found) for kind, found in self.messages.items()}

    def hint(self, kind: str, text: Optional[str]) -> None:
        """Say what may be the cause of a kind, if anything is known."""
        if text:
            self.hints[kind] = text

    def lines(self, every: bool = False) -> Iterator[str]:
        """The findings as text, the most frequent kind first.

        Args:
            every (bool): Whether to list all, not three examples of a kind,
                of different lines if there are. Defaults to False.
        """
        counts = self.counts
        for kind in sorted(counts, key=lambda k: counts[k], reverse=True):
            yield f'{kind}: {counts[kind]:,}'
            found = self.messages[kind]
            shown = found if every else _examples(found)
            for message in shown:
                yield f'    {message}'
            if len(shown) < len(found):
                yield (f'    ... and {len(found) - len(shown):,} more, which '
                       '--all lists')
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


def _examples(messages: List[str]) -> List[str]:
    """Pick a few, of different lines of the files as far as there are."""
    seen = set()
    distinct: List[str] = []
    repeated: List[str] = []
    for message in messages:
        match = _PLACE.match(message)
        place = match.group() if match else message
        (repeated if place in seen else distinct).append(message)
        seen.add(place)
    return (distinct + repeated)[:_EXAMPLES]
