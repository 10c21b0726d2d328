"""Trainings of which one sample is absurd, with the plugin's hooks or not."""
import argparse
import logging
import shutil
from pathlib import Path

import numpy as np
import torch
from common import CONFIG, render, store, write_config
from mmcv.transforms import BaseTransform
from mmengine.runner import Runner
from mmpose.registry import TRANSFORMS

REGRESSION = (
    CONFIG.parents[2] / 'topdown_regression/fld' /
    CONFIG.name.replace('td-hm', 'td-reg'))
MODELS = dict(heatmaps=CONFIG, regression=REGRESSION)
VALUES = dict(NaN=np.nan, infinity=np.inf, **{
    '1e30': 1e30,
    '1e15': 1e15,
    '1e6': 1e6
})


@TRANSFORMS.register_module()
class Spoil(BaseTransform):
    """Makes a pixel or a landmark of one sample, by its number, absurd."""

    def __init__(self, key, value, number):
        self.key, self.value, self.left = key, float(value), number

    def transform(self, results):
        self.left -= 1
        if self.left == 0:
            spoilt = results[self.key].astype(np.float32)
            if self.key == 'img':
                spoilt[::7] = self.value
            else:
                spoilt[:, ::3] = self.value
            results[self.key] = spoilt
        return results


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', type=Path, default=Path('work_dirs/spikes'))
    return parser.parse_args()


def finite(file, what='state_dict'):
    content = torch.load(file, map_location='cpu')
    tensors = content['state_dict'].values()
    if what == 'optimizer':
        tensors = [v for s in content['optimizer']['state'].values()
                   for v in s.values() if isinstance(v, torch.Tensor)]
    return all(torch.isfinite(t).all() for t in tensors
               if t.is_floating_point())


def run(model, key, value, stock, work_dir, data):
    """Two epochs of two steps; the second one has the sample."""
    shutil.rmtree(work_dir, ignore_errors=True)
    cfg = write_config(work_dir / 'config.py', data, 2, stock, keep=-1,
                       source=MODELS[model])
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.val_dataloader.update(num_workers=0, persistent_workers=False)
    pipeline = cfg.train_dataloader.dataset.pipeline
    pipeline.insert(1, dict(type='Spoil', key=key, value=value,
                            number=len_train(data) + 5))
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = cfg.visualizer.name = work_dir.name
    cfg.log_level = 'WARNING'
    row = dict(model=model, of=key, value=value,
               hooks='stock' if stock else 'plugin')
    runner = Runner.from_cfg(cfg)
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    runner.logger.addHandler(handler)
    try:
        runner.train()
        row['ended'] = 'to the end'
    except Exception as error:
        row['ended'] = f'{type(error).__name__}: {error}'
    row['warnings'] = [x for x in lines if 'times the median' in x]
    losses = runner.message_hub.get_scalar('train/loss').data[0]
    row['losses'] = [float(x) for x in losses]
    files = sorted(work_dir.glob('epoch_*.pth'))
    row['checkpoints'] = len(files)
    row['finite'] = all(map(finite, files))
    row['optimizer_finite'] = all(finite(f, 'optimizer') for f in files)
    return row


def len_train(data):
    text = (data / 'Eval/list_eval_partition.txt').read_text()
    return text.split().count('train')


def main():
    args = parse_args()
    torch.set_num_threads(1)
    work = args.work.resolve()
    data = render(work / 'FLD', 80)
    rows = []
    for model in MODELS:
        for key in ('img', 'keypoints'):
            for name, value in VALUES.items():
                if key == 'img' and name in ('1e15', '1e6'):
                    continue
                for stock in (False, True):
                    kind = 'stock' if stock else 'plugin'
                    work_dir = work / f'{model}-{key}-{name}-{kind}'
                    row = run(model, key, value, stock, work_dir, data)
                    row['value'] = name
                    rows.append(row)
                    store('spikes', rows, work)
                    print(row, flush=True)


if __name__ == '__main__':
    main()
