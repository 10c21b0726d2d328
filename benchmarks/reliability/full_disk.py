"""Fill a disk while something is written, free it, and go on.

The disk is a tmpfs, so this runs as root.
"""
import argparse
import pickle
import subprocess
import sys
from pathlib import Path

from common import ROOT, equal, render, state, store, train, write_config

EPOCHS = 4


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', type=Path, default=Path('work_dirs/disk'))
    return parser.parse_args()


class Disk:
    """A small one, with a file that takes what is left of it."""

    def __init__(self, folder: Path, size: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs',
             str(folder)], check=True)
        self.folder = folder

    def fill(self, leave: int) -> None:
        """Leave this many bytes free."""
        done = subprocess.run(['df', '-B1', '--output=avail',
                               str(self.folder)], stdout=subprocess.PIPE,
                              universal_newlines=True, check=True)
        free = int(done.stdout.split()[-1]) - leave
        with open(self.folder / 'ballast', 'wb') as file:
            file.write(bytes(max(0, free)))

    def free(self) -> None:
        (self.folder / 'ballast').unlink()

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        subprocess.run(['umount', str(self.folder)], check=True)


def said(text: str) -> str:
    """The last line of an output."""
    return text.strip().split('\n')[-1]


def whole(file):
    try:
        pickle.loads(file.read_bytes())
    except (EOFError, pickle.UnpicklingError):
        return False
    return True


def checkpoints(folder, stock):
    """Fill the disk after the first checkpoint."""
    data = render(folder.parent / 'FLD', 80)
    hooks = 'stock' if stock else 'plugin'
    config = folder.parent / f'{hooks}.py'
    write_config(config, data, EPOCHS, stock)
    true = folder.parent / f'{hooks}-true'
    if not (true / f'epoch_{EPOCHS}.pth').exists():
        assert train(config, true).wait() == 0
    with Disk(folder, '40m') as disk:
        work = folder / 'work'
        process = train(config, work)
        while not (work / 'last_checkpoint').exists():
            assert process.poll() is None
        # room for half a checkpoint, and for the logs
        disk.fill(next(work.glob('epoch_*.pth')).stat().st_size // 2)
        code = process.wait()
        text = (work / 'output.log').read_text(errors='replace')
        row = dict(
            what='a checkpoint', hooks=hooks, code=code, said=said(text),
            traceback='Traceback (most recent call last)' in text,
            broken=[f.name for f in work.glob('*.pth') if state(f) is None],
            whole=[f.name for f in work.glob('*.pth') if state(f)],
            parts=[f.name for f in work.glob('.part-*')])
        disk.free()
        row['code_after'] = train(config, work, '--resume').wait()
        last = f'epoch_{EPOCHS}.pth'
        row['equal'] = equal(state(work / last), state(true / last))
    return row


def command(what, folder, arguments, size, leave):
    """A tool on a disk that is too small, then on one with more room."""
    with Disk(folder, size) as disk:
        disk.fill(leave)
        run = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                   universal_newlines=True)
        full = subprocess.run([sys.executable, '-W', 'ignore', *arguments],
                              **run)
        row = dict(
            what=what, hooks='', code=full.returncode, said=said(full.stdout),
            traceback='Traceback (most recent call last)' in full.stdout,
            broken=[f.name for f in folder.glob('*.pkl') if not whole(f)],
            parts=sorted(str(f.relative_to(folder))
                         for f in folder.rglob('*.part*')))
        disk.free()
        again = subprocess.run([sys.executable, '-W', 'ignore', *arguments],
                               **run)
        row['code_after'] = again.returncode
        if again.returncode:
            row['said_after'] = said(again.stdout)
    return row


def main():
    work = parse_args().work.resolve()
    rows = []

    def add(row):
        rows.append(row)
        store('full_disk', rows, work)
        print(row, flush=True)

    add(command('a rendered set', work / 'rendered', [
        str(ROOT / 'tools/dataset_converters/render_garments.py'), '--layout',
        'fld', '--num', '40', '--size', '128', '--workers', '1', '--out',
        str(work / 'rendered/FLD')
    ], '8m', 100 * 1024))
    add(checkpoints(work / 'plugin-disk', False))
    add(checkpoints(work / 'stock-disk', True))
    true = work / 'plugin-true'
    add(command('predictions of test.py', work / 'predictions', [
        str(ROOT / 'tools/test.py'),
        str(work / 'plugin.py'),
        str(true / f'epoch_{EPOCHS}.pth'), '--work-dir',
        str(work / 'tested'), '--dump',
        str(work / 'predictions/predictions.pkl')
    ], '8m', 4096))


if __name__ == '__main__':
    main()
