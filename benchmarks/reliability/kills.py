"""Kill trainings, resume them, and compare with the undisturbed one.

A second call goes on after the rows that are stored.
"""
import argparse
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import torch
from common import RESULTS, Forked, equal, render, state, store, write_config

EPOCHS = 4
# What is written when, with val_interval=2: the file, and which time.
WRITES = {
    'the first checkpoint': 'epoch_1.pth',
    'a later checkpoint': 'epoch_3.pth',
    'the note last_checkpoint': 'last_checkpoint:3',
    'the first best checkpoint': 'best_NE_epoch_2.pth',
    'a checkpoint again, after its validation': 'epoch_2.pth:2',
    'the last checkpoint': 'epoch_4.pth',
    'a later best checkpoint': 'best_NE_epoch_4.pth',
}


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=Path, default=Path('work_dirs/kills'))
    parser.add_argument('--random', type=int, default=10, help='kills')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


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
    """Files under a final name that cannot be read; what the note names."""
    bad = [f.name for f in work_dir.glob('[!.]*.pth') if state(f) is None]
    note = work_dir / 'last_checkpoint'
    if note.exists():
        named = note.read_text().strip()
        if not named or not Path(named).is_file():
            bad.append(f'last_checkpoint, which names {named or "nothing"}')
    return sorted(bad)


def outcome(work_dir, true):
    """What a training ended with, beside the undisturbed one."""
    last, best = f'epoch_{EPOCHS}.pth', sorted(true.glob('best_*.pth'))[0].name
    return dict(
        equal=equal(state(work_dir / last), state(true / last)),
        optimizer_equal=equal(
            state(work_dir / last, 'optimizer'),
            state(true / last, 'optimizer')),
        best_equal=equal(state(work_dir / best), state(true / best)),
        files=sorted(
            f.name for f in work_dir.iterdir()
            if f.suffix == '.pth' or f.name.endswith('last_checkpoint')))


def kill_randomly(config, work_dir, true, number, rng, row):
    """A training, killed again and again at any moment, to its end."""
    row.update(kills=0, broken=[], code=0, trainings=0)

    def finish(code):
        row['code'] = row['code'] or code
        row['trainings'] += 1
        for key, value in outcome(work_dir, true).items():
            row[key] = row.get(key, True) and value

    while row['kills'] < number:
        process = Forked(config, work_dir, '--resume')
        # up to a bit more than an epoch, so that it gets on
        step, delay = rng.randrange(4), rng.uniform(0, 3)
        if kill_at(process, work_dir, step, delay):
            row['kills'] += 1
            row['broken'] += broken(work_dir)
            print(f'  kill {row["kills"]}: {step} steps and {delay:.1f} s',
                  flush=True)
        else:
            # done: it is compared, and the other kills strike a fresh one
            finish(process.wait())
            shutil.rmtree(work_dir)
    finish(Forked(config, work_dir, '--resume').wait())


def main():
    args = parse_args()
    work = args.work.resolve()
    data = render(work / 'FLD', 80)
    file = RESULTS / 'kills.json'
    rows = json.loads(file.read_text()) if file.exists() else []
    done = {(row['hooks'], row['what']) for row in rows}
    torch.set_num_threads(1)
    for stock in (False, True):
        hooks = 'stock' if stock else 'plugin'
        config = work / f'{hooks}.py'
        cfg = write_config(config, data, EPOCHS, stock)
        suicidal = work / f'{hooks}-kill.py'
        cfg.custom_imports['imports'] = ['pcloss_mmpose', 'self_kill']
        cfg.dump(suicidal)
        true = work / f'{hooks}-true'
        if not (true / f'epoch_{EPOCHS}.pth').exists():
            shutil.rmtree(true, ignore_errors=True)
            assert Forked(config, true).wait() == 0, true

        def add(row):
            rows.append(row)
            store('kills', rows, work)
            print(row, flush=True)

        for what, file in WRITES.items():
            if (hooks, f'while {what} is written') in done:
                continue
            work_dir = work / f'{hooks}-{file.replace(":", "-")}'
            shutil.rmtree(work_dir, ignore_errors=True)
            code = Forked(
                suicidal, work_dir, env={
                    'KILL_WHILE': file
                }).wait()
            row = dict(
                hooks=hooks,
                what=f'while {what} is written',
                kills=int(code == -signal.SIGKILL),
                broken=broken(work_dir))
            row['code'] = Forked(config, work_dir, '--resume').wait()
            row.update(outcome(work_dir, true))
            add(row)
        if (hooks, 'at random moments') in done:
            continue
        work_dir = work / f'{hooks}-random'
        for old in work.glob(f'{hooks}-random*'):
            shutil.rmtree(old)
        row = dict(hooks=hooks, what='at random moments')
        kill_randomly(config, work_dir, true, args.random,
                      random.Random(args.seed), row)
        add(row)


if __name__ == '__main__':
    main()
