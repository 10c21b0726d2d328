from collections.abc import Sequence

import numpy as np


class Formatted(Sequence):
    """Texts that differ by numbers alone, made when they are asked for.

    Args:
        pattern (str): As ``str.format`` takes it.
        *columns (np.ndarray): The numbers, (N, ) each.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.datasets.readers.formatted import Formatted
        >>> names = Formatted('{:06d}.jpg', np.array([7, 12]))
        >>> names[1], names[np.array([1, 0])][1]
        ('000012.jpg', '000007.jpg')
    """

    def __init__(self, pattern: str, *columns: np.ndarray) -> None:
        self._pattern = pattern
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, rows):
        values = [column[rows] for column in self._columns]
        if isinstance(rows, (int, np.integer)):
            return self._pattern.format(*(value.item() for value in values))
        return Formatted(self._pattern, *values)

    def after(self, text: str) -> 'Formatted':
        """The same texts with another one before each."""
        text = text.replace('{', '{{').replace('}', '}}')
        return Formatted(text + self._pattern, *self._columns)
