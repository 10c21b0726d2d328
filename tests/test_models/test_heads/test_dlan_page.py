"""docs/reference/dlan.md: its commands, as written, on little data."""
import re
import shlex
from pathlib import Path

from processes import run_python

from pcloss_mmpose.rendering import render_dataset

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / 'docs/reference/dlan.md').read_text()
COMMANDS = [
    shlex.split(line)[1:]
    for block in re.findall(r'```bash\n(.*?)```', PAGE, flags=re.S)
    for line in block.replace('\\\n', '').splitlines()
]


def test_commands(run_tool, tmp_path):
    full_size, small, one_step, compare = COMMANDS
    assert (ROOT / full_size[1]).is_file()  # trained a step by test_configs
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    render_dataset('fld', 24, 1, str(tmp_path / 'data/FLD'), 64, workers=1)
    quick = [
        f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
        for key in ('num_workers=0', 'persistent_workers=False')
    ] + ['train_dataloader.batch_size=8', 'train_cfg.max_epochs=1',
         'train_cfg.val_interval=1', 'randomness.seed=0']  # yapf: disable
    for command in (small, one_step):
        # before the work directory, which ends the list of options
        options = command[2:4] if '--cfg-options' in command else [
            '--cfg-options'
        ]
        run_python(
            *command[:2], *options, *quick, *command[4:], cwd=tmp_path)
    table = run_tool(*compare, cwd=tmp_path)
    for row in ('dlan_res18_one-step', 'dlan_res18_1xb32', 'DLAN'):
        assert row in table
    assert '6.73' in table
