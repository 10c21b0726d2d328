"""mmengine's files, whole or not there."""
import os
from pathlib import Path
from typing import Union

from mmengine.fileio import LocalBackend, register_backend

from ..utils import replacing
from .faults import Fault, is_disk_full

#: Its name in ``backend_args``.
WHOLE_FILES = 'whole_files'


class WholeFileBackend(LocalBackend):
    """mmengine's local files, each written to the end before it has its name.

    As :func:`~pcloss_mmpose.utils.replacing` does, which see.
    """

    def put(self, obj: bytes, filepath: Union[str, Path]) -> None:
        """Write bytes.

        Raises:
            Fault: If the disk is full; what was there before still is.
        """
        filepath = str(filepath)
        os.makedirs(os.path.dirname(filepath) or '.', exist_ok=True)
        try:
            with replacing(filepath) as part, open(part, 'wb') as file:
                file.write(obj)
        except OSError as error:
            if is_disk_full(error):
                raise Fault(f'{filepath}: {error.strerror}; nothing of it '
                            'was kept, older files are whole: free some '
                            'space and go on with --resume') from error
            raise

    def put_text(self,
                 obj: str,
                 filepath: Union[str, Path],
                 encoding: str = 'utf-8') -> None:
        """Write text."""
        self.put(obj.encode(encoding), filepath)


# Importing mmengine's registry twice, as reloads do, is no mistake.
register_backend(WHOLE_FILES, WholeFileBackend, force=True)
