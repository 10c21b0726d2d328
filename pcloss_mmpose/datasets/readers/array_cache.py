"""Arrays that take long to make, kept in a file."""
import os
import pickle
import zipfile
import zlib
from typing import Dict, Optional

import numpy as np

from ...utils import replacing


def load_arrays(path: str, key: str) -> Optional[Dict[str, np.ndarray]]:
    """Load arrays if they are whole and were saved under the same key.

    Args:
        path (str): Where :func:`save_arrays` put them.
        key (str): What they were made of, and how.

    Returns:
        dict | None: The arrays; None if there is no such file, or it was
        saved under another key, cut off or changed.
    """
    try:
        with open(path, 'rb') as raw, np.load(raw) as file:
            if str(file['key']) != key:
                return None
            return {name: file[name] for name in file.files if name != 'key'}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile,
            zlib.error, pickle.UnpicklingError):
        return None


def save_arrays(path: str, key: str, arrays: Dict[str, np.ndarray]) -> None:
    """Save arrays, whole or not at all.

    Raises:
        OSError: If that is not possible.
    """
    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
    with replacing(path) as part:
        np.savez(part, key=key, **arrays)
