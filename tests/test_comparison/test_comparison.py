import json
import pickle

import cv2
import numpy as np
import pytest

from pcloss_mmpose.comparison import (comparison_table, draw_differences,
                                      read_run)
from pcloss_mmpose.comparison.run import train_seconds


def make_run(folder, name, shifts, step_time=0.5):
    """A run whose landmark 0 is off by shifts[n] % of the box in image n."""
    work_dir = folder / name
    log = work_dir / '20260101_000000/vis_data/scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text('\n'.join(
        json.dumps(dict(lr=1e-3, time=step_time, iter=i))
        for i in (10, 20, 30)) + '\n' + json.dumps(dict(NE=0.1, time=9.)))
    samples = []
    for n, shift in enumerate(shifts):
        file = folder / f'{n}.png'
        cv2.imwrite(str(file), np.full((120, 110, 3), 40 * n, np.uint8))
        gt = np.stack([10. + 10 * np.arange(8), np.full(8, 50.)], -1)[None]
        pred = gt.copy()
        pred[0, 0, 1] += shift  # of a box of 100 pixels: percent
        raw = np.concatenate([gt[0], np.full((8, 1), 2.)], 1).ravel().tolist()
        samples.append(
            dict(
                img_path=str(file),
                raw_ann_info=dict(keypoints=raw),
                pred_instances=dict(keypoints=pred),
                gt_instances=dict(
                    keypoints=gt, bboxes=np.array([[0., 0., 100., 100.]]))))
    dump = work_dir / 'predictions.pkl'
    dump.write_bytes(pickle.dumps(samples))
    return read_run(name, dump, work_dir)


def cells(table, label):
    (row, ) = [r for r in table.splitlines() if r.startswith(f'| {label} ')]
    return [cell.strip() for cell in row.strip('|').split('|')][1:]


def test_table(tmp_path):
    first = make_run(tmp_path, 'baseline', [8., 0., 16.])
    second = make_run(tmp_path, 'PCLoss', [8., 0., 4.], step_time=0.6)
    table = comparison_table([first, second])
    assert cells(table, 'left collar') == [
        '8.00', '4.00', '-4.00 (-50.0 %)'
    ]
    assert cells(table, 'right collar') == ['0.00', '0.00', '+0.00']
    assert cells(table, '**NE (avg.)**') == [
        '1.00', '0.50', '-0.50 (-50.0 %)'
    ]
    assert cells(table, 'outliers') == ['4.17', '0.00', '-4.17 (-100.0 %)']
    # 30 steps of 0.5 s and of 0.6 s
    assert cells(table, 'training, minutes')[:2] == ['0.2', '0.3']
    assert '3 test images, 24 visible landmarks' in table
    np.testing.assert_allclose(first.image_errors, [.01, 0., .02])


def test_different_images_are_refused(tmp_path):
    runs = [
        make_run(tmp_path, 'a', [1., 2.]),
        make_run(tmp_path, 'b', [1., 2., 3.])
    ]
    with pytest.raises(ValueError, match='b and a were tested on different'):
        comparison_table(runs)


def test_picture_shows_where_the_runs_differ_most(tmp_path):
    first = make_run(tmp_path, 'a', [1., 50., 3.])
    second = make_run(tmp_path, 'b', [1., 2., 3.])
    draw_differences(first, second, tmp_path / 'one.png', num_images=1)
    picture = cv2.imread(str(tmp_path / 'one.png'))
    assert picture.shape[0] < picture.shape[1]
    # of the three grey images the second one, value 40, fills the panels
    grey = (picture == 40).all(-1).mean()
    assert grey > 0.1 > (picture == 80).all(-1).mean()
    assert not list(tmp_path.glob('.*'))


def test_training_time_counts_resumed_steps_once(tmp_path):
    for stamp, iters in (('1', (10, 20)), ('2', (20, 30, 40))):
        log = tmp_path / stamp / 'vis_data/scalars.json'
        log.parent.mkdir(parents=True)
        log.write_text('\n'.join(
            json.dumps(dict(lr=1., time=2., iter=i)) for i in iters))
    assert train_seconds(tmp_path) == 80.
    assert np.isnan(train_seconds(tmp_path / '1'))
