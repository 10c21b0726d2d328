"""Compare trained models on their test set, with the paper if wanted."""
import argparse
import os
import re
import sys

from rich.console import Console
from rich.progress import (BarColumn, MofNCompleteColumn, Progress, TextColumn,
                           TimeRemainingColumn)

from pcloss_mmpose.comparison import (compare, draw_differences,
                                      paper_rows_for, print_terminal,
                                      read_models, to_csv, to_latex,
                                      to_markdown, write_page)
from pcloss_mmpose.comparison.page import load_jinja2
from pcloss_mmpose.datasets.benchmark import registered_benchmarks
from pcloss_mmpose.evaluation.metrics.norms import NORMS
from pcloss_mmpose.utils import check_output, replacing, run_main

STEP = re.compile(r'Epoch\(test\) +\[ *(\d+)/(\d+)\]')
HELP = """\
RUN   work directory of mmpose's train.py: mmpose's test.py makes its
      predictions.pkl first, with the training's config, unless that has been
      done for the same checkpoint. Of all work directories it is the best
      one by the same metric, the first of save_best in the first config for
      which all have one; or the last one. The notes say which.
      Or a pickle of mmpose's test.py --dump.

seeds Runs with the same LABEL are seeds of one model. So are, without
      labels, work directories whose configs have the same model, training
      data, schedule and optimiser, but not the same seed. Tables then show
      the mean and the standard deviation.

All runs must be on the same images with the same truth. Differences are to
the first model, paired by image. The 95 % interval is a bootstrap of the
difference, of the average, of outliers and of duplicates: 1,000 times, images
are drawn with replacement, the same for all models; of a model with several
seeds, the seeds as well.
Norm and thresholds are those of the test_evaluator in the work directories'
configs. Pickles say nothing of them: they are measured as the work
directories beside them; else by the norm that the data set's papers have, and
the defaults of LandmarkFailures.
"""


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'runs',
        nargs='+',
        metavar='[LABEL=]RUN',
        help='the first one is the baseline')
    parser.add_argument(
        '--paper',
        choices=[b.name for b in registered_benchmarks().values() if b.paper],
        help='put the paper\'s rows for this data set beside')
    parser.add_argument(
        '--norm',
        choices=list(NORMS),
        help='what errors are divided by, where configs and data set do not '
        'say it or are not to decide: the box, the reference distance of '
        "FashionAI, that of MMPose's NME")
    for name, what in (('markdown', 'the tables'), ('latex', 'the tables'),
                       ('csv', 'all figures, one a row,')):
        parser.add_argument(
            f'--{name}',
            metavar='FILE',
            help=f'write {what} as {name}; - is the standard output, in '
            'place of the tables there')
    parser.add_argument(
        '--picture',
        metavar='FILE.png',
        help='draw the images on which the models differ most')
    parser.add_argument(
        '--html',
        metavar='FILE',
        help='write tables, plots and all test images as one page for a '
        'browser, which needs no network')
    return parser.parse_args()


class TestBar(Progress):
    """How far mmpose's test.py is, on the standard error."""

    def __init__(self, console):
        super().__init__(
            TextColumn('testing {task.description}', markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console)
        self.runs = {}

    def show(self, run, line):
        if run not in self.runs:
            self.start()
            self.runs[run] = self.add_task(run, total=None)
        step = STEP.search(line)
        if step:
            done, total = map(int, step.groups())
            self.update(self.runs[run], completed=done, total=total)


def check_outputs(args):
    """Refuse what could not be written, before any work is done."""
    if args.html == '-':
        raise ValueError('--html -: a page goes to a file, not to the '
                         'standard output')
    if args.html:
        load_jinja2()
    taken = {}
    for name in ('markdown', 'latex', 'csv', 'picture', 'html'):
        file, option = getattr(args, name), f'--{name}'
        if not file:
            continue
        other = taken.setdefault(os.path.abspath(file), option)
        if other != option:
            what = 'the standard output' if file == '-' else file
            raise ValueError(f'{other} and {option} cannot both go to {what}')
        if file != '-':
            check_output(file, option, '.png' * (name == 'picture'))


def write(file, text):
    if file == '-':
        sys.stdout.write(text)
        return
    with replacing(file) as part:
        part.write_text(text, encoding='utf-8')


def main():
    args = parse_args()
    check_outputs(args)
    bar = TestBar(Console(stderr=True))
    try:
        models = read_models(args.runs, bar.show, args.norm)
    finally:
        if bar.runs:
            bar.stop()
    paper = []
    if args.paper:
        paper = paper_rows_for(args.paper, models[0].runs[0].dataset)
    comparison = compare(models, paper)
    if '-' not in (args.markdown, args.latex, args.csv):
        print_terminal(comparison)
    for file, text in ((args.markdown, to_markdown(comparison)),
                       (args.latex, to_latex(comparison)),
                       (args.csv, to_csv(comparison, paper))):
        if file:
            write(file, text)
    if args.picture:
        draw_differences(models, args.picture)
    if args.html:
        write_page(models, comparison, args.html)


if __name__ == '__main__':
    run_main(main, 'stopped, the same command goes on from here')
