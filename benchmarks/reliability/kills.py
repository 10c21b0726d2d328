"""Kill trainings, resume them, and compare with the undisturbed one."""
import argparse
import os
import random
import shutil
import signal
import time
from pathlib import Path

from common import equal, state, train, write_config
from tables import store

from pcloss_mmpose.rendering import render_dataset

EPOCHS = 4
RANDOM_KILLS = 10
# What is written when, with val_interval=2: the file, and which time.
WRITES = {
    'while the first checkpoint is written': 'epoch_1.pth',
    'while a later checkpoint is written': 'epoch_3.pth',
    'while the note last_checkpoint is written': 'last_checkpoint:3',
    'while the first best checkpoint is written': 'best_NE_epoch_2.pth',
    'while a checkpoint is written again, after its validation':
    'epoch_2.pth:2',
    'while the last checkpoint is written': 'epoch_4.pth',
    'while a later best checkpoint is written': 'best_NE_epoch_4.pth',
}


def steps(work_dir):
    """Lines of training steps in the logs so far."""
    log = work_dir / 'output.log'
    text = log.read_bytes() if log.exists() else b''
    return text.count(b'Epoch(train)')


def kill_at(process, work_dir, step, delay):
    """Kill all of it, some time after a step; False if it ended before."""
    start = steps(work_dir)
    while steps(work_dir) - start < step:
        if process.poll() is not None:
            return False
        time.sleep(.02)
    time.sleep(delay)
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True


def broken(work_dir):
    """Files under a final name that cannot be read."""
    bad = [f.name for f in work_dir.glob('[!.]*.pth') if state(f) is None]
    note = work_dir / 'last_checkpoint'
    if note.exists() and not Path(note.read_text().strip() or '/').is_file():
        bad.append(note.name)
    return sorted(bad)


def outcome(work_dir, true):
    """What a training ended with, beside the undisturbed one."""
    best, = [f.name for f in true.glob('best_*.pth')]
    return dict(
        equal=equal(work_dir / f'epoch_{EPOCHS}.pth',
                    true / f'epoch_{EPOCHS}.pth'),
        best_equal=equal(work_dir / best, true / best))


def kill_while_writing(file, config, suicidal, work_dir, true):
    """A training that dies in the midst of a file, and goes on."""
    code = train(suicidal, work_dir, KILL_WHILE=file).wait()
    row = dict(kills=int(code == -signal.SIGKILL), broken=broken(work_dir))
    row['code'] = train(config, work_dir, '--resume').wait()
    return {**row, **outcome(work_dir, true)}


def kill_randomly(config, work_dir, true):
    """A training, killed again and again at any moment, to its end."""
    rng = random.Random(0)
    row = dict(kills=0, broken=[], code=0, equal=True, best_equal=True)

    def finish(code):
        row['code'] = row['code'] or code
        for key, value in outcome(work_dir, true).items():
            row[key] = row[key] and value

    while row['kills'] < RANDOM_KILLS:
        process = train(config, work_dir, '--resume')
        # up to a bit more than an epoch, so that it gets on
        if kill_at(process, work_dir, rng.randrange(4), rng.uniform(0, 3)):
            row['kills'] += 1
            row['broken'] += broken(work_dir)
        else:
            # done: it is compared, and the other kills strike a fresh one
            finish(process.wait())
            shutil.rmtree(work_dir)
    finish(train(config, work_dir, '--resume').wait())
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', type=Path, default=Path('work_dirs/kills'))
    work = parser.parse_args().work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    data = work / 'FLD'
    render_dataset('fld', 80, 0, str(data), 128,
                   split=dict(train=.8, val=.1, test=.1))
    rows = []
    for hooks in ('plugin', 'stock'):
        config = work / f'{hooks}.py'
        cfg = write_config(config, data, EPOCHS, hooks == 'stock')
        suicidal = work / f'{hooks}-kill.py'
        cfg.custom_imports['imports'] = ['pcloss_mmpose', 'self_kill']
        cfg.dump(suicidal)
        true = work / f'{hooks}-true'
        assert train(config, true).wait() == 0, true
        for what, file in {**WRITES, 'at random moments': None}.items():
            work_dir = work / f'{hooks}-{str(file).replace(":", "-")}'
            row = (
                kill_while_writing(file, config, suicidal, work_dir, true)
                if file else kill_randomly(config, work_dir, true))
            rows.append(dict(hooks=hooks, what=what, **row))
            print(rows[-1], flush=True)
    store('kills', rows)


if __name__ == '__main__':
    main()
