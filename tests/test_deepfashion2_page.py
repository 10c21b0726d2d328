"""docs/guides/deepfashion2.md: every command, as written, on little data."""
import json
import re
import shlex
from pathlib import Path

import pytest
from deepfashion2_tree import write_split
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from processes import run_python

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / 'docs/guides/deepfashion2.md').read_text()
QUICK = ['train_dataloader.batch_size=4', 'train_dataloader.num_workers=0']
QUICK += ['train_dataloader.persistent_workers=False']


def blocks(language):
    return re.findall(rf'```{language}\n(.*?)```', PAGE, flags=re.S)


COMMANDS = [
    shlex.split(line) for block in blocks('bash')
    for line in block.replace('\\\n', '').splitlines()
]


@pytest.fixture
def tree(tmp_path):
    for split in ('train', 'validation'):
        write_split(tmp_path / 'data/DeepFashion2', split, 4)
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def write_boxes(tree):
    """The true boxes as detections."""
    found = []
    for file in tree.glob('data/DeepFashion2/validation/annos/*.json'):
        found += [
            dict(
                image_id=int(file.stem),
                category_id=item['category_id'],
                bbox=[x1, y1, x2 - x1, y2 - y1],
                score=.9) for item in json.loads(file.read_text()).values()
            if isinstance(item, dict)
            for x1, y1, x2, y2 in [item['bounding_box']]
        ]
    (tree / 'work_dirs/found.bbox.json').write_text(json.dumps(found))


def test_commands(tree, run_tool):
    assert [Path(c[1]).name for c in COMMANDS] == [
        'render_garments.py', 'check_dataset.py', 'train.py', 'train.py',
        'test.py', 'compare.py', 'predict.py', 'train.py', 'test.py', 'test.py'
    ]
    photos = tree / 'photos'
    photos.mkdir()
    (photos / 'a.jpg').symlink_to(tree /
                                  'data/DeepFashion2/train/image/000001.jpg')
    for command in COMMANDS[1:]:
        words = command[1:]
        if 'train.py' in words[0]:
            epochs = 6 if 'rtmdet' in words[1] else 18
            words += ['--cfg-options', *QUICK]
            words += [f'train_cfg.val_interval={epochs}']
            words += [f'default_hooks.checkpoint.interval={epochs}']
        if 'check_dataset' in words[0]:
            assert run_tool(*words, cwd=tree).endswith(': no errors\n')
            continue
        if 'compare' in words[0]:
            table = run_tool(*words, cwd=tree)
            assert 'td-hm_res18_pc-skel' in table and 'NE' in table
            continue
        output = run_python(*words, cwd=tree)
        if words[-1].endswith('=work_dirs/found'):  # as if it had learned
            assert (tree / 'work_dirs/found.bbox.json').is_file()
            write_boxes(tree)
        if 'test.py' in words[0] and 'res18' in words[1]:
            assert 'deepfashion2/AP: ' in output
            assert 'deepfashion2/AP_occluded/viewpoint frontal: ' in output
            assert 'NE: ' in output
    found = json.loads(
        (tree / 'work_dirs/landmarks.keypoints.json').read_text())
    assert len(found) == len(
        json.loads((tree / 'work_dirs/found.bbox.json').read_text()))


def test_data_set(tree):
    text, = blocks('python')
    options = Config.fromstring(text, '.py').train_dataset
    init_default_scope('mmpose')
    options.data_root = str(tree / options.data_root)
    options.subset.pop('occlusion')
    assert len(DATASETS.build(options)) > 0
