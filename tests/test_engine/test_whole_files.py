"""Files are whole or not there; a full disk costs nothing that was there."""
import errno

import pytest

from pcloss_mmpose.engine import whole_files
from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.engine.whole_files import WholeFileBackend


def test_writes(tmp_path):
    file = tmp_path / 'new/folder/a.pth'
    WholeFileBackend().put(b'one', file)
    WholeFileBackend().put_text('zwölf', str(file))
    assert file.read_text(encoding='utf-8') == 'zwölf'
    assert [f.name for f in file.parent.iterdir()] == ['a.pth']


@pytest.mark.parametrize('moment', ['write', 'sync', 'rename'])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, moment):
    file = tmp_path / 'a.pth'
    WholeFileBackend().put(b'old', file)

    def full(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    if moment == 'write':

        def open_full(path, mode):
            opened = open(path, mode)
            return type(
                'Full', (), dict(
                    __enter__=lambda self: self,
                    __exit__=lambda self, *error: opened.close(),
                    write=full))()

        monkeypatch.setattr(whole_files, 'open', open_full, raising=False)
    else:
        name = dict(sync='fsync', rename='replace')[moment]
        monkeypatch.setattr(f'os.{name}', full)
    with pytest.raises(Fault, match='a.pth: No space left .* --resume'):
        WholeFileBackend().put(b'new', file)
    assert file.read_bytes() == b'old'
    assert [f.name for f in tmp_path.iterdir()] == ['a.pth']


def test_other_errors_stay_what_they_are(tmp_path):
    (tmp_path / 'a.pth').mkdir()
    with pytest.raises(IsADirectoryError):
        WholeFileBackend().put(b'new', tmp_path / 'a.pth')
    assert [f.name for f in tmp_path.iterdir()] == ['a.pth']
